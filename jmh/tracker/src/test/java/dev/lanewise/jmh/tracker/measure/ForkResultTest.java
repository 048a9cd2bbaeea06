package dev.lanewise.jmh.tracker.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
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

  @Test
  void theMachineIsUnsteadyWhereAYardstickIsOffItsMedian() {
    Queue<Calibration.Point> points =
        new ArrayDeque<>(List.of(at(100, 20), at(101, 20), at(99, 21), at(80, 20), at(100, 17)));
    Calibration calibration = new Calibration(points::remove, 0.1);
    assertTrue(calibration.steady());
    assertTrue(calibration.steady());
    assertTrue(calibration.steady());
    assertFalse(calibration.steady());
    assertFalse(calibration.steady());
    assertEquals(at(100, 20), calibration.middle());
  }

  @Test
  void aRunWithoutCalibrationIsAlwaysSteady() {
    Calibration off =
        new Calibration(
            () -> {
              throw new AssertionError("measured");
            },
            Double.POSITIVE_INFINITY);
    assertTrue(off.steady());
  }

  private static Calibration.Point at(double gflops, double gigabytes) {
    return new Calibration.Point(gflops, gigabytes);
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
