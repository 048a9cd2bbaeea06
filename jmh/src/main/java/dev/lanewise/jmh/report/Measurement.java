package dev.lanewise.jmh.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
  static Measurement of(JsonNode result) {
    SequencedMap<String, String> parameters = new TreeMap<>();
    result
        .path("params")
        .properties()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
    String name =
        result
            .path("benchmark")
            .asText()
            .replaceFirst(".*\\.(\\w+?)(Benchmark)?\\.(\\w+)$", "$1.$3");
    JsonNode counters = result.path("secondaryMetrics");
    for (Map.Entry<String, String> counter :
        Map.of("flops", "GFLOP/s", "bytes", "GB/s", "samples", "samples/s").entrySet()) {
      if (counters.has(counter.getKey())) {
        double scale = counter.getKey().equals("samples") ? 1 : 1e-9;
        return new Measurement(
            name, parameters, counter.getValue(), forks(counters.path(counter.getKey()), scale));
      }
    }
    JsonNode primary = result.path("primaryMetric");
    return new Measurement(name, parameters, primary.path("scoreUnit").asText(), forks(primary, 1));
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
