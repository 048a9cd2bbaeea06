import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Builds a run-time image that needs no Java on the machine: the few modules of this JDK that the
 * runnable jar uses, the jar, and a launcher in {@code bin}. {@code mvn -Pimage package} starts it
 * on the JDK that the build chose.
 */
final class Image {
  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.desktop",
          "java.logging",
          "jdk.incubator.vector",
          "jdk.management",
          "jdk.zipfs");

  private static final String OPTIONS =
      "--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

  private static final String UNIX_LAUNCHER =
      """
      #!/bin/sh
      home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd) || exit 1
      exec "$home/bin/java" %s -jar "$home/lib/lanewise.jar" "$@"
      """
          .formatted(OPTIONS);

  private static final String WINDOWS_LAUNCHER =
      "@\"%%~dp0java\" %s -jar \"%%~dp0..\\lib\\lanewise.jar\" %%*\r\n".formatted(OPTIONS);

  public static void main(String[] arguments) throws IOException {
    Path jar = Path.of(arguments[0]);
    Path image = Path.of(arguments[1]);
    delete(image);
    ToolProvider jlink =
        ToolProvider.findFirst("jlink")
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "this JDK has no jlink: " + System.getProperty("java.home")));
    int status =
        jlink.run(
            System.out,
            System.err,
            "--add-modules=" + String.join(",", MODULES),
            "--compress=zip-9",
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output=" + image);
    if (status != 0) {
      System.exit(status);
    }
    Files.copy(jar, image.resolve("lib/lanewise.jar"), StandardCopyOption.REPLACE_EXISTING);
    Path launcher = Files.writeString(image.resolve("bin/lanewise"), UNIX_LAUNCHER);
    Files.writeString(image.resolve("bin/lanewise.bat"), WINDOWS_LAUNCHER);
    if (!launcher.toFile().setExecutable(true, false)) {
      throw new IOException(launcher + " cannot be made executable");
    }
    System.out.println("Run-time image, no Java needed: " + launcher + " doctor");
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
