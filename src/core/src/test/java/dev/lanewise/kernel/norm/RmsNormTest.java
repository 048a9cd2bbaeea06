package dev.lanewise.kernel.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.segments.ResidualRmsNorm;
import dev.lanewise.kernel.norm.segments.RmsNorm;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RmsNormTest {
  private static final double U = 0x1p-24;
  private static final float EPS = 1e-6f;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  /** y, rstd. */
  private static float[][] forward(float[] x, float[] w, float eps) {
    int cols = w.length;
    int rows = x.length / cols;
    float[][] all =
        GuardedCall.run(
            s -> RmsNorm.forward(s[0], s[1], s[2], s[3], eps, 0, rows, cols),
            x,
            w,
            new float[x.length],
            new float[rows]);
    return new float[][] {all[2], all[3]};
  }

  /** dx, dWeights by block. */
  private static float[][] backward(float[] x, float[] w, float[] rstd, float[] dy) {
    int cols = w.length;
    int rows = rstd.length;
    int blocks = (int) RowBlocks.count(rows);
    float[][] all =
        GuardedCall.run(
            s -> RmsNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], rows, cols, 0, blocks),
            x,
            w,
            rstd,
            dy,
            new float[x.length],
            new float[blocks * cols]);
    return new float[][] {all[4], all[5]};
  }

  @Test
  void everyRowHasTheBitsOfTheDocumentedOrder() {
    for (int cols : columns()) {
      float[] x = RowModel.normal(cols, 1, 1, 2);
      float[] w = RowModel.normal(cols, 2, 1, 0.3);
      float[] dy = RowModel.normal(cols, 3, 0, 1);
      float squares = RowModel.sum(cols, (sum, i) -> Math.fma(x[i], x[i], sum));
      float rstd = (float) (1 / Math.sqrt((double) squares / cols + EPS));
      float meanDxh =
          RowModel.sum(cols, (sum, i) -> Math.fma(dy[i] * w[i], x[i] * rstd, sum)) / cols;
      float[] y = new float[cols];
      float[] dx = new float[cols];
      float[] dWeight = new float[cols];
      for (int i = 0; i < cols; i++) {
        y[i] = x[i] * rstd * w[i];
        dx[i] = Math.fma(x[i] * rstd, -meanDxh, dy[i] * w[i]) * rstd;
        dWeight[i] = Math.fma(dy[i], x[i] * rstd, 0f);
      }
      float[][] got = forward(x, w, EPS);
      assertArrayEquals(y, got[0], cols + " columns");
      assertEquals(rstd, got[1][0]);
      float[][] gradients = backward(x, w, got[1], dy);
      assertArrayEquals(dx, gradients[0], cols + " columns");
      assertArrayEquals(dWeight, gradients[1], cols + " columns");
    }
  }

  @Test
  void bothPassesKeepTheirErrorBounds() {
    for (double mean : new double[] {0, 3, 1e4}) {
      for (int rows : new int[] {1, 4, 6, 45}) {
        for (int cols : columns()) {
          assertBounds(rows, cols, mean);
        }
      }
    }
  }

  private static void assertBounds(int rows, int cols, double around) {
    float[] x = RowModel.normal(rows * cols, 4, around, 1);
    float[] w = RowModel.normal(cols, 5, 1, 0.3);
    float[] dy = RowModel.normal(rows * cols, 6, 0.2, 1);
    float[][] got = forward(x, w, EPS);
    float[][] gradients = backward(x, w, got[1], dy);
    double n = RowModel.roundings(cols);
    int blocks = (int) RowBlocks.count(rows);
    double[] dWeight = new double[cols];
    double[] bound = new double[cols];
    for (int r = 0; r < rows; r++) {
      NormOracle exact = NormOracle.of(NormOracle.row(x, r, cols), EPS, false);
      double[] d = new double[cols];
      double absDxh = 0;
      for (int c = 0; c < cols; c++) {
        int i = r * cols + c;
        d[c] = (double) w[c] * dy[i];
        absDxh += Math.abs(d[c] * exact.xh[c]) / cols;
        double y = exact.xh[c] * w[c];
        assertEquals(y, got[0][i], (n / 2 + 4) * U * Math.abs(y), cols + " columns");
        dWeight[c] += dy[i] * exact.xh[c];
        bound[c] += (n / 2 + RowBlocks.ROWS + 4 + blocks) * U * Math.abs(dy[i] * exact.xh[c]);
      }
      double[] dx = exact.dx(d, false);
      for (int c = 0; c < cols; c++) {
        double off =
            (n + 8) * U * exact.rstd * (Math.abs(d[c]) + 2 * Math.abs(exact.xh[c]) * absDxh)
                + (n / 2 + 4) * U * Math.abs(dx[c]);
        assertEquals(dx[c], gradients[0][r * cols + c], off, rows + " x " + cols);
      }
    }
    for (int c = 0; c < cols; c++) {
      double sum = 0;
      for (int b = 0; b < blocks; b++) {
        sum += gradients[1][b * cols + c];
      }
      assertEquals(dWeight[c], sum, bound[c], rows + " x " + cols);
    }
  }

  @Test
  void backwardIsTheDerivativeOfForward() {
    int cols = 21;
    double h = 1e-5;
    float[] x = RowModel.normal(cols, 7, 0.5, 1);
    float[] w = RowModel.normal(cols, 8, 1, 0.3);
    float[] dy = RowModel.normal(cols, 9, 0, 1);
    float[] dx = backward(x, w, forward(x, w, EPS)[1], dy)[0];
    for (int c = 0; c < cols; c++) {
      double[] up = NormOracle.row(x, 0, cols);
      double[] down = up.clone();
      up[c] += h;
      down[c] -= h;
      double[] xhUp = NormOracle.of(up, EPS, false).xh;
      double[] xhDown = NormOracle.of(down, EPS, false).xh;
      double difference = 0;
      for (int i = 0; i < cols; i++) {
        difference += dy[i] * w[i] * (xhUp[i] - xhDown[i]);
      }
      assertEquals(difference / (2 * h), dx[c], 1e-8 + 200 * U);
    }
  }

  @Test
  void aSquareThatOverflowsLeavesZeroAndAnInfinityNan() {
    float[] x = RowModel.normal(67, 10, 0, 1e25);
    float[] w = new float[67];
    Arrays.fill(w, 1);
    float[][] got = forward(x, w, EPS);
    assertEquals(0f, got[1][0]);
    for (float y : got[0]) {
      assertEquals(0, y, 0);
    }
    x[66] = Float.POSITIVE_INFINITY;
    float[] y = forward(x, w, EPS)[0];
    assertEquals(0, y[0], 0);
    assertTrue(Float.isNaN(y[66]));
  }

  @Test
  void aRowOfZerosStaysZero() {
    assertArrayEquals(new float[40], forward(new float[40], RowModel.normal(40, 11, 1, 0), EPS)[0]);
  }

  @Test
  void theResidualFormHasTheBitsOfTheSumAndTheNorm() {
    for (int rows : new int[] {1, 5, 35}) {
      for (int cols : columns()) {
        float[] x = RowModel.normal(rows * cols, 12, 1, 1);
        float[] residual = RowModel.normal(rows * cols, 13, 0, 2);
        float[] w = RowModel.normal(cols, 14, 1, 0.3);
        float[] sum = new float[rows * cols];
        for (int i = 0; i < sum.length; i++) {
          sum[i] = x[i] + residual[i];
        }
        float[][] plain = forward(sum, w, EPS);
        float[][] fused =
            GuardedCall.run(
                s ->
                    ResidualRmsNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], EPS, 0, rows, cols),
                x,
                residual,
                new float[sum.length],
                w,
                new float[sum.length],
                new float[rows]);
        assertArrayEquals(sum, fused[2]);
        assertArrayEquals(plain[0], fused[4]);
        assertArrayEquals(plain[1], fused[5]);
        assertResidualBackward(sum, w, plain[1], rows, cols);
      }
    }
  }

  private static void assertResidualBackward(
      float[] sum, float[] w, float[] rstd, int rows, int cols) {
    float[] dy = RowModel.normal(rows * cols, 15, 0, 1);
    float[] dSum = RowModel.normal(rows * cols, 16, 0, 1);
    int blocks = (int) RowBlocks.count(rows);
    float[][] plain = backward(sum, w, rstd, dy);
    float[][] fused =
        GuardedCall.run(
            s ->
                ResidualRmsNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], rows, cols, 0, blocks),
            sum,
            w,
            rstd,
            dy,
            dSum,
            new float[sum.length],
            new float[blocks * cols]);
    for (int i = 0; i < sum.length; i++) {
      // The product with rstd is rounded in one and not in the other, then the sum.
      double bound = U * (Math.abs(plain[0][i]) + Math.abs((double) plain[0][i] + dSum[i]));
      assertEquals((double) plain[0][i] + dSum[i], fused[5][i], bound);
    }
    assertArrayEquals(plain[1], fused[6]);
  }

  /** A power of two is exact: the norm of the row does not see it. */
  @Property(tries = 60)
  void scalingByAPowerOfTwoChangesNoBit(
      @ForAll @IntRange(min = 1, max = 300) int cols,
      @ForAll @IntRange(min = -20, max = 20) int exponent,
      @ForAll long seed) {
    float[] x = RowModel.normal(cols, seed, 0, 1);
    float[] scaled = new float[cols];
    for (int i = 0; i < cols; i++) {
      scaled[i] = Math.scalb(x[i], exponent);
    }
    float[] w = RowModel.normal(cols, seed + 1, 1, 0.3);
    assertArrayEquals(forward(x, w, 0)[0], forward(scaled, w, 0)[0]);
  }
}
