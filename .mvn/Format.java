import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks or rewrites every Java file below the given folders with google-java-format.
 *
 * <p>{@code mvn verify} runs the check, {@code mvn -Pformat} the rewriting. The formatter uses the
 * compiler of the JVM it runs on, and Maven's own JVM may be too old to read this code: so it is a
 * program of its own, started on the JDK that the build chose.
 */
final class Format {
  public static void main(String[] arguments) throws IOException {
    boolean rewrite = arguments[0].equals("rewrite");
    List<Path> files;
    try (Stream<Path> walked =
        Arrays.stream(arguments).skip(1).map(Path::of).flatMap(Format::walk)) {
      files = walked.toList();
    }
    List<Path> misformatted =
        files.parallelStream().filter(file -> differs(file, rewrite)).sorted().toList();
    if (misformatted.isEmpty()) {
      System.out.println(files.size() + " Java files are formatted");
    } else if (rewrite) {
      misformatted.forEach(file -> System.out.println("formatted " + file));
    } else {
      System.err.println("Not in google-java-format, `mvn -Pformat` mends it:");
      misformatted.forEach(file -> System.err.println("  " + file));
      System.exit(1);
    }
  }

  private static Stream<Path> walk(Path folder) {
    try {
      return Files.isDirectory(folder)
          ? Files.walk(folder).filter(Format::isSource)
          : Stream.of(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSource(Path path) {
    for (Path part : path) {
      if (part.toString().equals("target")) {
        return false;
      }
    }
    return path.toString().endsWith(".java");
  }

  private static boolean differs(Path file, boolean rewrite) {
    try {
      String source = Files.readString(file);
      String formatted = format(source);
      if (formatted.equals(source)) {
        return false;
      }
      if (rewrite) {
        Files.writeString(file, formatted);
      }
      return true;
    } catch (FormatterException e) {
      System.err.println(file + ": " + e.getMessage());
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The formatter indents a string that it broke in a second pass only: run it until nothing
   * changes, which for a file that is formatted already is one pass.
   */
  private static String format(String source) throws FormatterException {
    Formatter formatter = new Formatter();
    String formatted;
    String again = source;
    do {
      formatted = again;
      again = formatter.formatSourceAndFixImports(formatted);
    } while (!again.equals(formatted));
    return formatted;
  }
}
