package dev.lanewise.kernel.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ColumnSumTest {
  private static final double U = 0x1p-24;
  private static final int[] ROWS = {0, 1, 3, 7, 8, 9, 16, 23, 67};

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The order that the Javadoc promises, element by element. */
  private static float[] inDocumentedOrder(
      float[] dy, float[] db, int rows, int cols, int colBegin, int colEnd) {
    float[] sums = db.clone();
    for (int c = colBegin; c < colEnd; c++) {
      int r = 0;
      for (; r + 8 <= rows; r += 8) {
        float[] x = new float[8];
        for (int i = 0; i < 8; i++) {
          x[i] = dy[(r + i) * cols + c];
        }
        sums[c] += ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
      }
      for (; r < rows; r++) {
        sums[c] += dy[r * cols + c];
      }
    }
    return sums;
  }

  @Test
  void everyColumnHasTheBitsOfTheDocumentedOrder() {
    for (int rows : ROWS) {
      for (int cols : AwkwardSizes.lengths()) {
        float[] dy = values(rows * cols, 1);
        float[] db = values(cols, 2);
        try (GuardedFloats x = GuardedFloats.copyOf(dy);
            GuardedFloats y = GuardedFloats.copyOf(db)) {
          ColumnSum.accumulate(x.segment(), y.segment(), rows, cols, 0, cols);
          assertArrayEquals(
              inDocumentedOrder(dy, db, rows, cols, 0, cols),
              y.toArray(),
              () -> rows + " x " + cols);
          y.assertGuardsIntact();
        }
      }
    }
  }

  @Test
  void everyColumnKeepsItsErrorBound() {
    int rows = 1_003;
    int cols = 2 * Lanes.F32_LANES + 3;
    float[] dy = values(rows * cols, 3);
    float[] db = values(cols, 4);
    try (GuardedFloats x = GuardedFloats.copyOf(dy);
        GuardedFloats y = GuardedFloats.copyOf(db)) {
      ColumnSum.accumulate(x.segment(), y.segment(), rows, cols, 0, cols);
      float[] got = y.toArray();
      for (int c = 0; c < cols; c++) {
        double sum = db[c];
        double magnitude = Math.abs(db[c]);
        for (int r = 0; r < rows; r++) {
          sum += dy[r * cols + c];
          magnitude += Math.abs(dy[r * cols + c]);
        }
        assertEquals(sum, got[c], (rows / 8 + rows % 8 + 3) * U * magnitude);
      }
    }
  }

  @Test
  void aRangeOfColumnsHasTheSameBitsAndLeavesTheOthersUntouched() {
    int rows = 19;
    int cols = 3 * Lanes.F32_LANES + 5;
    float[] dy = values(rows * cols, 5);
    float[] db = values(cols, 6);
    for (int begin = 0; begin <= cols; begin += 3) {
      for (int end = begin; end <= cols; end += 2) {
        try (GuardedFloats x = GuardedFloats.copyOf(dy);
            GuardedFloats y = GuardedFloats.copyOf(db)) {
          ColumnSum.accumulate(x.segment(), y.segment(), rows, cols, begin, end);
          assertArrayEquals(inDocumentedOrder(dy, db, rows, cols, begin, end), y.toArray());
        }
      }
    }
  }

  @Test
  void nanAndInfinityStayInTheirColumn() {
    int rows = 11;
    int cols = 2 * Lanes.F32_LANES + 3;
    for (int row : new int[] {0, 7, 10}) {
      for (int c = 0; c < cols; c++) {
        float[] dy = values(rows * cols, 7);
        dy[row * cols + c] = c % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
        try (GuardedFloats x = GuardedFloats.copyOf(dy);
            GuardedFloats y = GuardedFloats.copyOf(new float[cols])) {
          ColumnSum.accumulate(x.segment(), y.segment(), rows, cols, 0, cols);
          float[] got = y.toArray();
          for (int i = 0; i < cols; i++) {
            assertTrue(
                i == c
                    ? got[i] == dy[row * cols + c] || Float.isNaN(got[i])
                    : Float.isFinite(got[i]));
          }
          assertEquals(dy[row * cols + c], got[c]);
        }
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    int rows = 19;
    int cols = 101;
    try (GuardedFloats x = GuardedFloats.copyOf(values(rows * cols, 8));
        GuardedFloats y = GuardedFloats.copyOf(new float[cols])) {
      MemorySegment sx = x.segment();
      MemorySegment sy = y.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              5_000, 1_000, () -> ColumnSum.accumulate(sx, sy, rows, cols, 0, cols)));
    }
  }

  @Test
  void aHeapSegmentIsRejected() {
    MemorySegment heap = MemorySegment.ofArray(new float[40]);
    try (GuardedFloats x = GuardedFloats.copyOf(new float[40])) {
      MemorySegment sx = x.segment();
      assertThrows(
          IllegalArgumentException.class, () -> ColumnSum.accumulate(sx, heap, 1, 40, 0, 40));
      assertThrows(
          IllegalArgumentException.class, () -> ColumnSum.accumulate(heap, sx, 8, 5, 0, 5));
    }
  }
}
