package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Sine and cosine, for every finite float.
 *
 * <p>{@code |x| = n pi / 2 + r}, {@code |r| <= pi / 4}; the quadrant n chooses the polynomial and
 * the sign. Up to {@link #NEAR} the remainder comes from three parts of pi / 2 (W. J. Cody, W.
 * Waite: Software Manual for the Elementary Functions, 1980, chapter 8), and what it loses by
 * rounding is carried along. Beyond, it comes from as many bits of 2 / pi as matter (M. Payne, R.
 * Hanek: Radian Reduction for Trigonometric Functions, 1983), element by element: a vector with
 * such an argument costs its scalar twins, and one array of its size.
 */
public final class Sine {
  /** Below 4,096.5 pi / 2: n has 12 bits. */
  private static final float NEAR = 6433;

  private static final float TWO_OVER_PI = 0x1.45f306p-1f;

  // pi / 2 = PI_HI + PI_MID + PI_LO. n PI_HI - x is a multiple of 2^-23 below 1, and exact by fma;
  // n PI_MID, of 12 and 12 bits, is exact, so that what n PI_MID loses in the difference is too.
  private static final float PI_HI = 0x1.921fb6p0f;
  private static final float PI_MID = -0x1.778p-25f;
  private static final float PI_LO = 0x1.68c234p-39f;

  // sin(r) = r + r^3 (S0 + S1 r^2 + S2 r^4), cos(r) = 1 - r^2 / 2 + r^4 (K0 + K1 r^2 + K2 r^4) on
  // |r| <= pi / 4: minimax fits with the coefficients rounded to float one after the other,
  // relative errors 2^-27.9 and 2^-33.0 before rounding.
  private static final float S0 = -0x1.555546p-3f;
  private static final float S1 = 0x1.110776p-7f;
  private static final float S2 = -0x1.9952fap-13f;
  private static final float K0 = 0x1.55554ap-5f;
  private static final float K1 = -0x1.6c0c28p-10f;
  private static final float K2 = 0x1.99e80cp-16f;

  private static final int SIGN = 0x8000_0000;

  // The bits of 2 / pi after the point, behind 32 zeros. The largest float needs 198 of them.
  private static final int ZEROS = 32;
  private static final long BITS_0 = 0x0000_0000_a2f9_836eL;
  private static final long BITS_1 = 0x4e44_1529_fc27_57d1L;
  private static final long BITS_2 = 0xf534_ddc0_db62_9599L;
  private static final long BITS_3 = 0x3c43_9041_fe51_63abL;

  private static final double QUARTER = 0x1.921fb54442d18p0 * 0x1p-62;

  private Sine() {}

  /**
   * The sine of each lane, in radians.
   *
   * <p>NaN and an infinity give NaN; -0 gives -0, and a subnormal number itself. The error is at
   * most @SIN@ ULP, measured over all 2^32 inputs.
   */
  public static FloatVector sin(FloatVector x) {
    FloatVector a = x.abs();
    if (a.compare(VectorOperators.GT, NEAR).anyTrue()) {
      float[] lanes = x.toArray();
      sines(lanes);
      return FloatVector.fromArray(F32, lanes, 0);
    }
    FloatVector shifted = a.fma(TWO_OVER_PI, TO_INTEGER);
    FloatVector n = shifted.sub(TO_INTEGER);
    FloatVector minusMid = FloatVector.broadcast(F32, -PI_MID);
    FloatVector high = n.fma(FloatVector.broadcast(F32, -PI_HI), a);
    FloatVector r = n.fma(minusMid, high);
    FloatVector low = n.fma(FloatVector.broadcast(F32, -PI_LO), n.fma(minusMid, high.sub(r)));
    FloatVector z = r.mul(r);
    FloatVector s = z.fma(S2, S1).fma(z, FloatVector.broadcast(F32, S0));
    FloatVector sine = s.mul(z).fma(r, low).add(r);
    FloatVector k =
        z.fma(K2, K1)
            .fma(z, FloatVector.broadcast(F32, K0))
            .fma(z, FloatVector.broadcast(F32, -0.5f));
    FloatVector cosine = k.fma(z, FloatVector.broadcast(F32, 1));
    IntVector bits = shifted.reinterpretAsInts();
    VectorMask<Float> odd = bits.and(1).compare(VectorOperators.NE, 0).cast(F32);
    IntVector sign =
        bits.lanewise(VectorOperators.LSHL, 30)
            .lanewise(VectorOperators.XOR, x.reinterpretAsInts())
            .and(SIGN);
    return sine.blend(cosine, odd)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats();
  }

  /** The scalar twin of {@link #sin(FloatVector)}: the same bits. */
  public static float sin(float x) {
    float a = Math.abs(x);
    int sign = Float.floatToRawIntBits(x) & SIGN;
    if (a > NEAR) {
      return Float.intBitsToFloat(Float.floatToRawIntBits(far(a, 0)) ^ sign);
    }
    float shifted = Math.fma(a, TWO_OVER_PI, TO_INTEGER);
    float n = shifted - TO_INTEGER;
    float high = Math.fma(n, -PI_HI, a);
    float r = Math.fma(n, -PI_MID, high);
    float low = Math.fma(n, -PI_LO, Math.fma(n, -PI_MID, high - r));
    float y = wave(r, low, Float.floatToRawIntBits(shifted));
    return Float.intBitsToFloat(Float.floatToRawIntBits(y) ^ sign);
  }

  /**
   * The cosine of each lane, in radians.
   *
   * <p>NaN and an infinity give NaN. The error is at most @COS@ ULP, measured over all 2^32 inputs.
   */
  public static FloatVector cos(FloatVector x) {
    FloatVector a = x.abs();
    if (a.compare(VectorOperators.GT, NEAR).anyTrue()) {
      float[] lanes = x.toArray();
      cosines(lanes);
      return FloatVector.fromArray(F32, lanes, 0);
    }
    FloatVector shifted = a.fma(TWO_OVER_PI, TO_INTEGER);
    FloatVector n = shifted.sub(TO_INTEGER);
    FloatVector minusMid = FloatVector.broadcast(F32, -PI_MID);
    FloatVector high = n.fma(FloatVector.broadcast(F32, -PI_HI), a);
    FloatVector r = n.fma(minusMid, high);
    FloatVector low = n.fma(FloatVector.broadcast(F32, -PI_LO), n.fma(minusMid, high.sub(r)));
    FloatVector z = r.mul(r);
    FloatVector s = z.fma(S2, S1).fma(z, FloatVector.broadcast(F32, S0));
    FloatVector sine = s.mul(z).fma(r, low).add(r);
    FloatVector k =
        z.fma(K2, K1)
            .fma(z, FloatVector.broadcast(F32, K0))
            .fma(z, FloatVector.broadcast(F32, -0.5f));
    FloatVector cosine = k.fma(z, FloatVector.broadcast(F32, 1));
    IntVector bits = shifted.reinterpretAsInts().add(1);
    VectorMask<Float> odd = bits.and(1).compare(VectorOperators.NE, 0).cast(F32);
    IntVector sign = bits.lanewise(VectorOperators.LSHL, 30).and(SIGN);
    return sine.blend(cosine, odd)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats();
  }

  /** The scalar twin of {@link #cos(FloatVector)}: the same bits. */
  public static float cos(float x) {
    float a = Math.abs(x);
    if (a > NEAR) {
      return far(a, 1);
    }
    float shifted = Math.fma(a, TWO_OVER_PI, TO_INTEGER);
    float n = shifted - TO_INTEGER;
    float high = Math.fma(n, -PI_HI, a);
    float r = Math.fma(n, -PI_MID, high);
    float low = Math.fma(n, -PI_LO, Math.fma(n, -PI_MID, high - r));
    return wave(r, low, Float.floatToRawIntBits(shifted) + 1);
  }

  private static void sines(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = sin(x[i]);
    }
  }

  private static void cosines(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = cos(x[i]);
    }
  }

  /** The sine of {@code r + low} and of {@code quadrant} right angles more. */
  private static float wave(float r, float low, int quadrant) {
    float z = r * r;
    float s = Math.fma(z, S2, S1);
    s = Math.fma(s, z, S0);
    float sine = Math.fma(s * z, r, low) + r;
    float k = Math.fma(z, K2, K1);
    k = Math.fma(k, z, K0);
    k = Math.fma(k, z, -0.5f);
    float cosine = Math.fma(k, z, 1);
    float y = (quadrant & 1) != 0 ? cosine : sine;
    return Float.intBitsToFloat(Float.floatToRawIntBits(y) ^ ((quadrant << 30) & SIGN));
  }

  /**
   * The sine of {@code a + quadrants} right angles, {@code a} above {@link #NEAR} or NaN.
   *
   * <p>{@code a = m 2^(k - 23)}. From {@code a 2 / pi} whole turns of four quadrants are left out
   * by leaving out the bits of 2 / pi that make them; of the next 96 bits times m the highest 64
   * hold the quadrant and 62 bits of its fraction.
   */
  private static float far(float a, int quadrants) {
    int bits = Float.floatToRawIntBits(a);
    int k = (bits >>> 23) - 127;
    if (k > 127) {
      return Float.NaN;
    }
    long m = (bits & Log.FRACTION) | (Log.FRACTION + 1);
    // The first of them is worth two quadrants: 2^(k - 23) times that bit is 2^1.
    int from = k - 23 - 2 + ZEROS;
    long high = bitsFrom(from);
    long low = bitsFrom(from + 64) >>> 32;
    long product = ((m * (high >>> 32)) << 32) + m * (high & 0xffff_ffffL) + ((m * low) >>> 32);
    int n = (int) ((product + (1L << 61)) >>> 62);
    double remainder = (product - ((long) n << 62)) * QUARTER;
    float r = (float) remainder;
    return wave(r, (float) (remainder - r), n + quadrants);
  }

  /** 64 bits of 2 / pi. */
  private static long bitsFrom(int index) {
    int word = index >> 6;
    return (bits(word) << index) | ((bits(word + 1) >>> 1) >>> ~index);
  }

  private static long bits(int word) {
    return switch (word) {
      case 0 -> BITS_0;
      case 1 -> BITS_1;
      case 2 -> BITS_2;
      case 3 -> BITS_3;
      default -> 0;
    };
  }
}
