package dev.lanewise.kernel.step.gradient.f32;

import static dev.lanewise.simd.Lanes.F32;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;

/**
 * What every step makes of a gradient before anything else:
 *
 * <pre>
 * g  = min(max(scale grad, -clip), clip) + l2 w
 * </pre>
 *
 * <p>NaN stays NaN. An infinite clip cuts off nothing. Error: {@code 2 u (|scale grad| + |l2 w|)},
 * u = 2^-24; one rounding with {@code l2 = 0}.
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
  public static FloatVector of(FloatVector grad, FloatVector w, float scale, float clip, float l2) {
    FloatVector g = grad.mul(scale).min(clip).max(-clip);
    return w.fma(FloatVector.broadcast(F32, l2), g);
  }

  /**
   * The same, with the same bits, by comparison and blend: less work than the minimum of Java,
   * which looks after zeros and NaN, but more for C2 to inline. For steps that are short enough.
   */
  public static FloatVector ofBlended(
      FloatVector grad, FloatVector w, float scale, float clip, float l2) {
    FloatVector g = grad.mul(scale);
    g = g.blend(clip, g.compare(GT, clip));
    g = g.blend(-clip, g.compare(LT, -clip));
    return w.fma(FloatVector.broadcast(F32, l2), g);
  }

  /** Of one parameter; the same bits. */
  public static float of(float grad, float w, float scale, float clip, float l2) {
    float g = Math.max(Math.min(grad * scale, clip), -clip);
    return Math.fma(w, l2, g);
  }
}
