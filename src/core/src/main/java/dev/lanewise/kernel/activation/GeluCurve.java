package dev.lanewise.kernel.activation;

/**
 * The constants of GELU in its tanh form, {@code 0.5 x (1 + tanh(u))}, {@code u = c (x + k x^3)},
 * {@code c = sqrt(2 / pi)}, {@code k = 0.044715}.
 */
public final class GeluCurve {
  private static final double C = 0.7978845608028654;
  private static final double K = 0.044715;

  /** 2 u = x (TWO_C + TWO_CK x^2). */
  public static final float TWO_C = (float) (2 * C);

  /** See {@link #TWO_C}. */
  public static final float TWO_CK = (float) (2 * C * K);

  /** The derivative of 2 u is TWO_C + SIX_CK x^2. */
  public static final float SIX_CK = (float) (6 * C * K);

  /**
   * Where the curve counts as flat: |2 u| = 49, far from the 87 at which exp(-2 |u|) is subnormal.
   */
  public static final float FLAT = 8;

  private GeluCurve() {}
}
