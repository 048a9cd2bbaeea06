package dev.lanewise.jmh.report;

import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Writes the machine block that is committed beside a JMH result. */
public final class Machine {
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  private Machine() {}

  /** Run in the root of the project with the name of the result. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException(
          "want one argument, the name of the result: gelu for jmh/results/gelu.json");
    }
    Path file = Path.of("jmh", "results", arguments[0] + ".machine.txt");
    Files.writeString(file, describe());
    System.out.println("wrote " + file);
  }

  private static String describe() throws IOException {
    return """
    processor   %s
    threads     %d
    caches      %s
    memory      %s
    system      %s %s
    java        %s %s
    vectors     %d bits
    """
        .formatted(
            field(Path.of("/proc/cpuinfo"), "model name"),
            Runtime.getRuntime().availableProcessors(),
            caches(),
            field(Path.of("/proc/meminfo"), "MemTotal"),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("java.vm.name"),
            Runtime.version(),
            Lanes.BITS);
  }

  private static String caches() throws IOException {
    if (!Files.isDirectory(CACHES)) {
      return "unknown";
    }
    StringBuilder caches = new StringBuilder();
    try (Stream<Path> indices = Files.list(CACHES)) {
      for (Path index :
          indices
              .filter(path -> path.getFileName().toString().startsWith("index"))
              .sorted()
              .toList()) {
        String type = Files.readString(index.resolve("type")).strip();
        if (!type.equals("Instruction")) {
          caches
              .append(caches.isEmpty() ? "L" : ", L")
              .append(Files.readString(index.resolve("level")).strip());
          caches.append(' ').append(Files.readString(index.resolve("size")).strip());
        }
      }
    }
    return caches.toString();
  }

  private static String field(Path file, String key) throws IOException {
    if (!Files.isReadable(file)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }
}
