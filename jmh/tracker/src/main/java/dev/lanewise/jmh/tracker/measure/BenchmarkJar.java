package dev.lanewise.jmh.tracker.measure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A project's benchmarks, known by nothing but JMH's command line: a self-contained jar or a class
 * path with {@code org.openjdk.jmh.Main} on it.
 *
 * @param label how the user named it
 * @param classPath absolute
 * @param jvmOptions for the measured JVMs, beside those of the benchmarks' annotations
 */
public record BenchmarkJar(String label, String classPath, List<String> jvmOptions) {
  private static final String MAIN = "org.openjdk.jmh.Main";

  /** The same with further options of the JVM. */
  public BenchmarkJar with(List<String> moreJvmOptions) {
    List<String> options = new ArrayList<>(jvmOptions);
    options.addAll(moreJvmOptions);
    return new BenchmarkJar(label, classPath, List.copyOf(options));
  }

  /** Where the jar lies, or the first element of the class path. */
  public Path file() {
    return Path.of(classPath.split(File.pathSeparator, -1)[0]);
  }

  /** The benchmarks that match, with all combinations of their parameters. */
  public List<Configuration> configurations(JmhOptions options, Path scratch) {
    List<String> command = command(options);
    command.add("-lp");
    options.excludes().forEach(exclude -> command.addAll(List.of("-e", exclude)));
    command.addAll(options.includes());
    Subprocess process = new Subprocess(command, scratch.resolve("list.log"));
    if (process.run(null, Map.of()) != 0) {
      throw notStarted(process, options);
    }
    List<Configuration> found = Listing.configurations(process.output(), options.parameters());
    if (found.isEmpty()) {
      throw TrackerException.usage(
          "no benchmark of "
              + label
              + " matches "
              + (options.includes().isEmpty() ? "at all" : String.join(" ", options.includes()))
              + ": `java -jar tracker.jar list -c "
              + label
              + "` shows all");
    }
    return found;
  }

  private TrackerException notStarted(Subprocess process, JmhOptions options) {
    String output = process.output();
    requireNewJava(output, options);
    if (output.contains("ClassNotFoundException: " + MAIN)) {
      return TrackerException.usage(
          label + " has no " + MAIN + ": it must be a self-contained JMH jar, or a class path");
    }
    return TrackerException.infrastructure(
        label + " does not list its benchmarks: " + process.lastWords());
  }

  /**
   * Runs one fork.
   *
   * @param scratch receives the log and the result of JMH
   */
  public List<ForkResult> fork(Configuration configuration, JmhOptions options, Path scratch)
      throws FailedForkException {
    Path log = scratch.resolve("fork.log");
    Path json = scratch.resolve("fork.json");
    List<String> command = command(options);
    command.add("^" + configuration.benchmark().replaceAll("([.$])", "\\\\$1") + "$");
    configuration
        .parameters()
        .forEach((name, value) -> command.addAll(List.of("-p", name + "=" + value)));
    command.addAll(
        List.of("-f", "1", "-wf", "0", "-foe", "true", "-rf", "json", "-rff", json.toString()));
    command.addAll(List.of("-jvm", options.java().toString()));
    command.addAll(jvmOptions(options));
    command.addAll(options.extra());
    Subprocess process = new Subprocess(command, log);
    try {
      Files.deleteIfExists(json);
      int exit = process.run(null, Map.of());
      if (exit != 0 || !Files.exists(json)) {
        requireNewJava(process.output(), options);
        requireLock(process.output());
        throw new FailedForkException(configuration + " of " + label + ": " + process.lastWords());
      }
      JsonNode results = new ObjectMapper().readTree(json.toFile());
      List<ForkResult> forks = ForkResult.of(results);
      if (forks.isEmpty() || forks.stream().anyMatch(fork -> fork.scores().isEmpty())) {
        throw new FailedForkException(configuration + " of " + label + ": JMH gave no score");
      }
      return forks;
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read JMH's result " + json + ": " + e, e);
    }
  }

  private void requireNewJava(String output, JmhOptions options) {
    if (output.contains("UnsupportedClassVersionError")) {
      throw TrackerException.usage(
          label
              + " is compiled for a newer Java than "
              + options.java()
              + ": name one with --java");
    }
  }

  private static void requireLock(String output) {
    if (output.contains("Unable to acquire the JMH lock")) {
      throw TrackerException.infrastructure(
          "another JMH runs on this machine: wait for its end, or measure beside it with"
              + " --ignore-lock");
    }
  }

  private List<String> command(JmhOptions options) {
    List<String> command = new ArrayList<>(options.launcher());
    command.add(options.java().toString());
    if (options.ignoresLock()) {
      command.add("-Djmh.ignoreLock=true");
    }
    command.addAll(List.of("-cp", classPath, MAIN));
    return command;
  }

  /** Beside those of the annotations, except for an annotation's own {@code jvmArgsPrepend}. */
  private List<String> jvmOptions(JmhOptions options) {
    List<String> all = new ArrayList<>(options.jvm());
    all.addAll(jvmOptions);
    if (all.isEmpty()) {
      return List.of();
    }
    List<String> quoted =
        all.stream().map(option -> option.contains(" ") ? '"' + option + '"' : option).toList();
    return List.of("-jvmArgsPrepend", String.join(" ", quoted));
  }
}
