package dev.lanewise.simd.math;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I32;
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
 *
 * <p>Blocks of arrays in two loops, logarithms and powers: written as a function of vectors it is
 * more than C2 inlines into the loop of a kernel, and boxed there.
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

  // The constants as vectors.
  private static final FloatVector ALL_ONE = FloatVector.broadcast(F32, 1);
  private static final FloatVector ALL_LOG_HI = FloatVector.broadcast(F32, LOG_HI);
  private static final FloatVector ALL_LOG_LO = FloatVector.broadcast(F32, LOG_LO);
  private static final FloatVector ALL_P0 = FloatVector.broadcast(F32, P0);
  private static final FloatVector ALL_P1 = FloatVector.broadcast(F32, P1);
  private static final FloatVector ALL_P2 = FloatVector.broadcast(F32, P2);
  private static final FloatVector ALL_P3 = FloatVector.broadcast(F32, P3);
  private static final FloatVector ALL_Q0 = FloatVector.broadcast(F32, Q0);
  private static final FloatVector ALL_Q1 = FloatVector.broadcast(F32, Q1);
  private static final FloatVector ALL_Q2 = FloatVector.broadcast(F32, Q2);
  private static final FloatVector ALL_Q3 = FloatVector.broadcast(F32, Q3);
  private static final FloatVector ALL_Q4 = FloatVector.broadcast(F32, Q4);
  private static final FloatVector ALL_Q5 = FloatVector.broadcast(F32, Q5);
  private static final FloatVector ALL_Q6 = FloatVector.broadcast(F32, Q6);
  private static final FloatVector ALL_WHOLE = FloatVector.broadcast(F32, WHOLE);
  private static final FloatVector ALL_ROUND = FloatVector.broadcast(F32, ROUND);
  private static final FloatVector ALL_TO_INTEGER = FloatVector.broadcast(F32, TO_INTEGER);
  private static final IntVector ALL_SQRT_HALF = IntVector.broadcast(I32, SQRT_HALF);
  private static final IntVector ALL_FRACTION = IntVector.broadcast(I32, FRACTION);
  private static final IntVector ALL_TO_INTEGER_BITS = IntVector.broadcast(I32, TO_INTEGER_BITS);

  private Pow() {}

  /**
   * {@code x[i]} to the power of {@code y[i]} in place of {@code x[i]}; subnormal arguments and
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
   * <p>The error was at most 1.82 ULP among 6 * 10^7 random pairs, a third of them with bases near
   * the square roots of 1/2 and 2 and results near the ends of the range, where it is largest.
   *
   * @param logs overwritten, as long as the others: the logarithms
   * @param rests overwritten, as long as the others: what the logarithms have lost by rounding
   * @param n elements, a multiple of the lanes of a vector; what fits in the first-level cache is
   *     fastest
   */
  public static void pow(float[] x, float[] y, float[] logs, float[] rests, int n) {
    assert n % F32_LANES == 0;
    if (n > 0) {
      logarithms(x, logs, rests, n);
      powers(x, y, logs, rests, n);
    }
  }

  /** {@code log2 |x[i]| = logs[i] + rests[i]}, an infinity in {@code logs} where it is one. */
  private static void logarithms(float[] x, float[] logs, float[] rests, int n) {
    for (int i = 0; i < n; i += F32_LANES) {
      FloatVector a = FloatVector.fromArray(F32, x, i).abs();
      VectorMask<Float> subnormal = a.compare(VectorOperators.LT, Float.MIN_NORMAL);
      IntVector u = a.blend(a.mul(UP), subnormal).reinterpretAsInts().sub(ALL_SQRT_HALF);
      FloatVector m = u.and(ALL_FRACTION).add(ALL_SQRT_HALF).reinterpretAsFloats();
      FloatVector e =
          u.lanewise(VectorOperators.ASHR, 23)
              .add(ALL_TO_INTEGER_BITS)
              .reinterpretAsFloats()
              .sub(ALL_TO_INTEGER.blend(UP_TO_INTEGER, subnormal));
      // s + sLo = (m - 1) / (d + dLo), d + dLo = m + 1.
      FloatVector d = m.add(ALL_ONE);
      FloatVector reciprocal = ALL_ONE.div(d);
      FloatVector s = m.sub(ALL_ONE).mul(reciprocal);
      FloatVector minusS = s.neg();
      FloatVector sLo =
          minusS.fma(m.sub(d.sub(ALL_ONE)), minusS.fma(d, m.sub(ALL_ONE))).mul(reciprocal);
      // z - minusZLo = (s + sLo)^2, t + tLo = LOG_LO + z P(z).
      FloatVector z = s.mul(s);
      FloatVector minusZLo = minusS.fma(sLo.add(sLo), minusS.fma(s, z));
      FloatVector p = z.fma(ALL_P3, ALL_P2).fma(z, ALL_P1).fma(z, ALL_P0);
      FloatVector t = p.fma(z, ALL_LOG_LO);
      FloatVector minusTLo = p.fma(minusZLo, p.neg().fma(z, t).sub(ALL_LOG_LO));
      FloatVector low = minusS.fma(minusTLo, sLo.mul(t.add(ALL_LOG_HI)));
      FloatVector high = s.mul(ALL_LOG_HI);
      FloatVector sum = e.add(high);
      FloatVector rest = high.sub(sum.sub(e)).add(s.fma(t, s.fma(ALL_LOG_HI, high.neg()).add(low)));
      FloatVector log = sum.add(rest);
      rest.sub(log.sub(sum)).intoArray(rests, i);
      // NaN and infinity are their own logarithms.
      a.blend(log, a.compare(VectorOperators.LT, Float.POSITIVE_INFINITY))
          .blend(Float.NEGATIVE_INFINITY, a.compare(VectorOperators.EQ, 0))
          .intoArray(logs, i);
    }
  }

  /**
   * {@code x[i] = 2^(y[i] (logs[i] + rests[i]))}, with the sign or the NaN that a negative x gives.
   */
  private static void powers(float[] x, float[] y, float[] logs, float[] rests, int n) {
    for (int i = 0; i < n; i += F32_LANES) {
      FloatVector log = FloatVector.fromArray(F32, logs, i);
      FloatVector vy = FloatVector.fromArray(F32, y, i);
      // w + wLo = y log2 |x| = k + r, k an integer.
      FloatVector w = vy.mul(log);
      FloatVector wLo = vy.fma(FloatVector.fromArray(F32, rests, i), vy.fma(log, w.neg()));
      FloatVector c =
          w.blend(MAX, w.compare(VectorOperators.GT, MAX))
              .blend(-MAX, w.compare(VectorOperators.LT, -MAX));
      FloatVector shifted = c.add(ALL_ROUND);
      FloatVector r =
          c.sub(shifted.sub(ALL_ROUND)).add(wLo.blend(0, w.compare(VectorOperators.NE, c)));
      FloatVector q =
          r.fma(ALL_Q6, ALL_Q5).fma(r, ALL_Q4).fma(r, ALL_Q3).fma(r, ALL_Q2).fma(r, ALL_Q1);
      IntVector bits = shifted.reinterpretAsInts();
      IntVector half = bits.lanewise(VectorOperators.LSHR, 1);
      FloatVector scale = half.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector v =
          r.mul(r)
              .fma(q, r.mul(ALL_Q0))
              .fma(scale, scale)
              .mul(bits.sub(half).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
              .blend(1, log.compare(VectorOperators.EQ, 0));
      // Half of an odd number is 1/2 away from every integer, half of an even one is an integer.
      FloatVector b = vy.abs();
      FloatVector halfOfB = b.mul(0.5f);
      FloatVector halfOfY = halfOfB.blend(ALL_WHOLE, b.compare(VectorOperators.GT, 2 * WHOLE));
      FloatVector away = halfOfY.sub(halfOfY.add(ALL_WHOLE).sub(ALL_WHOLE)).abs();
      VectorMask<Float> odd = away.compare(VectorOperators.EQ, 0.5f);
      VectorMask<Float> noInteger =
          away.compare(VectorOperators.NE, 0).andNot(odd).or(b.compare(VectorOperators.LT, 1));
      FloatVector vx = FloatVector.fromArray(F32, x, i);
      FloatVector signed =
          v.reinterpretAsInts().or(vx.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
      VectorMask<Float> finiteBelowZero =
          vx.compare(VectorOperators.LT, 0)
              .and(vx.compare(VectorOperators.GT, Float.NEGATIVE_INFINITY));
      v.blend(signed, odd)
          .blend(Float.NaN, noInteger.and(finiteBelowZero))
          .blend(1, vy.compare(VectorOperators.EQ, 0))
          .intoArray(x, i);
    }
  }

  /** One element: the same bits. */
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
    float minusZLo = Math.fma(-s, sLo + sLo, Math.fma(-s, s, z));
    float p = Math.fma(z, P3, P2);
    p = Math.fma(p, z, P1);
    p = Math.fma(p, z, P0);
    float t = Math.fma(p, z, LOG_LO);
    float minusTLo = Math.fma(p, minusZLo, Math.fma(-p, z, t) - LOG_LO);
    float low = Math.fma(-s, minusTLo, sLo * (t + LOG_HI));
    float high = s * LOG_HI;
    float sum = e + high;
    float rest = high - (sum - e) + Math.fma(s, t, Math.fma(s, LOG_HI, -high) + low);
    float log = sum + rest;
    float logLo = rest - (log - sum);
    log = a < Float.POSITIVE_INFINITY ? log : a;
    log = a == 0 ? Float.NEGATIVE_INFINITY : log;
    float w = y * log;
    float wLo = Math.fma(y, logLo, Math.fma(y, log, -w));
    float c = Math.max(Math.min(w, MAX), -MAX);
    float shifted = c + ROUND;
    float r = c - (shifted - ROUND) + (w != c ? 0 : wLo);
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
    float halfOfB = b * 0.5f;
    boolean integer = b + WHOLE - WHOLE == b || b >= WHOLE;
    boolean odd = integer && halfOfB + WHOLE - WHOLE != halfOfB && b < 2 * WHOLE;
    int sign = Float.floatToRawIntBits(x) & SIGN;
    v = odd ? Float.intBitsToFloat(Float.floatToRawIntBits(v) | sign) : v;
    v = x < 0 && x > Float.NEGATIVE_INFINITY && !integer ? Float.NaN : v;
    return x == 1 || y == 0 ? 1 : v;
  }
}
