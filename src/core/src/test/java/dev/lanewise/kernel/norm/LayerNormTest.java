package dev.lanewise.kernel.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.kernel.norm.segments.ResidualLayerNorm;
import dev.lanewise.kernel.norm.segments.RmsNorm;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LayerNormTest {
  private static final double U = 0x1p-24;
  private static final float EPS = 1e-5f;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  /** y, mean, rstd. */
  private static float[][] forward(float[] x, float[] w, float[] b, float eps) {
    int cols = w.length;
    int rows = x.length / cols;
    float[][] all =
        GuardedCall.run(
            s -> LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], eps, 0, rows, cols),
            x,
            w,
            b,
            new float[x.length],
            new float[rows],
            new float[rows]);
    return new float[][] {all[3], all[4], all[5]};
  }

  /** dx, dWeights, dBiases, the last two by block. */
  private static float[][] backward(
      float[] x, float[] w, float[] mean, float[] rstd, float[] dy, long blockBegin, long end) {
    int cols = w.length;
    int rows = mean.length;
    int blocks = (int) RowBlocks.count(rows);
    float[][] all =
        GuardedCall.run(
            s ->
                LayerNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], rows, cols, blockBegin, end),
            x,
            w,
            mean,
            rstd,
            dy,
            new float[x.length],
            new float[blocks * cols],
            new float[blocks * cols]);
    return new float[][] {all[5], all[6], all[7]};
  }

  /** The order that the Javadoc promises. */
  @Test
  void everyRowHasTheBitsOfTheDocumentedOrder() {
    for (int cols : columns()) {
      float[] x = RowModel.normal(cols, 1, 3, 2);
      float[] w = RowModel.normal(cols, 2, 1, 0.3);
      float[] b = RowModel.normal(cols, 3, 0, 1);
      double exactMean = x[0] + (double) RowModel.sum(cols, (sum, i) -> sum + (x[i] - x[0])) / cols;
      float high = (float) exactMean;
      float low = (float) (exactMean - high);
      float squares =
          RowModel.sum(
              cols,
              (sum, i) -> {
                float d = x[i] - high - low;
                return Math.fma(d, d, sum);
              });
      float rstd = (float) (1 / Math.sqrt((double) squares / cols + EPS));
      float[] y = new float[cols];
      for (int i = 0; i < cols; i++) {
        y[i] = Math.fma((x[i] - high - low) * rstd, w[i], b[i]);
      }
      float[][] got = forward(x, w, b, EPS);
      assertArrayEquals(y, got[0], cols + " columns");
      assertEquals(high, got[1][0]);
      assertEquals(rstd, got[2][0]);

      float[] dy = RowModel.normal(cols, 4, 0.5, 1);
      float[] xh = new float[cols];
      float[] d = new float[cols];
      for (int i = 0; i < cols; i++) {
        xh[i] = (x[i] - high) * rstd;
        d[i] = dy[i] * w[i];
      }
      float meanD = RowModel.sum(cols, (sum, i) -> sum + d[i]) / cols;
      float meanDxh = RowModel.sum(cols, (sum, i) -> Math.fma(d[i], xh[i], sum)) / cols;
      float[] dx = new float[cols];
      for (int i = 0; i < cols; i++) {
        dx[i] = Math.fma(xh[i], -meanDxh, Math.fma(w[i], dy[i], -meanD)) * rstd;
      }
      assertArrayEquals(dx, backward(x, w, got[1], got[2], dy, 0, 1)[0], cols + " columns");
    }
  }

  @Test
  void forwardKeepsItsErrorBound() {
    for (double mean : new double[] {0, 3, 1e4, -1e4}) {
      for (int cols : columns()) {
        float[] x = RowModel.normal(2 * cols, 5, mean, 1);
        float[] w = RowModel.normal(cols, 6, 1, 0.3);
        float[] b = RowModel.normal(cols, 7, 0, 1);
        float[][] got = forward(x, w, b, EPS);
        for (int r = 0; r < 2; r++) {
          double[] row = NormOracle.row(x, r, cols);
          NormOracle exact = NormOracle.of(row, EPS, true);
          double n = RowModel.roundings(cols);
          double delta = (n + 2) * U * spread(row);
          assertEquals(exact.mean, got[1][r], delta + U * Math.abs(exact.mean));
          for (int c = 0; c < cols; c++) {
            double y = exact.xh[c] * w[c] + b[c];
            double bound =
                Math.abs(w[c])
                        * exact.rstd
                        * delta
                        * (1 + exact.xh[c] * exact.xh[c] * exact.rstd * delta)
                    + (n / 2 + 8) * U * Math.abs(w[c] * exact.xh[c])
                    + U * Math.abs(y);
            assertEquals(y, got[0][r * cols + c], bound, cols + " columns around " + mean);
          }
        }
      }
    }
  }

  /** The mean distance from the first element. */
  private static double spread(double[] row) {
    double sum = 0;
    for (double v : row) {
      sum += Math.abs(v - row[0]);
    }
    return sum / row.length;
  }

  @Test
  void besideAMeanOfTenThousandSigmaNothingIsLost() {
    int cols = 768;
    float[] x = RowModel.normal(cols, 8, 1e4, 1);
    float[] w = new float[cols];
    Arrays.fill(w, 1);
    float[] y = forward(x, w, new float[cols], EPS)[0];
    NormOracle exact = NormOracle.of(NormOracle.row(x, 0, cols), EPS, true);
    for (int c = 0; c < cols; c++) {
      assertEquals(exact.xh[c], y[c], 4e-6);
    }
  }

  @Test
  void backwardKeepsItsErrorBounds() {
    for (double mean : new double[] {0, 3, 1e4}) {
      for (int rows : new int[] {1, 3, 4, 33, 70}) {
        for (int cols : new int[] {1, 2, 15, 33, 97, 257}) {
          assertBackward(rows, cols, mean);
        }
      }
    }
  }

  private static void assertBackward(int rows, int cols, double around) {
    float[] x = RowModel.normal(rows * cols, 9, around, 1);
    float[] w = RowModel.normal(cols, 10, 1, 0.3);
    float[] dy = RowModel.normal(rows * cols, 11, 0.3, 1);
    float[][] saved = forward(x, w, new float[cols], EPS);
    int blocks = (int) RowBlocks.count(rows);
    float[][] got = backward(x, w, saved[1], saved[2], dy, 0, blocks);
    double n = RowModel.roundings(cols);
    double[] dWeight = new double[cols];
    double[] dBias = new double[cols];
    double[] boundW = new double[cols];
    double[] boundB = new double[cols];
    for (int r = 0; r < rows; r++) {
      double[] row = NormOracle.row(x, r, cols);
      NormOracle exact = NormOracle.of(row, EPS, true);
      double delta = (n + 2) * U * spread(row);
      double[] d = new double[cols];
      double[] q = new double[cols];
      double absD = 0;
      double absDxh = 0;
      double absDq = 0;
      for (int c = 0; c < cols; c++) {
        double g = dy[r * cols + c];
        d[c] = w[c] * g;
        q[c] =
            (n / 2 + 4) * U * Math.abs(exact.xh[c])
                + exact.rstd * (delta + U * Math.abs(exact.mean));
        absD += Math.abs(d[c]) / cols;
        absDxh += Math.abs(d[c] * exact.xh[c]) / cols;
        absDq += Math.abs(d[c]) * q[c] / cols;
        dWeight[c] += g * exact.xh[c];
        dBias[c] += g;
        boundW[c] +=
            Math.abs(g) * q[c] + (RowBlocks.ROWS + 2 + blocks) * U * Math.abs(g * exact.xh[c]);
        boundB[c] += (RowBlocks.ROWS + blocks) * U * Math.abs(g);
      }
      double[] dx = exact.dx(d, true);
      for (int c = 0; c < cols; c++) {
        double xh = Math.abs(exact.xh[c]);
        double bound =
            exact.rstd
                    * ((n + 8) * U * (Math.abs(d[c]) + absD + xh * absDxh)
                        + q[c] * absDxh
                        + xh * absDq)
                + (n / 2 + 4) * U * Math.abs(dx[c]);
        assertEquals(dx[c], got[0][r * cols + c], bound, rows + " x " + cols + " at " + around);
      }
    }
    float[] sumW = columnSums(got[1], blocks, cols);
    float[] sumB = columnSums(got[2], blocks, cols);
    for (int c = 0; c < cols; c++) {
      assertEquals(dWeight[c], sumW[c], boundW[c], rows + " x " + cols + " at " + around);
      assertEquals(dBias[c], sumB[c], boundB[c], rows + " x " + cols + " at " + around);
    }
  }

  private static float[] columnSums(float[] partials, int blocks, int cols) {
    return GuardedCall.run(
        s -> ColumnSum.accumulate(s[0], s[1], blocks, cols, 0, cols), partials, new float[cols])[1];
  }

  /** Central differences of the oracle: h^2 / 6 and 2^-52 / h, then those of f32. */
  @Test
  void backwardIsTheDerivativeOfForward() {
    int cols = 21;
    double h = 1e-5;
    float[] x = RowModel.normal(cols, 12, 0.5, 1);
    float[] w = RowModel.normal(cols, 13, 1, 0.3);
    float[] dy = RowModel.normal(cols, 14, 0, 1);
    float[][] saved = forward(x, w, new float[cols], EPS);
    float[][] got = backward(x, w, saved[1], saved[2], dy, 0, 1);
    for (int c = 0; c < cols; c++) {
      double[] up = NormOracle.row(x, 0, cols);
      double[] down = up.clone();
      up[c] += h;
      down[c] -= h;
      double[] xhUp = NormOracle.of(up, EPS, true).xh;
      double[] xhDown = NormOracle.of(down, EPS, true).xh;
      double difference = 0;
      for (int i = 0; i < cols; i++) {
        difference += dy[i] * w[i] * (xhUp[i] - xhDown[i]);
      }
      assertEquals(difference / (2 * h), got[0][c], 1e-8 + 200 * U);
      // y is linear in the parameters.
      assertEquals(dy[c] * (x[c] - saved[1][0]) * (double) saved[2][0], got[1][c], 4 * U * 5);
      assertEquals(dy[c], got[2][c]);
    }
  }

  @Test
  void theBlocksMayBeSplitAndTheirRowsAreSummedInOrder() {
    int rows = 3 * RowBlocks.ROWS + 7;
    int cols = 45;
    float[] x = RowModel.normal(rows * cols, 15, 0, 1);
    float[] w = RowModel.normal(cols, 16, 1, 0.3);
    float[] dy = RowModel.normal(rows * cols, 17, 0, 1);
    float[][] saved = forward(x, w, new float[cols], EPS);
    float[][] whole = backward(x, w, saved[1], saved[2], dy, 0, 4);
    float[] dWeights = new float[4 * cols];
    float[] dBiases = new float[4 * cols];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        int to = r / RowBlocks.ROWS * cols + c;
        float xh = (x[r * cols + c] - saved[1][r]) * saved[2][r];
        dWeights[to] = Math.fma(dy[r * cols + c], xh, dWeights[to]);
        dBiases[to] += dy[r * cols + c];
      }
    }
    assertArrayEquals(dWeights, whole[1]);
    assertArrayEquals(dBiases, whole[2]);
    for (int begin = 0; begin <= 4; begin++) {
      for (int end = begin; end <= 4; end++) {
        float[][] part = backward(x, w, saved[1], saved[2], dy, begin, end);
        int from = Math.min(rows, begin * RowBlocks.ROWS) * cols;
        int to = Math.max(from, Math.min(rows, end * RowBlocks.ROWS) * cols);
        assertArrayEquals(only(whole[0], from, to), part[0]);
        assertArrayEquals(only(whole[1], begin * cols, end * cols), part[1]);
        assertArrayEquals(only(whole[2], begin * cols, end * cols), part[2]);
      }
    }
  }

  private static float[] only(float[] values, int from, int to) {
    float[] only = new float[values.length];
    System.arraycopy(values, from, only, from, to - from);
    return only;
  }

  @Test
  void dxMayOverwriteItsInputsWhereTheParametersAreSummedToo() {
    int rows = 37;
    int cols = 40;
    float[] x = RowModel.normal(rows * cols, 18, 0, 1);
    float[] w = RowModel.normal(cols, 19, 1, 0.3);
    float[] dy = RowModel.normal(rows * cols, 20, 0, 1);
    float[][] saved = forward(x, w, new float[cols], EPS);
    float[][] apart = backward(x, w, saved[1], saved[2], dy, 0, 2);
    for (int alias : new int[] {0, 4}) {
      float[][] together =
          GuardedCall.run(
              s ->
                  LayerNorm.backward(
                      s[0], s[1], s[2], s[3], s[4], s[alias], s[5], s[6], rows, cols, 0, 2),
              x,
              w,
              saved[1],
              saved[2],
              dy,
              new float[2 * cols],
              new float[2 * cols]);
      assertArrayEquals(apart[0], together[alias]);
      assertArrayEquals(apart[1], together[5]);
      assertArrayEquals(apart[2], together[6]);
    }
  }

  @Test
  void aConstantRowBecomesTheBias() {
    for (float value : new float[] {0, 1e-30f, 0.1f, 1e4f, -3e38f}) {
      for (int cols : columns()) {
        float[] x = new float[cols];
        Arrays.fill(x, value);
        float[] b = RowModel.normal(cols, 21, 0, 1);
        assertArrayEquals(b, forward(x, RowModel.normal(cols, 22, 0, 1), b, EPS)[0]);
      }
    }
  }

  @Test
  void anInfinityMakesItsRowNan() {
    for (int at : new int[] {0, 5, 66}) {
      float[] x = RowModel.normal(67, 23, 0, 1);
      x[at] = -INF;
      for (float y : forward(x, new float[67], new float[67], EPS)[0]) {
        assertTrue(Float.isNaN(y));
      }
    }
  }

  @Test
  void aSpreadWhoseSquareOverflowsLeavesTheBias() {
    float[] x = RowModel.normal(67, 24, 0, 1e25);
    float[] b = RowModel.normal(67, 25, 0, 1);
    float[] w = new float[67];
    Arrays.fill(w, 1);
    float[][] got = forward(x, w, b, EPS);
    assertArrayEquals(b, got[0]);
    assertEquals(0f, got[2][0]);
  }

  @Test
  void theResidualFormHasTheBitsOfTheSumAndTheNorm() {
    for (int rows : new int[] {1, 5, 35}) {
      for (int cols : columns()) {
        float[] x = RowModel.normal(rows * cols, 26, 1, 1);
        float[] residual = RowModel.normal(rows * cols, 27, 0, 2);
        float[] w = RowModel.normal(cols, 28, 1, 0.3);
        float[] b = RowModel.normal(cols, 29, 0, 1);
        float[] sum = new float[rows * cols];
        for (int i = 0; i < sum.length; i++) {
          sum[i] = x[i] + residual[i];
        }
        float[][] plain = forward(sum, w, b, EPS);
        float[][] fused =
            GuardedCall.run(
                s ->
                    ResidualLayerNorm.forward(
                        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], EPS, 0, rows, cols),
                x,
                residual,
                new float[sum.length],
                w,
                b,
                new float[sum.length],
                new float[rows],
                new float[rows]);
        assertArrayEquals(sum, fused[2]);
        assertArrayEquals(plain[0], fused[5]);
        assertArrayEquals(plain[1], fused[6]);
        assertArrayEquals(plain[2], fused[7]);
        assertResidualBackward(sum, w, plain[1], plain[2], rows, cols);
      }
    }
  }

  private static void assertResidualBackward(
      float[] sum, float[] w, float[] mean, float[] rstd, int rows, int cols) {
    float[] dy = RowModel.normal(rows * cols, 30, 0, 1);
    float[] dSum = RowModel.normal(rows * cols, 31, 0, 1);
    int blocks = (int) RowBlocks.count(rows);
    float[][] plain = backward(sum, w, mean, rstd, dy, 0, blocks);
    float[][] fused =
        GuardedCall.run(
            s ->
                ResidualLayerNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], rows, cols, 0, blocks),
            sum,
            w,
            mean,
            rstd,
            dy,
            dSum,
            new float[sum.length],
            new float[blocks * cols],
            new float[blocks * cols]);
    for (int i = 0; i < sum.length; i++) {
      // The product with rstd is rounded in one and not in the other, then the sum.
      double bound = U * (Math.abs(plain[0][i]) + Math.abs((double) plain[0][i] + dSum[i]));
      assertEquals((double) plain[0][i] + dSum[i], fused[6][i], bound);
    }
    assertArrayEquals(plain[1], fused[7]);
    assertArrayEquals(plain[2], fused[8]);
  }

  @Test
  void backwardOverBlocksAllocatesNothing() {
    int rows = 39;
    int cols = 131;
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(rows * cols, 32, 0, 1));
        GuardedFloats dx = GuardedFloats.copyOf(new float[rows * cols]);
        GuardedFloats w = GuardedFloats.copyOf(RowModel.normal(cols, 33, 0, 1));
        GuardedFloats mean = GuardedFloats.copyOf(new float[rows]);
        GuardedFloats sums = GuardedFloats.copyOf(new float[2 * cols])) {
      var sx = x.segment();
      var sdx = dx.segment();
      var sw = w.segment();
      var sm = mean.segment();
      var ss = sums.segment();
      var st = sums.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000,
              1_000,
              () -> LayerNorm.backward(sx, sw, sm, sm, sx, sdx, ss, st, rows, cols, 0, 2)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000, 1_000, () -> RmsNorm.backward(sx, sw, sm, sx, sdx, ss, rows, cols, 0, 2)));
    }
  }

  /** y without weight and bias has mean 0 and mean square 1 / (1 + eps / variance). */
  @Property(tries = 60)
  void aRowBecomesStandard(@ForAll @IntRange(min = 2, max = 300) int cols, @ForAll long seed) {
    float[] w = new float[cols];
    Arrays.fill(w, 1);
    float[] x = RowModel.normal(cols, seed, 2, 3);
    double sum = 0;
    double squares = 0;
    for (float y : forward(x, w, new float[cols], 0)[0]) {
      sum += y;
      squares += (double) y * y;
    }
    double n = RowModel.roundings(cols);
    assertEquals(0, sum / cols, 3 * (n + 12) * U * Math.sqrt(cols));
    assertEquals(1, squares / cols, 2 * (n / 2 + 12) * U * Math.sqrt(cols));
  }

  /** The Jacobian without a weight is symmetric: {@code <a, J b> = <b, J a>}. */
  @Property(tries = 60)
  void backwardIsSelfAdjoint(@ForAll @IntRange(min = 1, max = 200) int cols, @ForAll long seed) {
    float[] w = new float[cols];
    Arrays.fill(w, 1);
    float[] x = RowModel.normal(cols, seed, 0, 1);
    float[] a = RowModel.normal(cols, seed + 1, 0, 1);
    float[] b = RowModel.normal(cols, seed + 2, 0, 1);
    float[][] saved = forward(x, w, new float[cols], 1);
    float[] ja = backward(x, w, saved[1], saved[2], a, 0, 1)[0];
    float[] jb = backward(x, w, saved[1], saved[2], b, 0, 1)[0];
    double left = 0;
    double right = 0;
    for (int i = 0; i < cols; i++) {
      left += (double) a[i] * jb[i];
      right += (double) b[i] * ja[i];
    }
    assertEquals(left, right, 20 * (RowModel.roundings(cols) + 12) * U * cols);
  }
}
