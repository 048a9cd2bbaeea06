package dev.lanewise.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TerminalBarTest {
  private static final Snapshot SNAPSHOT =
      new Snapshot(1_234, 60, 2.3456, 2.2, 1e-3, 20_123, 141.2, 70.6, 83);

  @Test
  void eightyColumnsHoldTheBarAndTheFiguresThatMatter() {
    assertEquals(
        " 50 % [===   ] 1:23 left  2.346 bits/byte  20,123 tokens/s  141 GFLOP/s",
        TerminalBar.line(0.5, 83, SNAPSHOT, 71));
    String line = TerminalBar.line(0.5, 83, SNAPSHOT, 120);
    assertTrue(line.endsWith("141 GFLOP/s  71 % of peak  step 1,234  train 2.200"), line);
    assertEquals("  0 % [", TerminalBar.line(0, 0, null, 80).substring(0, 7));
  }

  @Property(tries = 200)
  void theLineFitsEveryWidth(
      @ForAll @DoubleRange(min = 0, max = 1) double fraction,
      @ForAll @IntRange(min = 0, max = 300) int width) {
    assertTrue(TerminalBar.line(fraction, 1e6 * fraction, SNAPSHOT, width).length() <= width);
    assertTrue(TerminalBar.line(fraction, 0, null, width).length() <= width);
  }
}
