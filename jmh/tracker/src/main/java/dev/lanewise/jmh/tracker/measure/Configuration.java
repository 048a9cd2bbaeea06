package dev.lanewise.jmh.tracker.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A benchmark with a value for each of its parameters. */
public record Configuration(String benchmark, SortedMap<String, String> parameters)
    implements Comparable<Configuration> {
  public Configuration {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** Every choice of one value for each parameter, the last parameter changing fastest. */
  static List<Configuration> all(String benchmark, Map<String, List<String>> values) {
    List<Configuration> chosen = List.of(new Configuration(benchmark, new TreeMap<>()));
    for (Map.Entry<String, List<String>> parameter : new TreeMap<>(values).entrySet()) {
      List<Configuration> longer = new ArrayList<>();
      for (Configuration before : chosen) {
        for (String value : parameter.getValue()) {
          longer.add(before.with(parameter.getKey(), value));
        }
      }
      chosen = longer;
    }
    return chosen;
  }

  /** The same with another value of a parameter. */
  public Configuration with(String parameter, String value) {
    SortedMap<String, String> with = new TreeMap<>(parameters);
    with.put(parameter, value);
    return new Configuration(benchmark, with);
  }

  /** Class and method without the package, and the values of the parameters. */
  @Override
  public String toString() {
    return simpleName(benchmark) + values(parameters);
  }

  static String simpleName(String benchmark) {
    int method = benchmark.lastIndexOf('.');
    return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1);
  }

  static String values(SortedMap<String, String> parameters) {
    StringBuilder text = new StringBuilder();
    parameters.forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
    return text.toString();
  }

  @Override
  public int compareTo(Configuration other) {
    int byName = benchmark.compareTo(other.benchmark);
    return byName != 0 ? byName : toString().compareTo(other.toString());
  }
}
