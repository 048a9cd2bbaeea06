package dev.lanewise.kernel.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.reduce.segments.RowMax;
import dev.lanewise.kernel.reduce.segments.RowNorm;
import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.kernel.reduce.segments.RowVariance;
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

/** Sums, means, variances, maxima and norms of rows. */
class RowReductionTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  private static float sum(float[] x) {
    return GuardedCall.run(s -> RowSum.forward(s[0], s[1], 0, 1, x.length), x, new float[1])[1][0];
  }

  private static float mean(float[] x) {
    return GuardedCall.run(s -> RowSum.mean(s[0], s[1], 0, 1, x.length), x, new float[1])[1][0];
  }

  /** Mean and variance. */
  private static float[] variance(float[] x, int correction) {
    float[][] all =
        GuardedCall.run(
            s -> RowVariance.forward(s[0], s[1], s[2], correction, 0, 1, x.length),
            x,
            new float[1],
            new float[1]);
    return new float[] {all[1][0], all[2][0]};
  }

  private static float max(float[] x) {
    return GuardedCall.run(s -> RowMax.forward(s[0], s[1], 0, 1, x.length), x, new float[1])[1][0];
  }

  private static int argmax(float[] x) {
    return Float.floatToRawIntBits(
        GuardedCall.run(s -> RowMax.argmax(s[0], s[1], 0, 1, x.length), x, new float[1])[1][0]);
  }

  private static float norm(float[] x) {
    return GuardedCall.run(s -> RowNorm.forward(s[0], s[1], 0, 1, x.length), x, new float[1])[1][0];
  }

  @Test
  void sumsHaveTheBitsOfTheDocumentedOrderAndKeepTheirBound() {
    for (int n : AwkwardSizes.lengths()) {
      float[] x = RowModel.normal(n, 1, 0.3, 1);
      float expected = RowModel.sum(n, (sum, i) -> sum + x[i]);
      assertEquals(expected, sum(x), n + " columns");
      assertEquals((float) ((double) expected / n), mean(x), n + " columns");
      double exact = 0;
      double magnitude = 0;
      for (float v : x) {
        exact += v;
        magnitude += Math.abs(v);
      }
      assertEquals(exact, sum(x), RowModel.roundings(n) * U * magnitude);
    }
    assertTrue(Float.isNaN(mean(new float[0])));
  }

  @Test
  void theGradientOfASumIsItsCotangentEverywhere() {
    float[] dx =
        GuardedCall.run(
            s -> RowSum.backward(s[0], s[1], 0.25f, 0, 2, 67), new float[] {8, -2}, new float[134])[
            1];
    for (int i = 0; i < 134; i++) {
      assertEquals(i < 67 ? 2f : -0.5f, dx[i]);
    }
  }

  @Test
  void meansAndVariancesKeepTheirBoundsBesideAnyMean() {
    for (double around : new double[] {0, 3, 1e4, -1e6}) {
      for (int n : columns()) {
        float[] x = RowModel.normal(n, 2, around, 1);
        double mean = 0;
        double spread = 0;
        for (float v : x) {
          mean += (double) v / n;
          spread += Math.abs((double) v - x[0]) / n;
        }
        double squares = 0;
        for (float v : x) {
          squares += (v - mean) * (v - mean);
        }
        double roundings = RowModel.roundings(n);
        double delta = (roundings + 2) * U * spread;
        float[] got = variance(x, 0);
        assertEquals(mean, got[0], delta + U * Math.abs(mean), n + " around " + around);
        double bound = (roundings + 5) * U * squares / n + 2 * delta * delta;
        assertEquals(squares / n, got[1], bound, n + " around " + around);
        if (n > 1) {
          double unbiased = squares / (n - 1);
          assertEquals(unbiased, variance(x, 1)[1], bound * n / (n - 1), n + " around " + around);
        }
      }
    }
  }

  @Test
  void theVarianceOfNothingAndTheUnbiasedOneOfOneElementAreNan() {
    assertTrue(Float.isNaN(variance(new float[0], 0)[0]));
    assertTrue(Float.isNaN(variance(new float[0], 0)[1]));
    assertEquals(0f, variance(new float[] {7}, 0)[1]);
    assertTrue(Float.isNaN(variance(new float[] {7}, 1)[1]));
    assertTrue(Float.isNaN(variance(new float[] {7, INF}, 0)[1]));
    assertEquals(INF, variance(new float[] {-1e20f, 1e20f}, 0)[1]);
  }

  @Test
  void theGradientOfTheVarianceIsItsCentralDifference() {
    int n = 37;
    double h = 1e-4;
    float[] x = RowModel.normal(n, 3, 2, 1);
    float mean = variance(x, 1)[0];
    float[] dx =
        GuardedCall.run(
            s -> RowVariance.backward(s[0], s[1], s[2], s[3], 1, 0, 1, n),
            x,
            new float[] {mean},
            new float[] {1.5f},
            new float[n])[3];
    for (int i = 0; i < n; i++) {
      // A parabola: central differences are exact but for rounding.
      double difference = exactVariance(x, i, h) - exactVariance(x, i, -h);
      assertEquals(1.5 * difference / (2 * h), dx[i], 1e-6);
    }
  }

  private static double exactVariance(float[] x, int moved, double by) {
    double mean = by / x.length;
    for (float v : x) {
      mean += (double) v / x.length;
    }
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      double d = x[i] + (i == moved ? by : 0) - mean;
      squares += d * d;
    }
    return squares / (x.length - 1);
  }

  @Test
  void theMaximumIsFoundAtEveryPlaceAndTheFirstOneCounts() {
    for (int n : columns()) {
      for (int at = 0; at < n; at += Math.max(1, n / 19)) {
        float[] x = RowModel.normal(n, 4, 0, 1);
        x[at] = 9;
        assertEquals(9f, max(x), n + " columns");
        assertEquals(at, argmax(x), n + " columns");
        x[n - 1] = 9;
        assertEquals(at, argmax(x), n + " columns");
        x[at] = Float.NaN;
        x[n - 1] = Float.NaN;
        assertTrue(Float.isNaN(max(x)), n + " columns");
        assertEquals(at, argmax(x), n + " columns");
      }
      float[] low = new float[n];
      Arrays.fill(low, -INF);
      assertEquals(-INF, max(low));
      assertEquals(0, argmax(low));
    }
    assertEquals(-INF, max(new float[0]));
  }

  @Test
  void zerosOfEitherSignAreEqualToTheIndexAndPositiveInTheValue() {
    for (int n : columns()) {
      float[] x = new float[n];
      Arrays.fill(x, -0f);
      assertEquals(-0f, max(x));
      x[n - 1] = 0f;
      assertEquals(0f, max(x));
      assertEquals(0, argmax(x));
    }
  }

  @Test
  void theGradientOfTheMaximumStandsAtItsPlace() {
    int cols = 45;
    float[] dx =
        GuardedCall.run(
            s -> RowMax.backward(s[0], s[1], s[2], 0, 3, cols),
            GuardedCall.ints(0, 44, 17),
            new float[] {1, Float.NaN, -3},
            RowModel.normal(3 * cols, 5, 0, 1))[2];
    float[] expected = new float[3 * cols];
    expected[0] = 1;
    expected[cols + 44] = Float.NaN;
    expected[2 * cols + 17] = -3;
    assertArrayEquals(expected, dx);
  }

  @Test
  void argmaxAllocatesNothingAndKeepsToItsRows() {
    int cols = 323;
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(5 * cols, 6, 0, 1));
        GuardedFloats indices = GuardedFloats.copyOf(GuardedCall.ints(-1, -1, -1, -1, -1))) {
      var sx = x.segment();
      var si = indices.segment();
      RowMax.argmax(sx, si, 1, 3, cols);
      float[] got = indices.toArray();
      for (int r = 0; r < 5; r++) {
        boolean inside = r == 1 || r == 2;
        int expected =
            inside ? argmax(Arrays.copyOfRange(x.toArray(), r * cols, (r + 1) * cols)) : -1;
        assertEquals(expected, Float.floatToRawIntBits(got[r]));
      }
      assertEquals(
          0, AllocatedBytes.perCall(2_000, 1_000, () -> RowMax.argmax(sx, si, 0, 5, cols)));
    }
  }

  @Test
  void normsNeitherOverflowNorUnderflow() {
    for (int n : AwkwardSizes.lengths()) {
      for (float size : new float[] {1, 1e30f, 1e-30f, 0x1p-149f}) {
        float[] x = new float[n];
        double squares = 0;
        float[] shape = RowModel.normal(n, 7, 0, 1);
        for (int i = 0; i < n; i++) {
          x[i] = shape[i] * size;
          squares += (double) x[i] * x[i];
        }
        double exact = Math.sqrt(squares);
        assertEquals(exact, norm(x), (1 + 0x1p-18) * U * exact + 0x1p-150, n + " columns");
      }
    }
    float[] x = RowModel.normal(2 * SumOfSquares.BLOCK + 5, 8, 0, 1);
    double squares = 0;
    for (float v : x) {
      squares += (double) v * v;
    }
    assertEquals(Math.sqrt(squares), norm(x), (1 + 0x1p-18) * U * Math.sqrt(squares));
    assertEquals(INF, norm(new float[] {3e38f, 3e38f}));
  }

  @Test
  void theGradientOfANormKeepsItsBoundAndIsZeroAtZero() {
    for (int n : columns()) {
      for (float size : new float[] {1, 1e30f, 1e-30f}) {
        float[] x = RowModel.normal(n, 9, 0, size);
        float y = norm(x);
        float[] dx = normGradient(x, y, 3);
        double squares = 0;
        for (float v : x) {
          squares += (double) v * v;
        }
        for (int i = 0; i < n; i++) {
          double exact = 3 * x[i] / Math.sqrt(squares);
          assertEquals(exact, dx[i], 4 * U * Math.abs(exact), n + " columns");
        }
      }
      assertArrayEquals(new float[n], normGradient(new float[n], 0, 3));
    }
  }

  private static float[] normGradient(float[] x, float y, float dy) {
    return GuardedCall.run(
        s -> RowNorm.backward(s[0], s[1], s[2], s[3], 0, 1, x.length),
        x,
        new float[] {y},
        new float[] {dy},
        new float[x.length])[3];
  }

  @Property(tries = 60)
  void theMaximumDoesNotSeeTheOrder(
      @ForAll @IntRange(min = 1, max = 300) int n, @ForAll @IntRange(min = 0, max = 299) int by) {
    float[] x = RowModel.normal(n, 10 + n, 0, 1);
    float[] turned = new float[n];
    for (int i = 0; i < n; i++) {
      turned[(i + by) % n] = x[i];
    }
    assertEquals(max(x), max(turned));
    assertEquals((argmax(x) + by) % n, argmax(turned));
  }
}
