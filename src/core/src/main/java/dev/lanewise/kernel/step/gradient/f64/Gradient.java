package dev.lanewise.kernel.step.gradient.f64;

import static dev.lanewise.simd.Lanes.F64;

import jdk.incubator.vector.DoubleVector;

/**
 * What every step makes of a gradient before anything else:
 *
 * <pre>
 * g  = min(max(scale grad, -clip), clip) + l2 w
 * </pre>
 *
 * <p>NaN stays NaN. An infinite clip cuts off nothing. Error: {@code 2 u (|scale grad| + |l2 w|)},
 * u = 2^-53; one rounding with {@code l2 = 0}.
 */
public final class Gradient {
  private Gradient() {}

  /**
   * Of a vector.
   *
   * @param grad as the backward pass left it
   * @param w the parameters
   * @param scale factor of the gradient
   * @param clip the largest size, at least 0
   * @param l2 decay added to the gradient
   */
  public static DoubleVector of(
      DoubleVector grad, DoubleVector w, double scale, double clip, double l2) {
    DoubleVector g = grad.mul(scale).min(clip).max(-clip);
    return w.fma(DoubleVector.broadcast(F64, l2), g);
  }

  /** The same: a mask of two lanes, which doubles have at 128 bits, is boxed by C2. */
  public static DoubleVector ofBlended(
      DoubleVector grad, DoubleVector w, double scale, double clip, double l2) {
    return of(grad, w, scale, clip, l2);
  }

  /** Of one parameter; the same bits. */
  public static double of(double grad, double w, double scale, double clip, double l2) {
    double g = Math.max(Math.min(grad * scale, clip), -clip);
    return Math.fma(w, l2, g);
  }
}
