package dev.lanewise.simd;

import static dev.lanewise.simd.Lanes.F32;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions, from +, *, fma and integer shifts alone: the same bits on every processor,
 * at every width and in the scalar twin that a kernel's tail calls.
 *
 * <p>The bodies call methods of the JDK only, so that C2 inlines them into the loop of a kernel; a
 * loop calls two of them at most.
 */
public final class VectorMath {
  // exp(x) = 2^n exp(r), n = round(x / ln 2), r = x - n ln 2 (W. J. Cody, W. Waite: Software Manual
  // for the Elementary
  // Functions, 1980, chapter 6).
  private static final float LOG2_E = 0x1.715476p0f;

  // ln 2 = LN2_HI + LN2_LO. n has 8 bits, so fma(-n, LN2_HI, x) is exact: the difference is a
  // multiple of 2^-25 below 1/2.
  private static final float LN2_HI = 0x1.62e43p-1f;
  private static final float LN2_LO = -0x1.05c61p-29f;

  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. 254 more is twice the
  // bias of an exponent,
  // one for each of the two factors that 2^n is split into.
  private static final float ROUND = 0x1.8p23f + 254;

  // exp(89) is past the largest float, exp(-105) below half the smallest subnormal: beyond these
  // the result is constant.
  private static final float EXP_MAX = 89;
  private static final float EXP_MIN = -105;

  // exp(r) = 1 + r + r^2 (C2 + C3 r + ... + C6 r^4) on |r| <= ln(2) / 2: minimax fit with the
  // coefficients rounded to
  // float one after the other, relative error 2^-28.2 before rounding.
  private static final float C2 = 0x1.fffffcp-2f;
  private static final float C3 = 0x1.555492p-3f;
  private static final float C4 = 0x1.5558bp-5f;
  private static final float C5 = 0x1.123988p-7f;
  private static final float C6 = 0x1.6a4ce4p-10f;

  private VectorMath() {}

  /**
   * e to the power of each lane.
   *
   * <p>NaN gives NaN, -infinity 0, +infinity and everything above 88.72284 +infinity; subnormal
   * results are kept. The error is at most 0.90 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector exp(FloatVector x) {
    FloatVector below = x.blend(EXP_MAX, x.compare(VectorOperators.GT, EXP_MAX));
    FloatVector c = below.blend(EXP_MIN, below.compare(VectorOperators.LT, EXP_MIN));
    FloatVector round = FloatVector.broadcast(F32, ROUND);
    FloatVector shifted = c.fma(FloatVector.broadcast(F32, LOG2_E), round);
    FloatVector n = shifted.sub(round);
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, -LN2_LO), n.fma(FloatVector.broadcast(F32, -LN2_HI), c));
    FloatVector p = r.fma(FloatVector.broadcast(F32, C6), FloatVector.broadcast(F32, C5));
    p = p.fma(r, FloatVector.broadcast(F32, C4));
    p = p.fma(r, FloatVector.broadcast(F32, C3));
    p = p.fma(r, FloatVector.broadcast(F32, C2));
    p = p.fma(r, FloatVector.broadcast(F32, 1));
    p = p.fma(r, FloatVector.broadcast(F32, 1));
    // Two factors, since 2^n alone leaves the range of a float at both ends; the first product is
    // exact.
    IntVector bits = shifted.reinterpretAsInts();
    IntVector half = bits.lanewise(VectorOperators.LSHR, 1);
    FloatVector scale1 = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector scale2 = bits.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(scale1).mul(scale2);
  }

  /** The scalar twin of {@link #exp(FloatVector)}: the same bits. */
  public static float exp(float x) {
    float below = x > EXP_MAX ? EXP_MAX : x;
    float c = below < EXP_MIN ? EXP_MIN : below;
    float shifted = Math.fma(c, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_LO, Math.fma(n, -LN2_HI, c));
    float p = Math.fma(r, C6, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, 1);
    p = Math.fma(p, r, 1);
    int bits = Float.floatToRawIntBits(shifted);
    int half = bits >>> 1;
    return p * Float.intBitsToFloat(half << 23) * Float.intBitsToFloat((bits - half) << 23);
  }
}
