package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.math.Exp.C2;
import static dev.lanewise.simd.math.Exp.C3;
import static dev.lanewise.simd.math.Exp.C4;
import static dev.lanewise.simd.math.Exp.C5;
import static dev.lanewise.simd.math.Exp.C6;
import static dev.lanewise.simd.math.Exp.LN2_HI;
import static dev.lanewise.simd.math.Exp.LN2_LO;
import static dev.lanewise.simd.math.Exp.LOG2_E;
import static dev.lanewise.simd.math.Exp.ROUND;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;
import static dev.lanewise.simd.math.Exp.X1;
import static dev.lanewise.simd.math.Exp.X2;
import static dev.lanewise.simd.math.Exp.X3;
import static dev.lanewise.simd.math.Exp.X4;
import static dev.lanewise.simd.math.Exp.X5;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The error function and its complement {@code erfc(x) = 1 - erf(x)} (in the spirit of W. J. Cody:
 * Rational Chebyshev Approximations for the Error Function, 1969: an odd function near 0, an
 * exponential with a slowly varying factor or exponent beyond).
 *
 * <p>{@code erf} is an odd polynomial below 1 and {@code 1 - exp(a q(a))}, {@code a = |x|}, above:
 * the logarithm of erfc is close to a polynomial, and no division is needed.
 *
 * <p>{@code erfc} keeps its relative precision as far as the subnormal numbers. For {@code a = |x|}
 * it is {@code exp(-a^2) G(q) / (1 + B a)}, {@code q = (a - K) / (a + K)}, where G varies between
 * 0.66 and 1, and {@code 2 - erfc(a)} below 0. What rounding takes from {@code a^2}, from G, from
 * the denominator and from the quotient is computed by fma and carried along.
 */
public final class Erf {
  // erf(x) = x + x (S0 + S1 x^2 + ... + S6 x^12) on |x| <= 1: minimax fit with the coefficients
  // rounded to float one after the other, relative error 2^-29.4 before rounding.
  private static final float SMALL = 1;
  private static final float S0 = 0x1.06eba8p-3f;
  private static final float S1 = -0x1.81273ep-2f;
  private static final float S2 = 0x1.ce2ce6p-4f;
  private static final float S3 = -0x1.b7f71ap-6f;
  private static final float S4 = 0x1.53f224p-8f;
  private static final float S5 = -0x1.a3515ep-11f;
  private static final float S6 = 0x1.4771fep-14f;

  // log(erfc(a)) = a (L0 + L1 a + ... + L5 a^5) on 1 <= a <= 3.925, from where erf rounds to 1:
  // fitted alike, 2^-28.5 of erf before rounding.
  private static final float MAX = 4;
  private static final float L0 = -0x1.20e412p0f;
  private static final float L1 = -0x1.458bbp-1f;
  private static final float L2 = -0x1.ae8e6cp-4f;
  private static final float L3 = 0x1.758816p-6f;
  private static final float L4 = -0x1.a1b93p-9f;
  private static final float L5 = 0x1.b9c22ep-13f;

  // The shorter polynomial of exp will do for a term that is below 0.16.
  private static final float ROUND_NORMAL = TO_INTEGER + 127;

  // erfc(a) exp(a^2) (1 + B a) = G0 + G1 q + ... + G10 q^10 on 0 <= a <= 10.1: fitted alike,
  // relative error 2^-27.8 before rounding. B levels the left side, so that the rounding of q
  // matters little; K is the number near 2.7 at which the left side is closest to a float.
  private static final float B = 1.1875f;
  private static final float K = 2.71875f;
  private static final float G0 = 0x1.a7995ap-1f;
  private static final float G1 = -0x1.c161dcp-3f;
  private static final float G2 = 0x1.d65132p-5f;
  private static final float G3 = 0x1.fb4d78p-6f;
  private static final float G4 = -0x1.716a84p-5f;
  private static final float G5 = 0x1.948a42p-6f;
  private static final float G6 = -0x1.6a9918p-8f;
  private static final float G7 = -0x1.530d16p-10f;
  private static final float G8 = 0x1.f4a706p-11f;
  private static final float G9 = 0x1.fbd24ep-15f;
  private static final float G10 = -0x1.61a114p-14f;

  // erfc(10.5) is below half the smallest subnormal.
  private static final float ERFC_MAX = 10.5f;

  private static final int SIGN = 0x8000_0000;

  private Erf() {}

  /**
   * The error function of each lane.
   *
   * <p>NaN gives NaN, an infinity 1 with its sign; -0 gives -0, and subnormal numbers and results
   * are kept. The error is at most 1.21 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector erf(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector c = a.blend(MAX, a.compare(VectorOperators.GT, MAX));
    FloatVector log =
        c.fma(L5, L4)
            .fma(c, FloatVector.broadcast(F32, L3))
            .fma(c, FloatVector.broadcast(F32, L2))
            .fma(c, FloatVector.broadcast(F32, L1))
            .fma(c, FloatVector.broadcast(F32, L0))
            .mul(c);
    FloatVector shifted = log.fma(LOG2_E, ROUND_NORMAL);
    FloatVector r = shifted.sub(ROUND_NORMAL).fma(FloatVector.broadcast(F32, -LN2_HI), log);
    // The product with a power of two is exact.
    FloatVector large =
        r.fma(X5, X4)
            .fma(r, FloatVector.broadcast(F32, X3))
            .fma(r, FloatVector.broadcast(F32, X2))
            .fma(r, FloatVector.broadcast(F32, X1))
            .fma(r, FloatVector.broadcast(F32, 1))
            .mul(
                shifted
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats())
            .neg()
            .add(1);
    FloatVector z = a.mul(a);
    FloatVector small =
        z.fma(S6, S5)
            .fma(z, FloatVector.broadcast(F32, S4))
            .fma(z, FloatVector.broadcast(F32, S3))
            .fma(z, FloatVector.broadcast(F32, S2))
            .fma(z, FloatVector.broadcast(F32, S1))
            .fma(z, FloatVector.broadcast(F32, S0))
            .fma(a, a);
    return large
        .blend(small, a.compare(VectorOperators.LT, SMALL))
        .reinterpretAsInts()
        .or(x.reinterpretAsInts().and(SIGN))
        .reinterpretAsFloats();
  }

  /** The scalar twin of {@link #erf(FloatVector)}: the same bits. */
  public static float erf(float x) {
    float a = Math.abs(x);
    float z = a * a;
    float t = Math.fma(z, S6, S5);
    t = Math.fma(t, z, S4);
    t = Math.fma(t, z, S3);
    t = Math.fma(t, z, S2);
    t = Math.fma(t, z, S1);
    t = Math.fma(t, z, S0);
    float small = Math.fma(t, a, a);

    float c = a > MAX ? MAX : a;
    float l = Math.fma(c, L5, L4);
    l = Math.fma(l, c, L3);
    l = Math.fma(l, c, L2);
    l = Math.fma(l, c, L1);
    l = Math.fma(l, c, L0);
    float log = l * c;
    float shifted = Math.fma(log, LOG2_E, ROUND_NORMAL);
    float n = shifted - ROUND_NORMAL;
    float r = Math.fma(n, -LN2_HI, log);
    float e = Math.fma(r, X5, X4);
    e = Math.fma(e, r, X3);
    e = Math.fma(e, r, X2);
    e = Math.fma(e, r, X1);
    e = Math.fma(e, r, 1);
    float s = Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
    float large = 1 - e * s;

    float size = a < SMALL ? small : large;
    int sign = Float.floatToRawIntBits(x) & SIGN;
    return Float.intBitsToFloat(Float.floatToRawIntBits(size) | sign);
  }

  /**
   * The complementary error function of each lane.
   *
   * <p>NaN gives NaN, -infinity 2, +infinity and everything above 10.06 0; subnormal results are
   * kept. The error is at most 1.13 ULP, measured over all 2^32 inputs.
   */
  public static FloatVector erfc(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector c = a.blend(ERFC_MAX, a.compare(VectorOperators.GT, ERFC_MAX));
    FloatVector q = c.sub(K).div(c.add(K));
    FloatVector g =
        q.fma(G10, G9)
            .fma(q, FloatVector.broadcast(F32, G8))
            .fma(q, FloatVector.broadcast(F32, G7))
            .fma(q, FloatVector.broadcast(F32, G6))
            .fma(q, FloatVector.broadcast(F32, G5))
            .fma(q, FloatVector.broadcast(F32, G4))
            .fma(q, FloatVector.broadcast(F32, G3))
            .fma(q, FloatVector.broadcast(F32, G2))
            .fma(q, FloatVector.broadcast(F32, G1));
    FloatVector gHi = g.fma(q, FloatVector.broadcast(F32, G0));
    FloatVector gLo = g.fma(q, FloatVector.broadcast(F32, G0).sub(gHi));
    // The quotient yHi + yLo of gHi + gLo and dHi + dLo = 1 + B a.
    FloatVector dHi = c.fma(B, 1);
    FloatVector dLo = c.fma(FloatVector.broadcast(F32, B), FloatVector.broadcast(F32, 1).sub(dHi));
    FloatVector reciprocal = FloatVector.broadcast(F32, 1).div(dHi);
    FloatVector yHi = gHi.mul(reciprocal);
    FloatVector minusY = yHi.neg();
    FloatVector yLo = minusY.fma(dLo, minusY.fma(dHi, gHi)).add(gLo).mul(reciprocal);
    return timesExp(x, c, yHi, yLo);
  }

  /**
   * {@code exp(-c^2) (yHi + yLo)} or, where {@code x < 0}, 2 less that: the second half of erfc,
   * for C2 inlines no method of more than 325 bytes of code.
   */
  private static FloatVector timesExp(
      FloatVector x, FloatVector c, FloatVector yHi, FloatVector yLo) {
    // exp(-a^2) = 2^n exp(-r), r = a^2 + n ln 2: the odd coefficients change their sign.
    FloatVector square = c.mul(c);
    FloatVector squareLo = c.fma(c, square.neg());
    FloatVector shifted = square.fma(-LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, LN2_HI), square)
            .add(n.fma(FloatVector.broadcast(F32, LN2_LO), squareLo));
    FloatVector e =
        r.fma(C6, -C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, -C3))
            .fma(r, FloatVector.broadcast(F32, C2));
    // exp(-r) = eHi + eLo, eHi = 1 - r.
    FloatVector one = FloatVector.broadcast(F32, 1);
    FloatVector eHi = one.sub(r);
    FloatVector eLo = r.mul(r).fma(e, one.sub(eHi).sub(r));
    FloatVector m = yHi.fma(eHi, yLo.fma(eHi, yHi.mul(eLo)));
    IntVector bits = shifted.reinterpretAsInts();
    IntVector half = bits.lanewise(VectorOperators.LSHR, 1);
    FloatVector scale1 = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector scale2 = bits.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector y = m.mul(scale1).mul(scale2);
    return y.blend(FloatVector.broadcast(F32, 2).sub(y), x.compare(VectorOperators.LT, 0));
  }

  /** The scalar twin of {@link #erfc(FloatVector)}: the same bits. */
  public static float erfc(float x) {
    float a = Math.abs(x);
    float c = a > ERFC_MAX ? ERFC_MAX : a;
    float q = (c - K) / (c + K);
    float g = Math.fma(q, G10, G9);
    g = Math.fma(g, q, G8);
    g = Math.fma(g, q, G7);
    g = Math.fma(g, q, G6);
    g = Math.fma(g, q, G5);
    g = Math.fma(g, q, G4);
    g = Math.fma(g, q, G3);
    g = Math.fma(g, q, G2);
    g = Math.fma(g, q, G1);
    float gHi = Math.fma(g, q, G0);
    float gLo = Math.fma(g, q, G0 - gHi);
    float dHi = Math.fma(c, B, 1);
    float dLo = Math.fma(c, B, 1 - dHi);
    float reciprocal = 1 / dHi;
    float yHi = gHi * reciprocal;
    float yLo = (Math.fma(-yHi, dLo, Math.fma(-yHi, dHi, gHi)) + gLo) * reciprocal;
    float square = c * c;
    float squareLo = Math.fma(c, c, -square);
    float shifted = Math.fma(square, -LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, LN2_HI, square) + Math.fma(n, LN2_LO, squareLo);
    float e = Math.fma(r, C6, -C5);
    e = Math.fma(e, r, C4);
    e = Math.fma(e, r, -C3);
    e = Math.fma(e, r, C2);
    float eHi = 1 - r;
    float eLo = Math.fma(r * r, e, 1 - eHi - r);
    float m = Math.fma(yHi, eHi, Math.fma(yLo, eHi, yHi * eLo));
    int bits = Float.floatToRawIntBits(shifted);
    int half = bits >>> 1;
    float y = m * Float.intBitsToFloat(half << 23) * Float.intBitsToFloat((bits - half) << 23);
    return x < 0 ? 2 - y : y;
  }
}
