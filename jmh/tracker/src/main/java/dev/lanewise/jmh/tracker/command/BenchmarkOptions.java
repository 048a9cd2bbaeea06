package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which benchmarks, and how JMH runs them. */
final class BenchmarkOptions {
  @Parameters(
      paramLabel = "PATTERN",
      arity = "0..*",
      description = "regular expressions of names; default: all benchmarks")
  List<String> patterns = new ArrayList<>();

  @Option(names = "--include", paramLabel = "PATTERN", description = "the same as an option")
  List<String> includes = new ArrayList<>();

  @Option(
      names = {"-e", "--exclude"},
      paramLabel = "PATTERN",
      description = "leaves benchmarks out")
  List<String> excludes = new ArrayList<>();

  @Option(
      names = {"-p", "--parameter"},
      paramLabel = "NAME=VALUE[,VALUE]",
      description = "values in the place of the declared ones; may be repeated")
  List<String> parameters = new ArrayList<>();

  @Option(
      names = "--jmh",
      paramLabel = "OPTIONS",
      description = "further options of JMH, as in --jmh \"-wi 3 -i 5 -w 500ms -r 300ms -t 2\"")
  String jmh = "";

  @Option(
      names = "--ignore-lock",
      description = "measures even while another JMH runs on this machine")
  boolean ignoreLock;

  @Option(
      names = "--jvm",
      paramLabel = "OPTION",
      description = "of all measured JVMs, beside those of the annotations; may be repeated")
  List<String> jvm = new ArrayList<>();

  @Option(
      names = "--java",
      paramLabel = "FILE",
      description = "the java of the measured JVMs; default: the one that runs the tracker")
  Path java = Path.of(System.getProperty("java.home"), "bin", "java");

  JmhOptions options() {
    List<String> all = new ArrayList<>(patterns);
    all.addAll(includes);
    List<String> extra = jmh.isBlank() ? List.of() : List.of(jmh.strip().split("\\s+"));
    return new JmhOptions(
        java, List.copyOf(all), excludes, values(parameters), jvm, ignoreLock, extra, List.of());
  }

  static Map<String, List<String>> values(List<String> assignments) {
    Map<String, List<String>> values = new TreeMap<>();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals < 1 || equals == assignment.length() - 1) {
        throw TrackerException.usage(assignment + " is not of the form name=value,value");
      }
      values
          .computeIfAbsent(assignment.substring(0, equals), name -> new ArrayList<>())
          .addAll(List.of(assignment.substring(equals + 1).split(",")));
    }
    return values;
  }
}
