package dev.lanewise.kernel.gather;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import org.junit.jupiter.api.Test;

class ColumnSliceTest {
  @Test
  void aSliceIsCopiedBitByBitAndNothingElseIsTouched() {
    int rows = 4;
    for (int width : new int[] {0, 1, 3, 16, 37}) {
      int xCols = width + 5;
      int yCols = width + 3;
      float[] x = RowModel.normal(rows * xCols, 1, 0, 1);
      x[xCols + 2] = Float.NaN;
      float[] y = RowModel.normal(rows * yCols, 2, 0, 1);
      float[] expected = y.clone();
      for (int r = 1; r < 3; r++) {
        System.arraycopy(x, r * xCols + 2, expected, r * yCols + 3, width);
      }
      float[][] got =
          GuardedCall.run(s -> ColumnSlice.copy(s[0], xCols, 2, s[1], yCols, 3, width, 1, 3), x, y);
      assertArrayEquals(expected, got[1]);
      assertArrayEquals(x, got[0]);
    }
  }

  @Test
  void whatIsSplitCanBeConcatenatedAgain() {
    int rows = 3;
    float[] x = RowModel.normal(rows * 12, 3, 0, 1);
    float[][] got =
        GuardedCall.run(
            s -> {
              ColumnSlice.copy(s[0], 12, 0, s[1], 5, 0, 5, 0, rows);
              ColumnSlice.copy(s[0], 12, 5, s[2], 7, 0, 7, 0, rows);
              ColumnSlice.copy(s[1], 5, 0, s[3], 12, 0, 5, 0, rows);
              ColumnSlice.copy(s[2], 7, 0, s[3], 12, 5, 7, 0, rows);
            },
            x,
            new float[rows * 5],
            new float[rows * 7],
            new float[rows * 12]);
    assertArrayEquals(x, got[3]);
  }

  @Test
  void nothingIsAllocated() {
    try (GuardedFloats x = GuardedFloats.copyOf(new float[400]);
        GuardedFloats y = GuardedFloats.copyOf(new float[400])) {
      var sx = x.segment();
      var sy = y.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000, 1_000, () -> ColumnSlice.copy(sx, 40, 3, sy, 40, 0, 33, 0, 10)));
    }
  }
}
