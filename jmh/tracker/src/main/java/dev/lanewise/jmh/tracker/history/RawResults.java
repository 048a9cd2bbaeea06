package dev.lanewise.jmh.tracker.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.statistics.descriptive.DoubleStatistics;
import org.apache.commons.statistics.descriptive.Statistic;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Forks as JMH would have written them had it run them together, for the tools that read JMH's
 * JSON. Score and error are JMH's: the mean of all iterations, with an interval of 99.9 %.
 */
public final class RawResults {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double CONFIDENCE = 0.999;

  /** Says nothing of the measurement, and results are made to be published. */
  private static final String PLACE_OF_THE_JVM = "jvm";

  private final Map<SeriesKey, List<ForkResult>> forks = new TreeMap<>();

  public void add(ForkResult fork) {
    forks.computeIfAbsent(fork.key(), key -> new ArrayList<>()).add(fork);
  }

  /** The forks of each series, in the order in which they ran. */
  public Map<SeriesKey, List<ForkResult>> forks() {
    return forks;
  }

  public String toJson() {
    ArrayNode results = JSON.createArrayNode();
    forks.values().forEach(series -> results.add(merged(series)));
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(results) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode merged(List<ForkResult> series) {
    ObjectNode merged = series.get(0).raw().deepCopy();
    merged.put("forks", series.size());
    merged.remove(PLACE_OF_THE_JVM);
    merge(
        merged.withObject("/primaryMetric"),
        series.stream().map(fork -> fork.raw().path("primaryMetric")).toList());
    List<String> counters = new ArrayList<>();
    merged.path("secondaryMetrics").fieldNames().forEachRemaining(counters::add);
    ObjectNode metrics = merged.withObject("/secondaryMetrics");
    for (String counter : counters) {
      merge(
          metrics.withObject("/" + counter.replace("~", "~0").replace("/", "~1")),
          series.stream()
              .map(fork -> fork.raw().path("secondaryMetrics").path(counter))
              .filter(JsonNode::isObject)
              .toList());
    }
    return merged;
  }

  private static void merge(ObjectNode into, List<JsonNode> metrics) {
    ArrayNode raw = JSON.createArrayNode();
    metrics.forEach(metric -> metric.path("rawData").forEach(raw::add));
    if (raw.isEmpty()) {
      return;
    }
    into.set("rawData", raw);
    List<Double> values = new ArrayList<>();
    raw.forEach(fork -> fork.forEach(iteration -> values.add(iteration.asDouble())));
    double[] sample = values.stream().mapToDouble(Double::doubleValue).toArray();
    DoubleStatistics statistics =
        DoubleStatistics.of(EnumSet.of(Statistic.MEAN, Statistic.STANDARD_DEVIATION), sample);
    double mean = statistics.getAsDouble(Statistic.MEAN);
    into.put("score", mean);
    into.remove("scorePercentiles");
    if (sample.length > 1) {
      double error =
          TDistribution.of(sample.length - 1).inverseSurvivalProbability((1 - CONFIDENCE) / 2)
              * statistics.getAsDouble(Statistic.STANDARD_DEVIATION)
              / Math.sqrt(sample.length);
      into.put("scoreError", error);
      into.set("scoreConfidence", JSON.createArrayNode().add(mean - error).add(mean + error));
    }
  }
}
