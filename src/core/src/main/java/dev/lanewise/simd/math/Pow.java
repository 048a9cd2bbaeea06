package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.math.Exp.ROUND;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;
import static dev.lanewise.simd.math.Log.FRACTION;
import static dev.lanewise.simd.math.Log.SQRT_HALF;
import static dev.lanewise.simd.math.Log.TO_INTEGER_BITS;
import static dev.lanewise.simd.math.Log.UP;
import static dev.lanewise.simd.math.Log.UP_TO_INTEGER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The power {@code x^y = 2^(y log2 |x|)}, with the sign that an odd {@code y} gives it.
 *
 * <p>{@code |x| = 2^e m}, {@code m} between the square roots of 1/2 and 2, {@code s = (m - 1) / (m
 * + 1)}, {@code log2(m) = s (2 / ln 2 + s^2 P(s^2))} (J.-M. Muller: Elementary Functions, 2016,
 * chapter 11). An exponent as large as 128 must be known to 2^-25, so s, s^2, the sums and the
 * products are pairs of floats, the second of which is what the first has lost by rounding, found
 * by fma.
 */
public final class Pow {
  // 2 / ln 2 = LOG_HI + LOG_LO.
  private static final float LOG_HI = 0x1.715476p1f;
  private static final float LOG_LO = 0x1.4ae0cp-25f;

  // log2(m) = s (2 / ln 2 + s^2 (P0 + P1 s^2 + P2 s^4 + P3 s^6)) on |s| <= (sqrt(2) - 1) / (sqrt(2)
  // +
  // 1): minimax fit with the coefficients rounded to float one after the other, relative error
  // 2^-36.4 before rounding.
  private static final float P0 = 0x1.ec709ep-1f;
  private static final float P1 = 0x1.2776ep-1f;
  private static final float P2 = 0x1.a5d048p-2f;
  private static final float P3 = 0x1.58901ep-2f;

  // 2^r = 1 + Q0 r + r^2 (Q1 + ... + Q6 r^5) on |r| <= 0.505: fitted alike, relative error 2^-32.1.
  private static final float Q0 = 0x1.62e43p-1f;
  private static final float Q1 = 0x1.ebfbep-3f;
  private static final float Q2 = 0x1.c6b07p-5f;
  private static final float Q3 = 0x1.3b2a56p-7f;
  private static final float Q4 = 0x1.5da25ep-10f;
  private static final float Q5 = 0x1.441b6cp-13f;
  private static final float Q6 = 0x1.e52142p-17f;

  // Far past the exponents of the largest and the smallest float.
  private static final float MAX = 192;

  // Adding it to a positive number below rounds to an integer; from here on every float is one, and
  // from twice as much on an even one.
  private static final float WHOLE = 0x1p23f;

  private static final int SIGN = 0x8000_0000;

  private Pow() {}

  /**
   * Each lane of {@code x} to the power of the same lane of {@code y}; subnormal arguments and
   * results are kept. The special cases are those of C99 (ISO/IEC 9899:1999, F.9.4.4), of which the
   * first that fits holds:
   *
   * <table>
   * <caption>Special cases</caption>
   * <tr><th>x</th><th>y</th><th>result</th></tr>
   * <tr><td>1</td><td>any, NaN too</td><td>1</td></tr>
   * <tr><td>any, NaN too</td><td>0, -0</td><td>1</td></tr>
   * <tr><td>NaN</td><td>any</td><td>NaN</td></tr>
   * <tr><td>any</td><td>NaN</td><td>NaN</td></tr>
   * <tr><td>-1</td><td>an infinity</td><td>1</td></tr>
   * <tr><td>|x| &lt; 1</td><td>-infinity</td><td>+infinity</td></tr>
   * <tr><td>|x| &gt; 1</td><td>-infinity</td><td>0</td></tr>
   * <tr><td>|x| &lt; 1</td><td>+infinity</td><td>0</td></tr>
   * <tr><td>|x| &gt; 1</td><td>+infinity</td><td>+infinity</td></tr>
   * <tr><td>0, -0</td><td>odd integer &lt; 0</td><td>infinity with the sign of x</td></tr>
   * <tr><td>0, -0</td><td>other &lt; 0</td><td>+infinity</td></tr>
   * <tr><td>0, -0</td><td>odd integer &gt; 0</td><td>x</td></tr>
   * <tr><td>0, -0</td><td>other &gt; 0</td><td>0</td></tr>
   * <tr><td>-infinity</td><td>odd integer &lt; 0</td><td>-0</td></tr>
   * <tr><td>-infinity</td><td>other &lt; 0</td><td>0</td></tr>
   * <tr><td>-infinity</td><td>odd integer &gt; 0</td><td>-infinity</td></tr>
   * <tr><td>-infinity</td><td>other &gt; 0</td><td>+infinity</td></tr>
   * <tr><td>+infinity</td><td>&lt; 0</td><td>0</td></tr>
   * <tr><td>+infinity</td><td>&gt; 0</td><td>+infinity</td></tr>
   * <tr><td>&lt; 0</td><td>no integer</td><td>NaN</td></tr>
   * </table>
   *
   * <p>The error is at most @POW@.
   */
  public static FloatVector pow(FloatVector x, FloatVector y) {
    FloatVector a = x.abs();
    VectorMask<Float> subnormal = a.compare(VectorOperators.LT, Float.MIN_NORMAL);
    IntVector u = a.blend(a.mul(UP), subnormal).reinterpretAsInts().sub(SQRT_HALF);
    FloatVector e =
        u.lanewise(VectorOperators.ASHR, 23)
            .add(TO_INTEGER_BITS)
            .reinterpretAsFloats()
            .sub(FloatVector.broadcast(F32, TO_INTEGER).blend(UP_TO_INTEGER, subnormal));
    FloatVector m = u.and(FRACTION).add(SQRT_HALF).reinterpretAsFloats();
    // s + sLo = (m - 1) / (d + dLo), d + dLo = m + 1.
    FloatVector f = m.sub(1);
    FloatVector d = m.add(1);
    FloatVector dLo = m.sub(d.sub(1));
    FloatVector reciprocal = FloatVector.broadcast(F32, 1).div(d);
    FloatVector s = f.mul(reciprocal);
    FloatVector minusS = s.neg();
    FloatVector sLo = minusS.fma(dLo, minusS.fma(d, f)).mul(reciprocal);
    return viaLog(x, y, e, s, sLo);
  }

  /**
   * The power from the parts of log2 |x|: the second of four steps, for C2 inlines no method of
   * more than 325 bytes of code.
   */
  private static FloatVector viaLog(
      FloatVector x, FloatVector y, FloatVector e, FloatVector s, FloatVector sLo) {
    // z + zLo = (s + sLo)^2, t + tLo = LOG_LO + z P(z).
    FloatVector z = s.mul(s);
    FloatVector zLo = s.fma(sLo.add(sLo), s.fma(s, z.neg()));
    FloatVector p =
        z.fma(P3, P2).fma(z, FloatVector.broadcast(F32, P1)).fma(z, FloatVector.broadcast(F32, P0));
    FloatVector t = p.fma(z, FloatVector.broadcast(F32, LOG_LO));
    FloatVector tLo = p.fma(zLo, p.fma(z, t.neg()).add(LOG_LO));
    // log + logLo = log2(a) = e + (s + sLo) (LOG_HI + t + tLo).
    FloatVector logHi = FloatVector.broadcast(F32, LOG_HI);
    FloatVector high = s.mul(logHi);
    FloatVector low = sLo.fma(t.add(LOG_HI), s.fma(logHi, high.neg()));
    low = s.fma(t, s.fma(tLo, low));
    FloatVector sum = e.add(high);
    FloatVector rest = high.sub(sum.sub(e)).add(low);
    FloatVector log = sum.add(rest);
    FloatVector logLo = rest.sub(log.sub(sum));
    FloatVector a = x.abs();
    log = a.blend(log, a.compare(VectorOperators.LT, Float.POSITIVE_INFINITY));
    log = log.blend(Float.NEGATIVE_INFINITY, a.compare(VectorOperators.EQ, 0));
    return power(x, y, log, logLo);
  }

  /** The third step: {@code 2^(y (log + logLo))}. */
  private static FloatVector power(
      FloatVector x, FloatVector y, FloatVector log, FloatVector logLo) {
    // w + wLo = y log2(a) = n + r.
    FloatVector w = y.mul(log);
    FloatVector wLo = y.fma(logLo, y.fma(log, w.neg()));
    VectorMask<Float> above = w.compare(VectorOperators.GT, MAX);
    VectorMask<Float> below = w.compare(VectorOperators.LT, -MAX);
    w = w.blend(MAX, above).blend(-MAX, below);
    FloatVector shifted = w.add(ROUND);
    FloatVector r = w.sub(shifted.sub(ROUND)).add(wLo.blend(0, above.or(below)));
    FloatVector q =
        r.fma(Q6, Q5)
            .fma(r, FloatVector.broadcast(F32, Q4))
            .fma(r, FloatVector.broadcast(F32, Q3))
            .fma(r, FloatVector.broadcast(F32, Q2))
            .fma(r, FloatVector.broadcast(F32, Q1));
    q = r.mul(r).fma(q, r.mul(Q0));
    IntVector bits = shifted.reinterpretAsInts();
    IntVector half = bits.lanewise(VectorOperators.LSHR, 1);
    FloatVector scale1 = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector scale2 = bits.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return withSign(x, y, q.fma(scale1, scale1).mul(scale2));
  }

  /** The last step: what {@code size = |x|^y} is for {@code x} itself. */
  private static FloatVector withSign(FloatVector x, FloatVector y, FloatVector size) {
    // The sign of x where y is an odd integer, NaN where x < 0 and y is none.
    FloatVector b = y.abs();
    FloatVector c = b.mul(0.5f);
    VectorMask<Float> integer =
        b.add(WHOLE)
            .sub(WHOLE)
            .compare(VectorOperators.EQ, b)
            .or(b.compare(VectorOperators.GE, WHOLE));
    VectorMask<Float> odd =
        c.add(WHOLE)
            .sub(WHOLE)
            .compare(VectorOperators.NE, c)
            .and(integer)
            .and(b.compare(VectorOperators.LT, 2 * WHOLE));
    FloatVector v = size.blend(1, x.abs().compare(VectorOperators.EQ, 1));
    FloatVector signed =
        v.reinterpretAsInts().or(x.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
    VectorMask<Float> undefined =
        x.compare(VectorOperators.LT, 0)
            .and(x.compare(VectorOperators.GT, Float.NEGATIVE_INFINITY))
            .andNot(integer);
    VectorMask<Float> one = x.compare(VectorOperators.EQ, 1).or(y.compare(VectorOperators.EQ, 0));
    return v.blend(signed, odd).blend(Float.NaN, undefined).blend(1, one);
  }

  /** The scalar twin of {@link #pow(FloatVector, FloatVector)}: the same bits. */
  public static float pow(float x, float y) {
    float a = Math.abs(x);
    boolean subnormal = a < Float.MIN_NORMAL;
    int u = Float.floatToRawIntBits(subnormal ? a * UP : a) - SQRT_HALF;
    float e =
        Float.intBitsToFloat((u >> 23) + TO_INTEGER_BITS)
            - (subnormal ? UP_TO_INTEGER : TO_INTEGER);
    float m = Float.intBitsToFloat((u & FRACTION) + SQRT_HALF);
    float f = m - 1;
    float d = m + 1;
    float dLo = m - (d - 1);
    float reciprocal = 1 / d;
    float s = f * reciprocal;
    float sLo = Math.fma(-s, dLo, Math.fma(-s, d, f)) * reciprocal;
    float z = s * s;
    float zLo = Math.fma(s, sLo + sLo, Math.fma(s, s, -z));
    float p = Math.fma(z, P3, P2);
    p = Math.fma(p, z, P1);
    p = Math.fma(p, z, P0);
    float t = Math.fma(p, z, LOG_LO);
    float tLo = Math.fma(p, zLo, Math.fma(p, z, -t) + LOG_LO);
    float high = s * LOG_HI;
    float low = Math.fma(sLo, t + LOG_HI, Math.fma(s, LOG_HI, -high));
    low = Math.fma(s, t, Math.fma(s, tLo, low));
    float sum = e + high;
    float rest = high - (sum - e) + low;
    float log = sum + rest;
    float logLo = rest - (log - sum);
    log = a < Float.POSITIVE_INFINITY ? log : a;
    log = a == 0 ? Float.NEGATIVE_INFINITY : log;
    float w = y * log;
    float wLo = Math.fma(y, logLo, Math.fma(y, log, -w));
    boolean beyond = w > MAX || w < -MAX;
    w = w > MAX ? MAX : w;
    w = w < -MAX ? -MAX : w;
    float shifted = w + ROUND;
    float r = w - (shifted - ROUND) + (beyond ? 0 : wLo);
    float q = Math.fma(r, Q6, Q5);
    q = Math.fma(q, r, Q4);
    q = Math.fma(q, r, Q3);
    q = Math.fma(q, r, Q2);
    q = Math.fma(q, r, Q1);
    q = Math.fma(r * r, q, r * Q0);
    int bits = Float.floatToRawIntBits(shifted);
    int half = bits >>> 1;
    float scale1 = Float.intBitsToFloat(half << 23);
    float v = Math.fma(q, scale1, scale1) * Float.intBitsToFloat((bits - half) << 23);
    v = a == 1 ? 1 : v;
    float b = Math.abs(y);
    float c = b * 0.5f;
    boolean integer = b + WHOLE - WHOLE == b || b >= WHOLE;
    boolean odd = integer && c + WHOLE - WHOLE != c && b < 2 * WHOLE;
    int sign = Float.floatToRawIntBits(x) & SIGN;
    v = odd ? Float.intBitsToFloat(Float.floatToRawIntBits(v) | sign) : v;
    v = x < 0 && x > Float.NEGATIVE_INFINITY && !integer ? Float.NaN : v;
    return x == 1 || y == 0 ? 1 : v;
  }
}
