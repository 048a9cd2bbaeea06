package dev.lanewise.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class VectorMathTest {
  private static final double BOUND_ULP = 1.5;

  private final float[] x = new float[Lanes.F32_LANES];
  private final float[] y = new float[Lanes.F32_LANES];

  @Test
  void expOfADenseSampleIsWithinOneAndAHalfUlpAndHasTheSameBitsInEveryLane() {
    // A prime stride: every exponent, every low bit of the significand, both signs, NaN patterns
    // too.
    double worst = worstExpError(0, 1L << 32, 4_093);
    assertTrue(worst <= BOUND_ULP, () -> worst + " ULP");
  }

  @Test
  void expWithSubnormalResultsIsWithinOneAndAHalfUlp() {
    double worst = worstExpError(bitsOf(-87.3f), bitsOf(-104f), 7);
    assertTrue(worst <= BOUND_ULP, () -> worst + " ULP");
  }

  @Test
  void expNearTheOverflowIsWithinOneAndAHalfUlp() {
    double worst = worstExpError(bitsOf(88.7f), bitsOf(88.73f), 1);
    assertTrue(worst <= BOUND_ULP, () -> worst + " ULP");
  }

  @Test
  @Tag("exhaustive")
  void expOfEveryFloatIsWithinOneAndAHalfUlp() {
    double worst = worstExpError(0, 1L << 32, 1);
    System.out.println("exp: worst error over all floats " + worst + " ULP");
    assertTrue(worst <= BOUND_ULP, () -> worst + " ULP");
  }

  @Test
  void expOfSpecialValuesIsTheSameInTheScalarTwinAndInEveryLane() {
    float[][] table = {
      {Float.NaN, Float.NaN},
      {Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY},
      {Float.NEGATIVE_INFINITY, 0},
      {0, 1},
      {-0f, 1},
      {Float.MIN_VALUE, 1},
      {-Float.MIN_VALUE, 1},
      {Float.MAX_VALUE, Float.POSITIVE_INFINITY},
      {-Float.MAX_VALUE, 0},
      {88.72284f, Float.POSITIVE_INFINITY},
      {-103.97f, Float.MIN_VALUE},
      {-103.98f, 0},
    };
    for (float[] row : table) {
      assertEquals(row[1], VectorMath.exp(row[0]), () -> "exp(" + row[0] + ")");
      for (int lane = 0; lane < x.length; lane++) {
        for (int i = 0; i < x.length; i++) {
          x[i] = i == lane ? row[0] : 0.5f * i;
        }
        expOfLanes();
        for (int i = 0; i < x.length; i++) {
          assertEquals(VectorMath.exp(x[i]), y[i], "exp(" + x[i] + ") in lane " + i);
        }
      }
    }
  }

  private static long bitsOf(float value) {
    return Integer.toUnsignedLong(Float.floatToRawIntBits(value));
  }

  private void expOfLanes() {
    VectorMath.exp(FloatVector.fromArray(Lanes.F32, x, 0)).intoArray(y, 0);
  }

  /**
   * The largest error in ULP over the bit patterns from {@code first}; fails where lanes and the
   * scalar twin differ.
   */
  private double worstExpError(long first, long end, int stride) {
    double worst = 0;
    for (long block = first; block < end; block += (long) stride * x.length) {
      for (int i = 0; i < x.length; i++) {
        x[i] = Float.intBitsToFloat((int) Math.min(end - 1, block + (long) i * stride));
      }
      expOfLanes();
      for (int i = 0; i < x.length; i++) {
        if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(VectorMath.exp(x[i]))) {
          assertEquals(VectorMath.exp(x[i]), y[i], "exp(" + x[i] + ") in lane " + i);
        }
        worst = Math.max(worst, ulps(y[i], x[i]));
      }
    }
    return worst;
  }

  /**
   * The oracle is {@code StrictMath.exp}, below one ULP of a double; past |x| = 200 it is known
   * without a call.
   */
  private static double ulps(float got, float x) {
    if (Float.isNaN(x)) {
      return Float.isNaN(got) ? 0 : Double.POSITIVE_INFINITY;
    }
    if (Math.abs(x) > 200) {
      return got == (x > 0 ? Float.POSITIVE_INFINITY : 0) ? 0 : Double.POSITIVE_INFINITY;
    }
    double exact = Math.abs(x) < 0x1p-30f ? 1 + (double) x : StrictMath.exp(x);
    float nearest = (float) exact;
    if (Float.isInfinite(nearest) || Float.isInfinite(got)) {
      // Infinity stands for 2^128, one ULP above the largest float.
      double gotOrLimit = Float.isInfinite(got) ? 0x1p128 : got;
      return Math.abs(gotOrLimit - Math.min(exact, 0x1p128)) / Math.ulp(Float.MAX_VALUE);
    }
    return Math.abs(got - exact) / Math.ulp(nearest);
  }
}
