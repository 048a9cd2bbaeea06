package dev.lanewise.jmh.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class MergedResultsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void theForksOfEqualParametersComeTogetherInTheOrderOfTheRounds() throws JsonProcessingException {
    MergedResults merged = new MergedResults();
    merged.add(fork("MKL", 1));
    merged.add(fork("OPENBLAS", 10));
    merged.add(fork("OPENBLAS", 20));
    merged.add(fork("MKL", 4));

    JsonNode results = JSON.readTree(merged.toJson());
    assertEquals(2, results.size());
    JsonNode mkl = results.get(0);
    assertEquals("MKL", mkl.path("params").path("library").asText());
    assertEquals(2, mkl.path("forks").asInt());
    assertEquals("[[1,3],[4,6]]", mkl.path("primaryMetric").path("rawData").toString());
    assertEquals(3.5, mkl.path("primaryMetric").path("score").asDouble());
    assertEquals("ops/s", mkl.path("primaryMetric").path("scoreUnit").asText());
    assertEquals(
        "[[10,30],[40,60]]", mkl.path("secondaryMetrics").path("flops").path("rawData").toString());
    assertEquals(
        "[[10,12],[20,22]]", results.get(1).path("primaryMetric").path("rawData").toString());
  }

  @Test
  void whereTheJvmLiesIsLeftOut() throws JsonProcessingException {
    MergedResults merged = new MergedResults();
    merged.add(fork("MKL", 1));
    assertFalse(merged.toJson().contains("/opt/java"));
  }

  private static JsonNode fork(String library, int value) throws JsonProcessingException {
    return JSON.readTree(
        """
        [{"benchmark": "Gemm.sgemm", "mode": "thrpt", "threads": 1, "forks": 1,
          "jvm": "/opt/java", "params": {"library": "%s", "n": "64"},
          "primaryMetric": {"score": 2, "scoreUnit": "ops/s", "scorePercentiles": {"0.0": 1},
            "rawData": [[%d, %d]]},
          "secondaryMetrics": {"flops": {"scoreUnit": "ops/s", "rawData": [[%d, %d]]}}}]
        """
            .formatted(library, value, value + 2, 10 * value, 10 * (value + 2)));
  }
}
