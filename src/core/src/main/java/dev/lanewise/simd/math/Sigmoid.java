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
import static dev.lanewise.simd.math.Exp.TO_INTEGER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The logistic function {@code 1 / (1 + exp(-x))}.
 *
 * <p>With {@code exp(-x) = s (1 + p)}, {@code s} a power of two and {@code p = expm1(r)} as in
 * {@link Exp}, the denominator is {@code d = s p + (s + 1)}, and neither it nor the result
 * overflows where all of it is scaled by 2^-64: no case is distinguished for the sign of {@code x}.
 * The roundings of {@code d} and of the division would be 1.5 ULP together; one Newton step {@code
 * y + y (1 - y - y s - y s p)}, in which {@code y s} is exact, takes both away.
 */
public final class Sigmoid {
  private static final float SCALE = 0x1p-64f;
  private static final float UNSCALE = 0x1p64f;
  private static final float ROUND = TO_INTEGER + 127 - 64;

  // sigmoid(25) rounds to 1, sigmoid(-104) to 0.
  private static final float MAX = 25;
  private static final float MIN = -104;

  private Sigmoid() {}

  /**
   * The logistic function of each lane.
   *
   * <p>NaN gives NaN, -infinity 0, +infinity 1; subnormal results are kept. The error is at
   * most @SIGMOID@ ULP, measured over all 2^32 inputs.
   */
  public static FloatVector sigmoid(FloatVector x) {
    FloatVector below = x.blend(MAX, x.compare(VectorOperators.GT, MAX));
    FloatVector c = below.blend(MIN, below.compare(VectorOperators.LT, MIN));
    FloatVector shifted = c.fma(-LOG2_E, ROUND);
    FloatVector n = shifted.sub(ROUND);
    // -r of exp(-x) = 2^n exp(r): the odd coefficients change their sign.
    FloatVector r =
        n.fma(FloatVector.broadcast(F32, LN2_LO), n.fma(FloatVector.broadcast(F32, LN2_HI), c));
    FloatVector q =
        r.fma(C6, -C5)
            .fma(r, FloatVector.broadcast(F32, C4))
            .fma(r, FloatVector.broadcast(F32, -C3))
            .fma(r, FloatVector.broadcast(F32, C2));
    FloatVector p = r.mul(r).fma(q, r.neg());
    FloatVector s =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector y = FloatVector.broadcast(F32, SCALE).div(p.fma(s, s.add(SCALE)));
    FloatVector ys = y.mul(s).mul(UNSCALE);
    FloatVector residual = ys.neg().fma(p, FloatVector.broadcast(F32, 1).sub(y).sub(ys));
    return residual.fma(y, y);
  }

  /** The scalar twin of {@link #sigmoid(FloatVector)}: the same bits. */
  public static float sigmoid(float x) {
    float below = x > MAX ? MAX : x;
    float c = below < MIN ? MIN : below;
    float shifted = Math.fma(c, -LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, LN2_LO, Math.fma(n, LN2_HI, c));
    float q = Math.fma(r, C6, -C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, -C3);
    q = Math.fma(q, r, C2);
    float p = Math.fma(r * r, q, -r);
    float s = Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
    float y = SCALE / Math.fma(p, s, s + SCALE);
    float ys = y * s * UNSCALE;
    float residual = Math.fma(-ys, p, 1 - y - ys);
    return Math.fma(residual, y, y);
  }
}
