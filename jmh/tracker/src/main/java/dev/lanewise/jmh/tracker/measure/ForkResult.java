package dev.lanewise.jmh.tracker.measure;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.jmh.tracker.statistics.Fork;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One fork of one benchmark in one mode, from JMH's JSON.
 *
 * @param scores one per iteration, in {@code unit}
 * @param counters the median over the iterations of each secondary metric, by JMH's name
 * @param raw as JMH wrote it
 */
public record ForkResult(
    SeriesKey key,
    String unit,
    List<Double> scores,
    Map<String, Double> counters,
    Jvm jvm,
    JsonNode raw) {
  /** The JVM that was measured, and the flags it had. */
  public record Jvm(String jdk, String name, String version, List<String> arguments) {
    public boolean sameJdk(Jvm other) {
      return jdk.equals(other.jdk) && name.equals(other.name) && version.equals(other.version);
    }

    @Override
    public String toString() {
      return "JDK " + jdk + " (" + name + " " + version + ")";
    }
  }

  /** All results of a file of JMH, such as the modes of a benchmark that ran in one fork. */
  public static List<ForkResult> of(JsonNode results) {
    List<ForkResult> forks = new ArrayList<>();
    results.forEach(result -> forks.add(one(result)));
    return forks;
  }

  private static ForkResult one(JsonNode result) {
    SortedMap<String, String> parameters = new TreeMap<>();
    result
        .path("params")
        .properties()
        .forEach(parameter -> parameters.put(parameter.getKey(), parameter.getValue().asText()));
    SeriesKey key =
        new SeriesKey(
            result.path("benchmark").asText(),
            result.path("mode").asText(),
            result.path("threads").asInt(1),
            parameters);
    JsonNode metric = result.path("primaryMetric");
    List<Double> scores = scores(metric);
    Map<String, Double> counters = new TreeMap<>();
    result
        .path("secondaryMetrics")
        .properties()
        .forEach(
            counter -> {
              List<Double> values = scores(counter.getValue());
              if (!values.isEmpty()) {
                // Before JMH 1.34 the names of profilers begin with a dot in the middle of the
                // line.
                counters.put(counter.getKey().replace("\u00b7", ""), median(values));
              }
            });
    List<String> arguments = new ArrayList<>();
    result.path("jvmArgs").forEach(argument -> arguments.add(argument.asText()));
    Jvm jvm =
        new Jvm(
            result.path("jdkVersion").asText(),
            result.path("vmName").asText(),
            result.path("vmVersion").asText(),
            List.copyOf(arguments));
    return new ForkResult(key, metric.path("scoreUnit").asText(), scores, counters, jvm, result);
  }

  /**
   * The iterations; in the mode that samples single calls, where JMH keeps a histogram, its mean.
   */
  private static List<Double> scores(JsonNode metric) {
    List<Double> scores = new ArrayList<>();
    for (JsonNode fork : metric.path("rawData")) {
      for (JsonNode iteration : fork) {
        if (Double.isFinite(iteration.asDouble(Double.NaN))) {
          scores.add(iteration.asDouble());
        }
      }
    }
    if (scores.isEmpty() && Double.isFinite(metric.path("score").asDouble(Double.NaN))) {
      scores.add(metric.path("score").asDouble());
    }
    return List.copyOf(scores);
  }

  private static double median(List<Double> values) {
    return Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  public double median() {
    return median(scores);
  }

  /** The costs of the iterations. */
  public Fork fork() {
    double[] values = scores.stream().mapToDouble(Double::doubleValue).toArray();
    return key.isThroughput() ? Fork.ofThroughputs(values) : Fork.ofTimes(values);
  }
}
