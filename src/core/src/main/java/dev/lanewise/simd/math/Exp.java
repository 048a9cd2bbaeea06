package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential, and its difference from 1.
 *
 * <p>{@code exp(x) = 2^n exp(r)}, {@code n = round(x / ln 2)}, {@code r = x - n ln 2} (W. J. Cody,
 * W. Waite: Software Manual for the Elementary Functions, 1980, chapter 6).
 */
public final class Exp {
  public static final float LOG2_E = 0x1.715476p0f;

  // ln 2 = LN2_HI + LN2_LO. n has 8 bits, so fma(-n, LN2_HI, x) is exact: the difference is a
  // multiple of 2^-25 below 1/2.
  public static final float LN2_HI = 0x1.62e43p-1f;
  public static final float LN2_LO = -0x1.05c61p-29f;

  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. What more is added to it
  // below is the bias of an exponent: the low bits, shifted by 23, are then a power of two.
  public static final float TO_INTEGER = 0x1.8p23f;

  // Twice the bias of an exponent, one for each of the two factors that 2^n is split into.
  static final float ROUND = TO_INTEGER + 254;

  // The bias of an exponent once, where 2^n is one factor.
  private static final float ROUND_NORMAL = TO_INTEGER + 127;
  private static final int BIAS = 127;

  /** Up to this size of an argument the result is a normal number. */
  public static final float NORMAL = 87;

  // exp(89) is past the largest float, exp(-105) below half the smallest subnormal: beyond these
  // the result is constant.
  private static final float EXP_MAX = 89;
  private static final float EXP_MIN = -105;

  // exp(r) = 1 + r + r^2 (C2 + C3 r + ... + C6 r^4) on |r| <= ln(2) / 2: minimax fit with the
  // coefficients rounded to float one after the other, relative error 2^-28.2 before rounding.
  public static final float C2 = 0x1.fffffcp-2f;
  public static final float C3 = 0x1.555492p-3f;
  public static final float C4 = 0x1.5558bp-5f;
  public static final float C5 = 0x1.123988p-7f;
  public static final float C6 = 0x1.6a4ce4p-10f;

  // exp(r) = 1 + X1 r + ... + X5 r^5 on |r| <= ln(2) / 2: fitted alike, relative error 2^-23.4
  // before rounding.
  static final float X1 = 0x1.fffff6p-1f;
  static final float X2 = 0x1.fffdc2p-2f;
  static final float X3 = 0x1.555a78p-3f;
  static final float X4 = 0x1.573bb2p-5f;
  static final float X5 = 0x1.0fa5cap-7f;

  // expm1(x) = 2 (2^(n-1) p + (2^(n-1) - 1/2)), p = expm1(r): half of the result, for 2^128 is not
  // a float. Below -18 it is -1; what is smaller than 2^-24 is its own expm1.
  private static final float ROUND_HALF = TO_INTEGER + 126;
  private static final float EXPM1_MIN = -18;
  private static final float EXPM1_TINY = 0x1p-24f;

  private Exp() {}

  /**
   * e to the power of each lane.
   *
   * <p>NaN gives NaN, -infinity 0, +infinity and everything above 88.72284 +infinity; subnormal
   * results are kept. The error is at most 0.90 ULP, measured over all 2^32 inputs.
   *
   * <p>A vector whose lanes are all within {@link #NORMAL} is spared the ends of the range: a
   * comparison and a blend cost as much as three multiply-adds.
   */
  public static FloatVector exp(FloatVector x) {
    boolean ends = x.abs().compare(VectorOperators.GT, NORMAL).anyTrue();
    FloatVector c = x;
    if (ends) {
      FloatVector below = x.blend(EXP_MAX, x.compare(VectorOperators.GT, EXP_MAX));
      c = below.blend(EXP_MIN, below.compare(VectorOperators.LT, EXP_MIN));
    }
    FloatVector shifted = c.fma(LOG2_E, ROUND_NORMAL);
    FloatVector n = shifted.sub(ROUND_NORMAL);
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, -LN2_LO), n.fma(FloatVector.broadcast(F32, -LN2_HI), c));
    FloatVector p =
        r.fma(C6, C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, C3))
            .fma(r, FloatVector.broadcast(F32, C2))
            .fma(r, FloatVector.broadcast(F32, 1))
            .fma(r, FloatVector.broadcast(F32, 1));
    IntVector bits = shifted.reinterpretAsInts();
    if (ends) {
      // Two factors, since 2^n alone leaves the range of a float at both ends; the first product is
      // exact.
      IntVector twice = bits.add(BIAS);
      IntVector half = twice.lanewise(VectorOperators.LSHR, 1);
      FloatVector scale1 = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector scale2 = twice.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      return p.mul(scale1).mul(scale2);
    }
    return p.mul(bits.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  /**
   * e to the power of each lane whose size is at most {@link #NORMAL}, with the bits of {@link
   * #exp(FloatVector)}; NaN gives NaN, every other lane any number: the caller puts another in its
   * place.
   */
  public static FloatVector normal(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUND_NORMAL);
    FloatVector n = shifted.sub(ROUND_NORMAL);
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, -LN2_LO), n.fma(FloatVector.broadcast(F32, -LN2_HI), x));
    FloatVector p =
        r.fma(C6, C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, C3))
            .fma(r, FloatVector.broadcast(F32, C2))
            .fma(r, FloatVector.broadcast(F32, 1))
            .fma(r, FloatVector.broadcast(F32, 1));
    return p.mul(
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  /**
   * e to the power of each lane, for sums of which each is a share and that lose more themselves: a
   * shorter polynomial, and ln 2 as one float. The relative error is at most {@code (3 + 0.05 |x|)
   * u}, u = 2^-24, where the size of the lane is at most {@link #NORMAL}; NaN gives NaN, every
   * other lane any number.
   */
  public static FloatVector share(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUND_NORMAL);
    FloatVector r = shifted.sub(ROUND_NORMAL).fma(FloatVector.broadcast(F32, -LN2_HI), x);
    FloatVector p =
        r.fma(X5, X4)
            .fma(r, FloatVector.broadcast(F32, X3))
            .fma(r, FloatVector.broadcast(F32, X2))
            .fma(r, FloatVector.broadcast(F32, X1))
            .fma(r, FloatVector.broadcast(F32, 1));
    return p.mul(
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
  }

  /** The scalar twin of {@link #share(FloatVector)}: the same bits. */
  public static float share(float x) {
    float shifted = Math.fma(x, LOG2_E, ROUND_NORMAL);
    float r = Math.fma(shifted - ROUND_NORMAL, -LN2_HI, x);
    float p = Math.fma(r, X5, X4);
    p = Math.fma(p, r, X3);
    p = Math.fma(p, r, X2);
    p = Math.fma(p, r, X1);
    p = Math.fma(p, r, 1);
    return p * Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
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

  /**
   * e to the power of each lane, less 1, with small results in full precision.
   *
   * <p>NaN gives NaN, -infinity -1, +infinity and everything above 88.72284 +infinity; -0 gives -0,
   * and a subnormal number itself. The error is at most 1.47 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector expm1(FloatVector x) {
    FloatVector below = x.blend(EXP_MAX, x.compare(VectorOperators.GT, EXP_MAX));
    FloatVector c = below.blend(EXPM1_MIN, below.compare(VectorOperators.LT, EXPM1_MIN));
    FloatVector shifted = c.fma(LOG2_E, ROUND_HALF);
    FloatVector n = shifted.sub(ROUND_HALF);
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, -LN2_LO), n.fma(FloatVector.broadcast(F32, -LN2_HI), c));
    FloatVector q =
        r.fma(C6, C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, C3))
            .fma(r, FloatVector.broadcast(F32, C2));
    FloatVector p = r.mul(r).fma(q, r);
    FloatVector scale =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector half = p.fma(scale, scale.sub(0.5f));
    VectorMask<Float> tiny = x.abs().compare(VectorOperators.LT, EXPM1_TINY);
    return half.add(half).blend(x, tiny);
  }

  /** The scalar twin of {@link #expm1(FloatVector)}: the same bits. */
  public static float expm1(float x) {
    float below = x > EXP_MAX ? EXP_MAX : x;
    float c = below < EXPM1_MIN ? EXPM1_MIN : below;
    float shifted = Math.fma(c, LOG2_E, ROUND_HALF);
    float n = shifted - ROUND_HALF;
    float r = Math.fma(n, -LN2_LO, Math.fma(n, -LN2_HI, c));
    float q = Math.fma(r, C6, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    float p = Math.fma(r * r, q, r);
    float scale = Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
    float half = Math.fma(p, scale, scale - 0.5f);
    return Math.abs(x) < EXPM1_TINY ? x : half + half;
  }
}
