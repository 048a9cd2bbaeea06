package dev.lanewise.kernel.attention;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The gradient of softmax behind dropout: {@code ds = scale (kept dp - p delta)}, of which {@code
 * kept dp - p delta} is one multiply-add of a rounded {@code p delta}.
 */
final class DroppedGradient {
  private DroppedGradient() {}

  /**
   * A row; NaN and infinities spread as the formula says.
   *
   * @param p read: probabilities
   * @param kept read: what dropout has left of them, scaled
   * @param dp read: gradients of what was kept; overwritten by those of the scores
   * @param at first element of each
   * @param n elements
   * @param delta the sum of dy y
   */
  static void row(float[] p, float[] kept, float[] dp, int at, int n, float delta, float scale) {
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      FloatVector vp = FloatVector.fromArray(F32, p, at + i);
      FloatVector vkept = FloatVector.fromArray(F32, kept, at + i);
      FloatVector vdp = FloatVector.fromArray(F32, dp, at + i);
      vkept.fma(vdp, vp.mul(-delta)).mul(scale).intoArray(dp, at + i);
    }
    for (; i < n; i++) {
      dp[at + i] = Math.fma(kept[at + i], dp[at + i], p[at + i] * -delta) * scale;
    }
  }
}
