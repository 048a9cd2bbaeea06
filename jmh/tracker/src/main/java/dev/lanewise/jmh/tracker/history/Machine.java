package dev.lanewise.jmh.tracker.history;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What numbers are only comparable on. The id is made of the other fields: machines of one kind
 * share a history.
 */
@JsonPropertyOrder({"id", "processor", "threads", "caches", "memory", "system"})
public record Machine(
    String id, String processor, int threads, String caches, String memory, String system) {
  private static final int ID = 8;

  /** The machine that this JVM runs on; fields that the system does not tell are "unknown". */
  public static Machine here() {
    String processor = field(Path.of("/proc/cpuinfo"), "model name");
    int threads = Runtime.getRuntime().availableProcessors();
    String caches = dataCaches();
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    String known = String.join("|", processor, String.valueOf(threads), caches, system);
    String id =
        UUID.nameUUIDFromBytes(known.getBytes(StandardCharsets.UTF_8)).toString().substring(0, ID);
    return new Machine(
        id, processor, threads, caches, field(Path.of("/proc/meminfo"), "MemTotal"), system);
  }

  private static String dataCaches() {
    Path folder = Path.of("/sys/devices/system/cpu/cpu0/cache");
    if (!Files.isDirectory(folder)) {
      return "unknown";
    }
    List<String> caches = new ArrayList<>();
    try (Stream<Path> indices = Files.list(folder)) {
      for (Path index :
          indices
              .filter(path -> path.getFileName().toString().startsWith("index"))
              .sorted()
              .toList()) {
        if (!Files.readString(index.resolve("type")).strip().equals("Instruction")) {
          caches.add(
              "L"
                  + Files.readString(index.resolve("level")).strip()
                  + " "
                  + Files.readString(index.resolve("size")).strip());
        }
      }
    } catch (IOException e) {
      return "unknown";
    }
    return String.join(", ", caches);
  }

  private static String field(Path file, String key) {
    if (!Files.isReadable(file)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public String toString() {
    return processor + ", " + threads + " threads, " + caches + ", " + memory + ", " + system;
  }
}
