package dev.lanewise.jmh.tracker.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForkResultTest {
  @Test
  void aForkOfThroughputsCountsWithTheReciprocalOfItsMedian() throws JsonProcessingException {
    ForkResult fork = one("thrpt", "[[4, 2, 8]]");
    assertEquals(4, fork.median());
    assertEquals(0.25, fork.fork().median());
    assertEquals("Sorting.merge n=10", fork.key().toString());
    assertEquals(16.0, fork.counters().get("gc.alloc.rate.norm"));
  }

  @Test
  void aForkOfTimesCountsWithItsMedian() throws JsonProcessingException {
    assertEquals(4, one("avgt", "[[4, 2, 8]]").fork().median());
  }

  @Test
  void histogramsOfSampledCallsCountWithTheirMean() throws JsonProcessingException {
    assertEquals(List.of(5.5), one("sample", "[[[[1.0, 3]]]]").scores());
  }

  private static ForkResult one(String mode, String raw) throws JsonProcessingException {
    String json =
        """
        [{"benchmark": "org.sample.Sorting.merge", "mode": "%s", "threads": 1,
          "jdkVersion": "25", "vmName": "HotSpot", "vmVersion": "25+1", "jvmArgs": ["-Xmx1g"],
          "params": {"n": "10"},
          "primaryMetric": {"score": 5.5, "scoreUnit": "ops/s", "rawData": %s},
          "secondaryMetrics": {"\u00b7gc.alloc.rate.norm": {"rawData": [[8, 16, 32]]}}}]
        """
            .formatted(mode, raw);
    return ForkResult.of(new ObjectMapper().readTree(json)).get(0);
  }
}
