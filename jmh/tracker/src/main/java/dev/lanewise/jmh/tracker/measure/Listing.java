package dev.lanewise.jmh.tracker.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code -lp} prints: a line for each benchmark and, indented, one for each parameter with its
 * values. A value with a comma and a space in it cannot be told from two.
 */
final class Listing {
  private static final Pattern BENCHMARK =
      Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$.]*\\.[^\\s.]+");
  private static final Pattern PARAMETER = Pattern.compile("\\s+param \"(.+?)\" = \\{(.*)\\}\\s*");

  private Listing() {}

  /** The values of the parameters of each benchmark. */
  static Map<String, Map<String, List<String>>> parse(String output) {
    Map<String, Map<String, List<String>>> benchmarks = new LinkedHashMap<>();
    Map<String, List<String>> parameters = new TreeMap<>();
    boolean begun = false;
    for (String line : output.split("\\R", -1)) {
      Matcher parameter = PARAMETER.matcher(line);
      if (line.startsWith("Benchmarks:")) {
        begun = true;
      } else if (begun && parameter.matches()) {
        parameters.put(parameter.group(1), List.of(parameter.group(2).split(", ", -1)));
      } else if (begun && BENCHMARK.matcher(line.strip()).matches()) {
        parameters = benchmarks.computeIfAbsent(line.strip(), name -> new TreeMap<>());
      }
    }
    return benchmarks;
  }

  /** All combinations, where the values asked for stand in the place of the declared ones. */
  static List<Configuration> configurations(String output, Map<String, List<String>> asked) {
    List<Configuration> all = new ArrayList<>();
    parse(output)
        .forEach(
            (benchmark, declared) -> {
              Map<String, List<String>> values = new TreeMap<>(declared);
              values.replaceAll((name, before) -> asked.getOrDefault(name, before));
              all.addAll(Configuration.all(benchmark, values));
            });
    return all;
  }
}
