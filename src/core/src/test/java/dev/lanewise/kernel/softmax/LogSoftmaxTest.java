package dev.lanewise.kernel.softmax;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.softmax.segments.LogSoftmax;
import dev.lanewise.kernel.softmax.segments.LogSumExp;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The logarithm of softmax and that of its sum. */
class LogSoftmaxTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  private static float[] forward(float[] x) {
    return GuardedCall.run(
        s -> LogSoftmax.forward(s[0], s[1], 0, 1, x.length), x, new float[x.length])[1];
  }

  private static float[] backward(float[] y, float[] dy) {
    return GuardedCall.run(
        s -> LogSoftmax.backward(s[0], s[1], s[2], 0, 1, y.length), y, dy, new float[y.length])[2];
  }

  private static float logSumExp(float[] x) {
    return GuardedCall.run(s -> LogSumExp.forward(s[0], s[1], 0, 1, x.length), x, new float[1])[1][
        0];
  }

  private static double exactLogSumExp(float[] x) {
    double max = max(x);
    double sum = 0;
    for (float v : x) {
      sum += StrictMath.exp(v - max);
    }
    return max + StrictMath.log(sum);
  }

  private static double max(float[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (float v : x) {
      max = Math.max(max, v);
    }
    return max;
  }

  @Test
  void bothKeepTheirErrorBounds() {
    for (double mean : new double[] {0, 1e4, -1e4}) {
      for (int cols : columns()) {
        float[] x = RowModel.normal(cols, 1, mean, 4);
        double lse = exactLogSumExp(x);
        double max = max(x);
        double eps = (RowModel.roundings(cols) + 4 + Math.log(cols)) * U;
        double log = 2 * U * Math.log(cols);
        assertEquals(lse, logSumExp(x), eps + log + U * Math.abs(lse), cols + " columns");
        float[] y = forward(x);
        for (int c = 0; c < cols; c++) {
          double exact = x[c] - lse;
          double bound = eps + U + log + U * (max - x[c] + Math.abs(exact));
          assertEquals(exact, y[c], bound, cols + " columns");
        }
      }
    }
  }

  @Test
  void theGradientsKeepTheirErrorBounds() {
    for (int cols : columns()) {
      float[] x = RowModel.normal(cols, 2, 0, 4);
      float[] y = forward(x);
      float[] dy = RowModel.normal(cols, 3, 0.3, 1);
      float[] dx = backward(y, dy);
      double sum = 0;
      double magnitude = 0;
      for (float v : dy) {
        sum += v;
        magnitude += Math.abs(v);
      }
      double n = RowModel.roundings(cols);
      for (int c = 0; c < cols; c++) {
        double p = StrictMath.exp(y[c]);
        double exact = dy[c] - p * sum;
        double bound = p * (n + 4) * U * magnitude + 0x1p-99 * magnitude + U * Math.abs(exact);
        assertEquals(exact, dx[c], bound, cols + " columns");
      }
    }
  }

  @Test
  void theGradientOfLogSumExpIsSoftmax() {
    for (int cols : columns()) {
      float[] x = RowModel.normal(cols, 4, 0, 4);
      double lse = exactLogSumExp(x);
      double eps = (RowModel.roundings(cols) + 4 + Math.log(cols)) * U;
      float[] dx =
          GuardedCall.run(
              s -> LogSumExp.backward(s[0], s[1], s[2], 0, 1, cols),
              x,
              new float[] {-1.5f},
              new float[cols])[2];
      for (int c = 0; c < cols; c++) {
        double softmax = StrictMath.exp(x[c] - lse);
        double bound = 1.5 * ((eps + (5 + max(x) - x[c]) * U) * softmax + 0x1p-99);
        assertEquals(-1.5 * softmax, dx[c], bound, cols + " columns");
      }
    }
  }

  /** Central differences of the oracle, h^2 / 6 and 2^-52 / h, then those of f32. */
  @Test
  void backwardIsTheDerivativeOfForward() {
    int cols = 23;
    float[] x = RowModel.normal(cols, 5, 0, 1);
    float[] dy = RowModel.normal(cols, 6, 0, 1);
    float[] dx = backward(forward(x), dy);
    float h = 0x1p-10f;
    for (int c = 0; c < cols; c++) {
      float[] up = x.clone();
      float[] down = x.clone();
      up[c] += h;
      down[c] -= h;
      double difference = 0;
      for (int i = 0; i < cols; i++) {
        difference += dy[i] * (up[i] - exactLogSumExp(up) - down[i] + exactLogSumExp(down));
      }
      assertEquals(difference / ((double) up[c] - down[c]), dx[c], 2e-5);
    }
  }

  @Test
  void aRowOfNegativeInfinityKeepsIt() {
    for (int cols : columns()) {
      float[] x = new float[cols];
      Arrays.fill(x, -INF);
      float[] dy = RowModel.normal(cols, 7, 0, 1);
      assertArrayEquals(x, forward(x));
      assertArrayEquals(dy, backward(x, dy));
      assertEquals(-INF, logSumExp(x));
      float[] dx =
          GuardedCall.run(
              s -> LogSumExp.backward(s[0], s[1], s[2], 0, 1, cols),
              x,
              new float[] {2},
              new float[cols])[2];
      assertArrayEquals(new float[cols], dx);
    }
  }

  @Test
  void aPositiveInfinityMakesTheRowNan() {
    float[] x = RowModel.normal(71, 8, 0, 1);
    x[66] = INF;
    assertTrue(Float.isNaN(logSumExp(x)));
    for (float y : forward(x)) {
      assertTrue(Float.isNaN(y));
    }
  }

  @Test
  void anEmptySumHasTheLogarithmNegativeInfinity() {
    assertEquals(
        -INF,
        GuardedCall.run(s -> LogSumExp.forward(s[0], s[1], 0, 1, 0), new float[0], new float[1])[1][
            0]);
  }

  /** The gradient of a row sums to 0, as every shift of it leaves the output as it is. */
  @Property(tries = 60)
  void theGradientOfARowSumsToZero(
      @ForAll @IntRange(min = 1, max = 300) int cols, @ForAll long seed) {
    float[] dy = RowModel.normal(cols, seed, 0, 1);
    double sum = 0;
    double magnitude = 0;
    for (float v : backward(forward(RowModel.normal(cols, seed + 1, 0, 3)), dy)) {
      sum += v;
    }
    for (float v : dy) {
      magnitude += Math.abs(v);
    }
    assertEquals(0, sum, 3 * (RowModel.roundings(cols) + 20) * U * magnitude);
  }
}
