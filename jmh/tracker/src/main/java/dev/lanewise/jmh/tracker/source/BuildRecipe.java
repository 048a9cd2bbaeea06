package dev.lanewise.jmh.tracker.source;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.Subprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a checkout becomes a self-contained JMH jar.
 *
 * @param command run by the shell in the root of the checkout; null: Maven's or Gradle's usual one
 * @param jar a glob below the root that one file matches
 */
public record BuildRecipe(@Nullable String command, String jar) {
  /** Where the archetype of JMH for Maven and the usual plugin for Gradle put it. */
  public static final String USUAL_JAR = "{**/,}{target/benchmarks.jar,build/libs/*-jmh.jar}";

  private static final int DEPTH = 8;

  /** Builds and returns the jar, which still lies in the checkout. */
  public Path build(Path checkout, String label, Path scratch) {
    String line = command != null ? command : usual(checkout, label);
    Subprocess process = new Subprocess(shell(line), scratch.resolve("build.log"));
    if (process.run(checkout, Map.of()) != 0) {
      throw TrackerException.infrastructure(
          label + " does not build with `" + line + "`: " + process.lastWords());
    }
    List<Path> jars = matching(checkout);
    if (jars.size() != 1) {
      throw TrackerException.infrastructure(
          label
              + " was built with `"
              + line
              + "` and has "
              + (jars.isEmpty() ? "no jar" : jars.size() + " jars")
              + " at "
              + jar
              + ": name the build with --build and the JMH jar with --jar");
    }
    return jars.get(0);
  }

  private static String usual(Path checkout, String label) {
    if (Files.exists(checkout.resolve("pom.xml"))) {
      return Files.exists(checkout.resolve("mvnw"))
          ? "./mvnw -q -B package -DskipTests"
          : "mvn -q -B package -DskipTests";
    }
    if (Files.exists(checkout.resolve("gradlew"))) {
      return "./gradlew -q jmhJar";
    }
    throw TrackerException.usage(
        label + " has neither pom.xml nor gradlew: name the command with --build");
  }

  private static List<String> shell(String line) {
    return System.getProperty("os.name").startsWith("Windows")
        ? List.of("cmd", "/c", line)
        : List.of("sh", "-c", line);
  }

  private List<Path> matching(Path checkout) {
    PathMatcher matcher = checkout.getFileSystem().getPathMatcher("glob:" + jar);
    try (Stream<Path> files = Files.walk(checkout, DEPTH)) {
      return files.filter(file -> matcher.matches(checkout.relativize(file))).toList();
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot look for the jar in " + checkout + ": " + e, e);
    }
  }
}
