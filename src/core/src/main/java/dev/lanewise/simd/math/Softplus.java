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

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The softplus function {@code log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))}.
 *
 * <p>For {@code |x| < 1} it is {@code ln 2 + x / 2} and an even function, {@code log(cosh(x / 2))}.
 * Beyond, {@code y = exp(-|x|) = s (1 + p)} as in {@link Exp}, {@code s} a power of two, and {@code
 * log1p(y) = s (1 + (p + (1 + p) y w(y)))} with a polynomial {@code w}: the logarithm of a number
 * that is below 1.4 needs no reduction of its own, and the scale comes last, so that subnormal
 * results are rounded once more and no further.
 */
public final class Softplus {
  private static final float SMALL = 1;

  // log(cosh(x / 2)) = x^2 (E0 + E1 x^2 + ... + E4 x^8) on |x| <= 1: minimax fit with the
  // coefficients rounded to float one after the other, 2^-31.4 of softplus before rounding.
  private static final float E0 = 0x1.fffffep-4f;
  private static final float E1 = -0x1.5553dcp-8f;
  private static final float E2 = 0x1.6bb98ap-12f;
  private static final float E3 = -0x1.afc9b6p-16f;
  private static final float E4 = 0x1.b33c8p-20f;

  // log1p(y) = y + y^2 (W0 + W1 y + ... + W5 y^5) on 0 <= y <= 1/e: fitted alike, relative error
  // 2^-27.5 before rounding.
  private static final float W0 = -0x1.ffffc4p-2f;
  private static final float W1 = 0x1.554888p-2f;
  private static final float W2 = -0x1.fe2908p-3f;
  private static final float W3 = 0x1.89afdcp-3f;
  private static final float W4 = -0x1.0c7756p-3f;
  private static final float W5 = 0x1.b52e4cp-5f;

  // exp(-105) is below half the smallest subnormal.
  private static final float MAX = 105;

  private Softplus() {}

  /**
   * The softplus function of each lane.
   *
   * <p>NaN gives NaN, -infinity 0, +infinity +infinity; subnormal results are kept. The error is at
   * most @SOFTPLUS@ ULP, measured over all 2^32 inputs.
   */
  public static FloatVector softplus(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector z = x.mul(x);
    FloatVector t =
        z.fma(E4, E3)
            .fma(z, FloatVector.broadcast(F32, E2))
            .fma(z, FloatVector.broadcast(F32, E1))
            .fma(z, FloatVector.broadcast(F32, E0));
    FloatVector small = t.fma(z, x.mul(0.5f)).add(LN2_HI);
    return large(x, a).blend(small, a.compare(VectorOperators.LT, SMALL));
  }

  /**
   * Softplus for {@code a = |x|} of 1 and more, in a method of its own: C2 inlines none of more
   * than 325 bytes of code.
   */
  private static FloatVector large(FloatVector x, FloatVector a) {
    FloatVector c = a.blend(MAX, a.compare(VectorOperators.GT, MAX));
    FloatVector shifted = c.fma(-LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    // -r of exp(-a) = 2^n exp(r): the odd coefficients change their sign.
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, LN2_LO), n.fma(FloatVector.broadcast(F32, LN2_HI), c));
    FloatVector q =
        r.fma(C6, -C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, -C3))
            .fma(r, FloatVector.broadcast(F32, C2));
    FloatVector p = r.mul(r).fma(q, r.neg());
    IntVector bits = shifted.reinterpretAsInts();
    IntVector half = bits.lanewise(VectorOperators.LSHR, 1);
    FloatVector scale1 = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector scale2 = bits.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector m = p.add(1);
    FloatVector y = m.mul(scale1).mul(scale2);
    FloatVector w =
        y.fma(W5, W4)
            .fma(y, FloatVector.broadcast(F32, W3))
            .fma(y, FloatVector.broadcast(F32, W2))
            .fma(y, FloatVector.broadcast(F32, W1))
            .fma(y, FloatVector.broadcast(F32, W0));
    FloatVector log = m.mul(y).fma(w, p).add(1).mul(scale1).mul(scale2);
    return x.blend(0, x.compare(VectorOperators.LT, 0)).add(log);
  }

  /** The scalar twin of {@link #softplus(FloatVector)}: the same bits. */
  public static float softplus(float x) {
    float a = Math.abs(x);
    float z = x * x;
    float t = Math.fma(z, E4, E3);
    t = Math.fma(t, z, E2);
    t = Math.fma(t, z, E1);
    t = Math.fma(t, z, E0);
    float small = Math.fma(t, z, x * 0.5f) + LN2_HI;

    float c = a > MAX ? MAX : a;
    float shifted = Math.fma(c, -LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, LN2_LO, Math.fma(n, LN2_HI, c));
    float q = Math.fma(r, C6, -C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, -C3);
    q = Math.fma(q, r, C2);
    float p = Math.fma(r * r, q, -r);
    int bits = Float.floatToRawIntBits(shifted);
    int half = bits >>> 1;
    float scale1 = Float.intBitsToFloat(half << 23);
    float scale2 = Float.intBitsToFloat((bits - half) << 23);
    float m = p + 1;
    float y = m * scale1 * scale2;
    float w = Math.fma(y, W5, W4);
    w = Math.fma(w, y, W3);
    w = Math.fma(w, y, W2);
    w = Math.fma(w, y, W1);
    w = Math.fma(w, y, W0);
    float log = (Math.fma(m * y, w, p) + 1) * scale1 * scale2;
    float large = (x < 0 ? 0 : x) + log;

    return a < SMALL ? small : large;
  }
}
