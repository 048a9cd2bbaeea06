package dev.lanewise.kernel.activation;

import static dev.lanewise.simd.Lanes.F32;

import jdk.incubator.vector.FloatVector;

/**
 * The tail of the normal distribution without its exponential, {@code Phi(-a) exp(a^2 / 2)} for
 * {@code a >= 0}: with it, GELU in its erf form and its derivative need one exponential between
 * them, and nothing cancels where x is negative.
 *
 * <p>It is {@code G(q) / (a + K)} with a polynomial G in {@code q = (a - K) / (a + K)}, so that the
 * half-line becomes an interval and the factor varies little (M. M. Shepherd, J. G. Laframboise:
 * Chebyshev Approximation of (1 + 2x) exp(x^2) erfc x, 1981).
 */
public final class NormalTail {
  /**
   * Where the curves made of it count as flat: exp(-x^2 / 2) is 2^-112 there, and no product with
   * it is subnormal.
   */
  public static final float FLAT = 12.5f;

  /** Stands for every size beyond {@link #FLAT}: exp(-x^2 / 2) is 0. */
  public static final float NOTHING = 15;

  /** The height of the normal density, 1 / sqrt(2 pi). */
  public static final float DENSITY = 0x1.988454p-2f;

  // Fitted on 0 <= a <= 13 with the coefficients rounded to float one after the other, relative
  // error 2^-27.7 before rounding.
  private static final float K = 3.375f;
  private static final float G0 = 0x1.7b6eep-1f;
  private static final float G1 = -0x1.1b21ccp-1f;
  private static final float G2 = 0x1.2e76f8p-2f;
  private static final float G3 = -0x1.92fb4cp-4f;
  private static final float G4 = 0x1.1dc8dep-7f;
  private static final float G5 = 0x1.006218p-7f;
  private static final float G6 = -0x1.282c94p-9f;
  private static final float G7 = -0x1.be56acp-11f;
  private static final float G8 = 0x1.4fab9ep-12f;
  private static final float G9 = 0x1.28b5f8p-13f;

  private NormalTail() {}

  /**
   * {@code Phi(-a) exp(a^2 / 2)} of each lane.
   *
   * <p>For a from 0 to {@link #NOTHING}; NaN gives NaN. The relative error is at most 6 u, u =
   * 2^-24, as a test on a sample of 400,000 floats measures.
   */
  public static FloatVector scaled(FloatVector a) {
    FloatVector t = FloatVector.broadcast(F32, 1).div(a.add(K));
    FloatVector q = t.fma(FloatVector.broadcast(F32, -2 * K), FloatVector.broadcast(F32, 1));
    return q.fma(FloatVector.broadcast(F32, G9), FloatVector.broadcast(F32, G8))
        .fma(q, FloatVector.broadcast(F32, G7))
        .fma(q, FloatVector.broadcast(F32, G6))
        .fma(q, FloatVector.broadcast(F32, G5))
        .fma(q, FloatVector.broadcast(F32, G4))
        .fma(q, FloatVector.broadcast(F32, G3))
        .fma(q, FloatVector.broadcast(F32, G2))
        .fma(q, FloatVector.broadcast(F32, G1))
        .fma(q, FloatVector.broadcast(F32, G0))
        .mul(t);
  }

  /** The scalar twin of {@link #scaled(FloatVector)}: the same bits. */
  public static float scaled(float a) {
    float t = 1 / (a + K);
    float q = Math.fma(t, -2 * K, 1);
    float g = Math.fma(q, G9, G8);
    g = Math.fma(g, q, G7);
    g = Math.fma(g, q, G6);
    g = Math.fma(g, q, G5);
    g = Math.fma(g, q, G4);
    g = Math.fma(g, q, G3);
    g = Math.fma(g, q, G2);
    g = Math.fma(g, q, G1);
    g = Math.fma(g, q, G0);
    return g * t;
  }
}
