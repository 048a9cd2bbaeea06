package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.math.Exp.C2;
import static dev.lanewise.simd.math.Exp.C3;
import static dev.lanewise.simd.math.Exp.C4;
import static dev.lanewise.simd.math.Exp.C5;
import static dev.lanewise.simd.math.Exp.C6;
import static dev.lanewise.simd.math.Exp.LN2_HI;
import static dev.lanewise.simd.math.Exp.LOG2_E;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The hyperbolic tangent: an odd polynomial for small arguments, {@code 1 - 2 / (1 + exp(2 |x|))}
 * for large ones (W. J. Cody, W. Waite: Software Manual for the Elementary Functions, 1980, chapter
 * 13).
 *
 * <p>Above 0.8 the quotient is below 0.34, and so its roundings, that of {@code 1 + exp(2 |x|)}
 * included, count a third in the result.
 */
public final class Tanh {
  private static final float SMALL = 0.8f;

  // tanh(x) = x + x^3 (T0 + T1 x^2 + ... + T5 x^10) on |x| <= 0.8: minimax fit with the
  // coefficients rounded to float one after the other, relative error 2^-27.9 before rounding.
  private static final float T0 = -0x1.55553ep-2f;
  private static final float T1 = 0x1.110b58p-3f;
  private static final float T2 = -0x1.b92b2ep-5f;
  private static final float T3 = 0x1.5d160cp-6f;
  private static final float T4 = -0x1.e5e52p-8f;
  private static final float T5 = 0x1.a0085p-10f;

  // tanh(10) rounds to 1. Sizes are ordered as their bits, and a minimum of ints is a third of a
  // comparison and a blend.
  private static final float MAX = 10;
  private static final int MAX_BITS = Float.floatToRawIntBits(MAX);
  private static final float ROUND = TO_INTEGER + 127;

  private static final int SIGN = 0x8000_0000;

  private Tanh() {}

  /**
   * The hyperbolic tangent of each lane.
   *
   * <p>NaN gives NaN, an infinity 1 with its sign; -0 gives -0, and a subnormal number itself. The
   * error is at most 1.05 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector tanh(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector z = a.mul(a);
    FloatVector t =
        z.fma(T5, T4)
            .fma(z, FloatVector.broadcast(F32, T3))
            .fma(z, FloatVector.broadcast(F32, T2))
            .fma(z, FloatVector.broadcast(F32, T1))
            .fma(z, FloatVector.broadcast(F32, T0));
    FloatVector small = t.fma(z.mul(a), a);

    // exp(2 a) = s (1 + p), p = expm1(r), as in Exp; n is below 30, so what LN2_HI leaves of ln 2
    // counts less than 0.05 ULP of the result.
    FloatVector c = a.reinterpretAsInts().min(MAX_BITS).reinterpretAsFloats();
    FloatVector twice = c.add(c);
    FloatVector shifted = twice.fma(LOG2_E, ROUND);
    FloatVector r = shifted.sub(ROUND).fma(FloatVector.broadcast(F32, -LN2_HI), twice);
    FloatVector q =
        r.fma(C6, C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, C3))
            .fma(r, FloatVector.broadcast(F32, C2));
    FloatVector p = r.mul(r).fma(q, r);
    FloatVector s =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector quotient = FloatVector.broadcast(F32, 2).div(p.fma(s, s.add(1)));
    FloatVector large = FloatVector.broadcast(F32, 1).sub(quotient);

    // A NaN is small: what is large was cut off.
    FloatVector size = small.blend(large, a.compare(VectorOperators.GE, SMALL));
    IntVector sign = x.reinterpretAsInts().and(SIGN);
    return size.reinterpretAsInts().or(sign).reinterpretAsFloats();
  }

  /** The scalar twin of {@link #tanh(FloatVector)}: the same bits. */
  public static float tanh(float x) {
    float a = Math.abs(x);
    float z = a * a;
    float t = Math.fma(z, T5, T4);
    t = Math.fma(t, z, T3);
    t = Math.fma(t, z, T2);
    t = Math.fma(t, z, T1);
    t = Math.fma(t, z, T0);
    float small = Math.fma(t, z * a, a);

    float c = a < MAX ? a : MAX;
    float twice = c + c;
    float shifted = Math.fma(twice, LOG2_E, ROUND);
    float r = Math.fma(shifted - ROUND, -LN2_HI, twice);
    float q = Math.fma(r, C6, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    float p = Math.fma(r * r, q, r);
    float s = Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
    float large = 1 - 2 / Math.fma(p, s, s + 1);

    float size = a >= SMALL ? large : small;
    int sign = Float.floatToRawIntBits(x) & SIGN;
    return Float.intBitsToFloat(Float.floatToRawIntBits(size) | sign);
  }
}
