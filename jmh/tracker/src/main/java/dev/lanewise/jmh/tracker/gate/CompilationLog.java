package dev.lanewise.jmh.tracker.gate;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What HotSpot wrote with {@code -XX:+LogCompilation -XX:+LogVMOutput}: compilations that failed,
 * large methods that C2 met, and the listings that {@code -XX:CompileCommand=print} asks for. Read
 * line by line: the file is XML only where nothing else was printed into it.
 */
public final class CompilationLog {
  /** HotSpot compiles no method with more bytecodes, unless told to. */
  private static final int HUGE = 8000;

  /** Ends of a compilation after which HotSpot tries again, or which nobody needed any more. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "stale task|retry .*|concurrent class loading|class redefinition|invalid dependency.*"
              + "|.*dependenc.*|method deoptimized|.*JVMTI.*|.*jvmti.*");

  private static final Pattern ATTRIBUTE = Pattern.compile("([\\w-]+)='([^']*)'");

  private final List<String> failures = new ArrayList<>();
  private final Set<String> huge = new LinkedHashSet<>();
  private final List<String> listings = new ArrayList<>();

  private CompilationLog() {}

  /** The options that make a JVM write such a log for each process. */
  public static List<String> options(Path folder) {
    return List.of(
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:+LogCompilation",
        "-XX:+LogVMOutput",
        "-XX:-DisplayVMOutput",
        "-XX:LogFile=" + folder.resolve("hotspot-%p.log"));
  }

  /** The options that print what the compilers make of a method. */
  public static List<String> printing(String method) {
    return List.of("-XX:CompileCommand=quiet", "-XX:CompileCommand=print," + method);
  }

  /** The log of the JVM in which JMH measured, among those of the folder. */
  public static CompilationLog ofFork(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(CompilationLog::isLog).sorted().toList()) {
        if (isOfFork(file)) {
          return read(file);
        }
      }
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot list " + folder + ": " + e, e);
    }
    throw TrackerException.infrastructure(
        "no compilation log of a fork in " + folder + ": the measured JVM must be HotSpot");
  }

  /** Removes the logs of earlier forks. */
  public static void clear(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(CompilationLog::isLog).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot clear " + folder + ": " + e, e);
    }
  }

  private static boolean isLog(Path file) {
    return file.getFileName().toString().matches("hotspot-.*\\.log");
  }

  private static boolean isOfFork(Path file) throws IOException {
    try (BufferedReader lines = reader(file)) {
      String line = lines.readLine();
      for (int i = 0; line != null && i < 100; i++) {
        if (line.startsWith("org.openjdk.jmh.runner.ForkedMain")) {
          return true;
        }
        line = lines.readLine();
      }
      return false;
    }
  }

  private static BufferedReader reader(Path file) throws IOException {
    // Not Files.newBufferedReader, which stops at bytes that are no UTF-8.
    return new BufferedReader(
        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
  }

  static CompilationLog read(Path file) {
    CompilationLog log = new CompilationLog();
    try (BufferedReader lines = reader(file)) {
      log.read(lines);
      return log;
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + file + ": " + e, e);
    }
  }

  private void read(BufferedReader lines) throws IOException {
    Map<String, String> task = Map.of();
    StringBuilder listing = new StringBuilder();
    boolean listed = false;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("<task ")) {
        task = attributes(line);
      } else if (line.startsWith("<failure ")) {
        failure(attributes(line).getOrDefault("reason", "unknown"), task);
      } else if (line.startsWith("<method ")) {
        method(attributes(line));
      } else if (line.startsWith("Compiled method (c2)")) {
        listed = true;
        listing.setLength(0);
      }
      if (listed) {
        listing.append(line).append('\n');
        if (line.contains("[/MachCode]")) {
          listings.add(listing.toString());
          listed = false;
        }
      }
    }
  }

  private void failure(String reason, Map<String, String> task) {
    if (!HARMLESS.matcher(reason).matches()) {
      failures.add(
          task.getOrDefault("method", "unknown method")
              + " at level "
              + task.getOrDefault("level", "4")
              + ": "
              + reason);
    }
  }

  private void method(Map<String, String> attributes) {
    int bytes = Integer.parseInt(attributes.getOrDefault("bytes", "0"));
    if (bytes > HUGE) {
      huge.add(attributes.getOrDefault("name", "unknown method") + " has " + bytes + " bytecodes");
    }
  }

  private static Map<String, String> attributes(String line) {
    Map<String, String> attributes = new LinkedHashMap<>();
    Matcher matcher = ATTRIBUTE.matcher(line);
    while (matcher.find()) {
      attributes.put(
          matcher.group(1),
          matcher.group(2).replace("&lt;", "<").replace("&gt;", ">").replace("&apos;", "'"));
    }
    return attributes;
  }

  /** A sentence for each compilation that failed for good. */
  public List<String> failures() {
    return failures;
  }

  /** A sentence for each method that is called from compiled code and is never compiled itself. */
  public List<String> huge() {
    return List.copyOf(huge);
  }

  /**
   * C2's code of a printed method, oldest first.
   *
   * @param method {@code Class::method} as of {@code -XX:CompileCommand}
   */
  public List<String> listings(String method) {
    String name = method.replace("::", ".").replace('/', '.');
    return listings.stream().filter(listing -> listing.replace("::", ".").contains(name)).toList();
  }
}
