package dev.lanewise.kernel.softmax;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.softmax.segments.ColumnLogSumExp;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ColumnLogSumExpTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static float[] forward(float[] x, int rows, int cols) {
    return GuardedCall.run(
        s -> ColumnLogSumExp.forward(s[0], s[1], rows, cols, 0, cols), x, new float[cols])[1];
  }

  private static float[] backward(float[] x, float[] y, float[] dy, int rows, int cols) {
    return GuardedCall.run(
        s -> ColumnLogSumExp.backward(s[0], s[1], s[2], s[3], 0, rows, cols),
        x,
        y,
        dy,
        new float[x.length])[3];
  }

  @Test
  void valuesAndGradientsKeepTheirBoundsWhereExponentialsOverflow() {
    for (int rows : new int[] {1, 2, 5, 23}) {
      for (int cols : AwkwardSizes.lengths()) {
        for (double around : new double[] {0, 500, -500}) {
          float[] x = RowModel.normal(rows * cols, 1, around, 3);
          float[] dy = RowModel.normal(cols, 2, 0, 1);
          float[] y = forward(x, rows, cols);
          float[] dx = backward(x, y, dy, rows, cols);
          double eps = (rows + 4 + Math.log(rows)) * U;
          for (int c = 0; c < cols; c++) {
            double sum = 0;
            for (int r = 0; r < rows; r++) {
              sum += Math.exp(x[r * cols + c] - around);
            }
            double exact = around + Math.log(sum);
            assertEquals(exact, y[c], eps + U * Math.abs(exact), rows + " x " + cols);
            for (int r = 0; r < rows; r++) {
              double away = x[r * cols + c] - exact;
              double gradient = dy[c] * Math.exp(away);
              double relative = eps + (4 + 2 * Math.abs(exact) + Math.abs(away)) * U;
              assertEquals(gradient, dx[r * cols + c], relative * Math.abs(gradient));
            }
          }
        }
      }
    }
  }

  @Test
  void aSpecialValueHasTheSameEffectInEveryLaneAndInTheTail() {
    int cols = Lanes.F32_LANES + 3;
    float[] ones = new float[cols];
    Arrays.fill(ones, 1);
    assertArrayEquals(filled(cols, -INF), forward(new float[0], 0, cols));
    float[] low = filled(2 * cols, -INF);
    assertArrayEquals(filled(cols, -INF), forward(low, 2, cols));
    assertArrayEquals(new float[2 * cols], backward(low, filled(cols, -INF), ones, 2, cols));
    for (float special : new float[] {Float.NaN, INF}) {
      for (int c = 0; c < cols; c++) {
        float[] x = filled(2 * cols, 1);
        x[cols + c] = special;
        float[] y = forward(x, 2, cols);
        float[] dx = backward(x, y, ones, 2, cols);
        for (int i = 0; i < cols; i++) {
          assertEquals(i == c, Float.isNaN(y[i]));
          assertEquals(i == c, Float.isNaN(dx[i]));
        }
        assertTrue(Float.isNaN(dx[cols + c]));
      }
    }
  }

  private static float[] filled(int n, float value) {
    float[] all = new float[n];
    Arrays.fill(all, value);
    return all;
  }
}
