package dev.lanewise.jmh.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * One benchmark with one set of parameters. The fork is the unit: each counts with the median of
 * its iterations.
 *
 * @param name class and method, without the package and the word Benchmark
 * @param parameters by name
 * @param unit GFLOP/s, GB/s, samples/s, or JMH's own where the benchmark counts none of them
 * @param forks one value per fork, in the order in which they ran
 */
record Measurement(
    String name, SequencedMap<String, String> parameters, String unit, List<Double> forks) {
  private static final Map<String, String> UNITS =
      Map.of("flops", "GFLOP/s", "bytes", "GB/s", "samples", "samples/s");

  /** Operations for each byte from which arithmetic and not memory is what a benchmark is about. */
  private static final double ARITHMETIC = 2;

  static Measurement of(JsonNode result) {
    SequencedMap<String, String> parameters = new TreeMap<>();
    result
        .path("params")
        .properties()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
    String name = name(result.path("benchmark").asText());
    JsonNode counters = result.path("secondaryMetrics");
    Optional<String> counter = counter(counters);
    if (counter.isPresent()) {
      String counted = counter.get();
      double scale = counted.equals("samples") ? 1 : 1e-9;
      String unit = UNITS.getOrDefault(counted, "");
      return new Measurement(name, parameters, unit, forks(counters.path(counted), scale));
    }
    JsonNode primary = result.path("primaryMetric");
    return new Measurement(name, parameters, primary.path("scoreUnit").asText(), forks(primary, 1));
  }

  /** Class and method, without the package and the word Benchmark. */
  static String name(String benchmark) {
    return benchmark.replaceFirst(".*\\.(\\w+?)(Benchmark)?\\.(\\w+)$", "$1.$3");
  }

  /** The counter that is shown, nothing where there is none. */
  private static Optional<String> counter(JsonNode counters) {
    if (counters.has("samples")) {
      return Optional.of("samples");
    }
    if (counters.has("flops") && counters.has("bytes")) {
      double flops = median(counters.path("flops"));
      return Optional.of(flops >= ARITHMETIC * median(counters.path("bytes")) ? "flops" : "bytes");
    }
    return UNITS.keySet().stream().filter(counters::has).findFirst();
  }

  private static double median(JsonNode metric) {
    return Spread.of(forks(metric, 1)).median();
  }

  private static List<Double> forks(JsonNode metric, double scale) {
    List<Double> medians = new ArrayList<>();
    for (JsonNode fork : metric.path("rawData")) {
      double[] iterations = new double[fork.size()];
      for (int i = 0; i < iterations.length; i++) {
        iterations[i] = fork.get(i).asDouble() * scale;
      }
      medians.add(Spread.of(Arrays.stream(iterations).boxed().toList()).median());
    }
    return List.copyOf(medians);
  }

  Spread spread() {
    return Spread.of(forks);
  }

  String parameter(String key, String otherwise) {
    return parameters.getOrDefault(key, otherwise);
  }
}
