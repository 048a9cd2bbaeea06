package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.step.momentum.f32.segments.Sgd;
import dev.lanewise.ops.reduce.RowSum;
import dev.lanewise.ops.unary.Fill;
import dev.lanewise.ops.unary.Neg;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More elements than an int counts: 8 GiB in one segment. */
@Tag("large")
class LargeSegmentTest {
  private static final long ROWS = 32_771;
  private static final long COLS = 65_537;
  private static final long N = ROWS * COLS;

  /** Elements around 2^31 and at both ends. */
  private static final long[] MARKS = {0, 1, (1L << 31) - 1, 1L << 31, (1L << 31) + 1, N - 1};

  private static float value(long mark) {
    return 1 + (int) (mark % 7);
  }

  @Test
  void elementsRowsAndStepsPastTwoToThe31AreThoseOfTheirIndex() {
    try (Arena arena = Arena.ofShared();
        Arena small = Arena.ofShared()) {
      MemorySegment x = arena.allocate(N * Float.BYTES, 64);
      MemorySegment sums = small.allocate(ROWS * Float.BYTES, 64);
      Fill.fill(x, 0.5f);
      for (long mark : MARKS) {
        x.set(JAVA_FLOAT, mark * Float.BYTES, value(mark));
      }
      Neg.forward(x, x);
      for (long mark : MARKS) {
        assertEquals(-value(mark), x.get(JAVA_FLOAT, mark * Float.BYTES));
      }

      // The parameters are their own gradients, which no index but the right one makes w / 2.
      Sgd.step(x, x, 0, N, 0.5f, 1, Float.POSITIVE_INFINITY, 0, 0, false);
      for (long mark : MARKS) {
        assertEquals(-value(mark) / 2, x.get(JAVA_FLOAT, mark * Float.BYTES));
      }

      RowSum.forward(x, sums, ROWS, COLS);
      for (long r = 0; r < ROWS; r++) {
        double expected = -0.25 * COLS;
        for (long mark : MARKS) {
          expected += mark / COLS == r ? 0.25 - value(mark) / 2 : 0;
        }
        // Multiples of 1/4 below 2^16: every sum on the way is exact.
        assertEquals(expected, sums.get(JAVA_FLOAT, r * Float.BYTES), "row " + r);
      }
    }
  }
}
