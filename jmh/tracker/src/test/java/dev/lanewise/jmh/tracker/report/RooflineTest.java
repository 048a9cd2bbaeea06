package dev.lanewise.jmh.tracker.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.history.Entries;
import dev.lanewise.jmh.tracker.history.Entry;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RooflineTest {
  private static final List<Entry> LIMITS =
      List.of(
          Entries.counting("a.PeakFma.fma", Map.of("threads", "ONE"), 100e9, 0),
          Entries.counting("a.PeakFma.fma", Map.of("threads", "ALL"), 200e9, 0),
          Entries.counting("a.Triad.triad", Map.of("footprint", "L1", "threads", "ONE"), 0, 80e9),
          Entries.counting("a.Triad.triad", Map.of("footprint", "DRAM", "threads", "ONE"), 0, 20e9),
          Entries.counting(
              "a.Triad.triad", Map.of("footprint", "DRAM", "threads", "ALL"), 0, 30e9));

  private static final Ceilings CEILINGS =
      Ceilings.of(LIMITS, Pattern.compile("PeakFma"), Pattern.compile("Triad"));

  @Test
  void theLimitOfASeriesIsThatWithItsSizeAndItsThreads() {
    assertEquals(0.5, share(Map.of("footprint", "L1"), 0, 40e9));
    assertEquals(0.5, share(Map.of("footprint", "DRAM"), 0, 10e9));
    assertEquals(0.5, share(Map.of("footprint", "DRAM", "threads", "ALL"), 0, 15e9));
    assertEquals(0.75, share(Map.of("n", "256", "threads", "ALL"), 150e9, 0));
    assertEquals(Double.NaN, share(Map.of("footprint", "L3"), 0, 15e9));
  }

  @Test
  void aSeriesThatCountsBothIsAPointUnderTheRoof() {
    Entry both = Entries.counting("a.Gemm.sgemm", Map.of("n", "64"), 90e9, 30e9);
    String drawing = Roofline.of(CEILINGS, List.of(both));
    assertTrue(drawing.contains("200 GFLOP/s"), drawing);
    assertTrue(drawing.contains("DRAM ONE 20 GB/s"), drawing);
    assertTrue(drawing.contains("Gemm.sgemm n=64: 90.0 GFLOP/s"), drawing);
  }

  @Test
  void withoutLimitsOrPointsThereIsNoDrawing() {
    assertEquals("", Roofline.of(CEILINGS, LIMITS));
    Entry both = Entries.counting("a.Gemm.sgemm", Map.of(), 90e9, 30e9);
    assertEquals("", Roofline.of(new Ceilings(List.of(), List.of()), List.of(both)));
  }

  private static double share(Map<String, String> parameters, double flops, double bytes) {
    return CEILINGS.share(Entries.counting("a.Kernel.run", parameters, flops, bytes));
  }
}
