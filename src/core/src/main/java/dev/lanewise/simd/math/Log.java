package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.I32;
import static dev.lanewise.simd.math.Exp.LN2_HI;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The natural logarithm, and that of 1 + x.
 *
 * <p>{@code log(x) = e ln 2 + log(1 + f)}, {@code x = 2^e (1 + f)} with {@code 1 + f} between the
 * square roots of 1/2 and 2 (J.-M. Muller: Elementary Functions, 2016, chapter 11). {@code log1p}
 * takes {@code e} from the rounded {@code 1 + x} and {@code f = x 2^-e + (2^-e - 1)} from {@code x}
 * itself, so that what 1 + x loses does not matter.
 */
public final class Log {
  // The bits of the square root of 1/2, and what is left of a float below its exponent. Subtracting
  // the first puts e into the exponent's place, the remainder plus the first is 1 + f.
  static final int SQRT_HALF = 0x3f35_04f3;
  static final int FRACTION = 0x007f_ffff;
  static final int ONE = 0x3f80_0000;

  // e added to these bits, those of TO_INTEGER, is the float TO_INTEGER + e.
  static final int TO_INTEGER_BITS = 0x4b40_0000;

  // Added to the bits of a float, the first leaves those of positive normal numbers, and no others,
  // below the second.
  private static final int FROM_NORMAL = 0x7f80_0000;
  private static final int PAST_FINITE = 0xff00_0000;

  // A subnormal number is scaled by 2^23 first.
  static final float UP = 0x1p23f;
  static final float UP_TO_INTEGER = TO_INTEGER + 23;

  // log(1 + f) = f - f^2 / 2 + f^3 (P0 + P1 f + ... + P7 f^7) on sqrt(1/2) - 1 <= f <= sqrt(2) - 1:
  // minimax fit with the coefficients rounded to float one after the other, relative error 2^-27.3
  // before rounding.
  private static final float P0 = 0x1.555554p-2f;
  private static final float P1 = -0x1.000228p-2f;
  private static final float P2 = 0x1.99a038p-3f;
  private static final float P3 = -0x1.547214p-3f;
  private static final float P4 = 0x1.22d556p-3f;
  private static final float P5 = -0x1.0d81fep-3f;
  private static final float P6 = 0x1.057cecp-3f;
  private static final float P7 = -0x1.391d7cp-4f;

  // ln 2 = LN2_DOWN + LN2_REST, both positive: log1p needs their products with 0 to be of one sign.
  private static final float LN2_DOWN = 0x1.62e42ep-1f;
  private static final float LN2_REST = 0x1.efa39ep-25f;

  private Log() {}

  /**
   * The natural logarithm of each lane.
   *
   * <p>NaN and what is below 0 give NaN, 0 of either sign -infinity, +infinity itself; subnormal
   * numbers are told apart. The error is at most 1.00 ULP, measured over all positive floats.
   */
  public static FloatVector log(FloatVector x) {
    IntVector fromNormal = x.reinterpretAsInts().add(FROM_NORMAL);
    boolean special = fromNormal.compare(VectorOperators.GE, PAST_FINITE).anyTrue();
    FloatVector scaled = x;
    FloatVector bias = FloatVector.broadcast(F32, TO_INTEGER);
    if (special) {
      VectorMask<Float> subnormal = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
      scaled = x.blend(x.mul(UP), subnormal);
      bias = bias.blend(UP_TO_INTEGER, subnormal);
    }
    IntVector u = scaled.reinterpretAsInts().sub(SQRT_HALF);
    FloatVector e =
        u.lanewise(VectorOperators.ASHR, 23).add(TO_INTEGER_BITS).reinterpretAsFloats().sub(bias);
    FloatVector f = u.and(FRACTION).add(SQRT_HALF).reinterpretAsFloats().sub(1);
    FloatVector z = f.mul(f);
    FloatVector low =
        f.fma(P2, P1)
            .fma(z, f.fma(FloatVector.broadcast(F32, P0), FloatVector.broadcast(F32, -0.5f)));
    FloatVector high = z.fma(FloatVector.broadcast(F32, P7), f.fma(P6, P5)).fma(z, f.fma(P4, P3));
    FloatVector q = z.mul(z).fma(high, low);
    FloatVector y = e.fma(FloatVector.broadcast(F32, LN2_HI), q.fma(z, f));
    if (special) {
      y = x.blend(y, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY));
      y = y.blend(Float.NaN, x.compare(VectorOperators.LT, 0));
      y = y.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0));
    }
    return y;
  }

  /** The scalar twin of {@link #log(FloatVector)}: the same bits. */
  public static float log(float x) {
    boolean subnormal = x < Float.MIN_NORMAL;
    int u = Float.floatToRawIntBits(subnormal ? x * UP : x) - SQRT_HALF;
    float e =
        Float.intBitsToFloat((u >> 23) + TO_INTEGER_BITS)
            - (subnormal ? UP_TO_INTEGER : TO_INTEGER);
    float f = Float.intBitsToFloat((u & FRACTION) + SQRT_HALF) - 1;
    float z = f * f;
    float low = Math.fma(Math.fma(f, P2, P1), z, Math.fma(f, P0, -0.5f));
    float high = Math.fma(Math.fma(z, P7, Math.fma(f, P6, P5)), z, Math.fma(f, P4, P3));
    float q = Math.fma(z * z, high, low);
    float y = Math.fma(e, LN2_HI, Math.fma(q, z, f));
    y = x < Float.POSITIVE_INFINITY ? y : x;
    y = x < 0 ? Float.NaN : y;
    return x == 0 ? Float.NEGATIVE_INFINITY : y;
  }

  /**
   * The natural logarithm of 1 plus each lane, with small results in full precision.
   *
   * <p>NaN and what is below -1 give NaN, -1 gives -infinity, +infinity itself; -0 gives -0, and a
   * subnormal number itself. The error is at most 1.43 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector log1p(FloatVector x) {
    IntVector u = x.add(1).reinterpretAsInts().sub(SQRT_HALF);
    // e in the exponent's place: the difference of the bits divides x by 2^e, and x itself where e
    // is 0. 2^-e is 0 where it is no normal number.
    IntVector exponent = u.and(~FRACTION);
    FloatVector scaled = x.reinterpretAsInts().sub(exponent).reinterpretAsFloats();
    FloatVector power = IntVector.broadcast(I32, ONE).sub(exponent).max(0).reinterpretAsFloats();
    FloatVector f = scaled.sub(FloatVector.broadcast(F32, 1).sub(power));
    // -e: where it is 0 the products with it are -0, and a result of -0 keeps its sign.
    FloatVector minusE =
        FloatVector.broadcast(F32, TO_INTEGER)
            .sub(u.lanewise(VectorOperators.ASHR, 23).add(TO_INTEGER_BITS).reinterpretAsFloats());
    FloatVector z = f.mul(f);
    FloatVector p =
        f.fma(P7, P6)
            .fma(f, FloatVector.broadcast(F32, P5))
            .fma(f, FloatVector.broadcast(F32, P4))
            .fma(f, FloatVector.broadcast(F32, P3))
            .fma(f, FloatVector.broadcast(F32, P2))
            .fma(f, FloatVector.broadcast(F32, P1))
            .fma(f, FloatVector.broadcast(F32, P0));
    FloatVector low = p.mul(f).fma(z, minusE.mul(-LN2_REST));
    low = z.fma(FloatVector.broadcast(F32, -0.5f), low);
    FloatVector y = minusE.fma(FloatVector.broadcast(F32, -LN2_DOWN), f.add(low));
    y = x.blend(y, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY));
    y = y.blend(Float.NaN, x.compare(VectorOperators.LT, -1));
    return y.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, -1));
  }

  /** The scalar twin of {@link #log1p(FloatVector)}: the same bits. */
  public static float log1p(float x) {
    int u = Float.floatToRawIntBits(x + 1) - SQRT_HALF;
    int exponent = u & ~FRACTION;
    float scaled = Float.intBitsToFloat(Float.floatToRawIntBits(x) - exponent);
    float power = Float.intBitsToFloat(Math.max(ONE - exponent, 0));
    float f = scaled - (1 - power);
    float minusE = TO_INTEGER - Float.intBitsToFloat((u >> 23) + TO_INTEGER_BITS);
    float z = f * f;
    float p = Math.fma(f, P7, P6);
    p = Math.fma(p, f, P5);
    p = Math.fma(p, f, P4);
    p = Math.fma(p, f, P3);
    p = Math.fma(p, f, P2);
    p = Math.fma(p, f, P1);
    p = Math.fma(p, f, P0);
    float low = Math.fma(p * f, z, minusE * -LN2_REST);
    low = Math.fma(z, -0.5f, low);
    float y = Math.fma(minusE, -LN2_DOWN, f + low);
    y = x < Float.POSITIVE_INFINITY ? y : x;
    y = x < -1 ? Float.NaN : y;
    return x == -1 ? Float.NEGATIVE_INFINITY : y;
  }
}
