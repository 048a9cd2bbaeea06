package dev.lanewise.jmh.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Several results of JMH as one, in JMH's JSON: the forks of equal benchmarks with equal parameters
 * come together, in the order in which they are added. Left out is what JMH derives from the
 * measured values, except for the mean, and where the JVM lies.
 */
public final class MergedResults {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> KEPT =
      List.of(
          "jmhVersion",
          "benchmark",
          "mode",
          "threads",
          "forks",
          "jvmArgs",
          "jdkVersion",
          "vmName",
          "vmVersion",
          "warmupIterations",
          "warmupTime",
          "measurementIterations",
          "measurementTime",
          "params");

  private final SequencedMap<List<JsonNode>, ObjectNode> merged = new LinkedHashMap<>();

  /** Adds a file of JMH, as it was read. */
  public void add(JsonNode results) {
    for (JsonNode result : results) {
      List<JsonNode> key =
          List.of(
              result.path("benchmark"),
              result.path("mode"),
              result.path("threads"),
              result.path("params"));
      ObjectNode before = merged.get(key);
      if (before == null) {
        merged.put(key, stripped(result));
      } else {
        before.put("forks", before.path("forks").asInt() + result.path("forks").asInt());
        append(before.withObject("primaryMetric"), result.path("primaryMetric"));
        ObjectNode counters = before.withObject("secondaryMetrics");
        result
            .path("secondaryMetrics")
            .properties()
            .forEach(counter -> append(counters.withObject(counter.getKey()), counter.getValue()));
      }
    }
  }

  private static ObjectNode stripped(JsonNode result) {
    ObjectNode kept = JSON.createObjectNode();
    for (String field : KEPT) {
      if (result.has(field)) {
        kept.set(field, result.get(field));
      }
    }
    append(kept.putObject("primaryMetric"), result.path("primaryMetric"));
    ObjectNode counters = kept.putObject("secondaryMetrics");
    result
        .path("secondaryMetrics")
        .properties()
        .forEach(counter -> append(counters.putObject(counter.getKey()), counter.getValue()));
    return kept;
  }

  private static void append(ObjectNode metric, JsonNode added) {
    ArrayNode forks = metric.withArray("rawData");
    added.path("rawData").forEach(forks::add);
    double sum = 0;
    int n = 0;
    for (JsonNode fork : forks) {
      for (JsonNode iteration : fork) {
        sum += iteration.asDouble();
        n++;
      }
    }
    metric.put("score", sum / n);
    metric.set("scoreUnit", added.path("scoreUnit"));
  }

  /** A line for each benchmark with its parameters. */
  public String toJson() throws JsonProcessingException {
    StringBuilder json = new StringBuilder("[\n");
    String separator = "";
    for (ObjectNode result : merged.values()) {
      json.append(separator).append(JSON.writeValueAsString(result));
      separator = ",\n";
    }
    return json.append("\n]\n").toString();
  }
}
