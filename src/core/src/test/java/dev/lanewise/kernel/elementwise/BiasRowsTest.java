package dev.lanewise.kernel.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class BiasRowsTest {
  private static final int ROWS = 5;

  private static float[] bias(int cols) {
    float[] bias = new float[cols];
    for (int c = 0; c < cols; c++) {
      bias[c] = c % 5 == 3 ? Float.NaN : 0.25f * c - 3;
    }
    return bias;
  }

  @Test
  void everyRowOfTheRangeIsTheBiasAndTheOthersStayAsTheyWere() {
    for (int cols : AwkwardSizes.lengths()) {
      float[] bias = bias(cols);
      float[] expected = new float[ROWS * cols];
      for (int r = 1; r < ROWS - 1; r++) {
        System.arraycopy(bias, 0, expected, r * cols, cols);
      }
      try (GuardedFloats b = GuardedFloats.copyOf(bias);
          GuardedFloats y = GuardedFloats.copyOf(new float[ROWS * cols])) {
        BiasRows.broadcast(b.segment(), y.segment(), 1, ROWS - 1, cols);
        assertArrayEquals(expected, y.toArray(), () -> "cols = " + cols);
        y.assertGuardsIntact();
      }
    }
  }

  @Test
  void noRowsWriteNothing() {
    try (GuardedFloats b = GuardedFloats.copyOf(1, 2, 3);
        GuardedFloats y = GuardedFloats.copyOf(7, 8, 9)) {
      BiasRows.broadcast(b.segment(), y.segment(), 1, 1, 3);
      assertArrayEquals(new float[] {7, 8, 9}, y.toArray());
    }
  }

  @Test
  void nothingIsAllocated() {
    int cols = 37;
    try (GuardedFloats b = GuardedFloats.copyOf(bias(cols));
        GuardedFloats y = GuardedFloats.of(ROWS * cols)) {
      MemorySegment sb = b.segment();
      MemorySegment sy = y.segment();
      assertEquals(
          0, AllocatedBytes.perCall(5_000, 1_000, () -> BiasRows.broadcast(sb, sy, 0, ROWS, cols)));
    }
  }
}
