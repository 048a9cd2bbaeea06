package dev.lanewise.optim.step.f32;

import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Rectified Adam (L. Liu et al.: On the Variance of the Adaptive Learning Rate and Beyond, 2020,
 * algorithm 2): {@code w -= lr r m / bc1 sqrt(bc2) / (sqrt(v) + eps)} where the variance is
 * tractable, rho above 5, else {@code w -= lr m / bc1}. A NaN or infinite gradient spoils its own
 * parameter and state and no other's. Error: {@code 2 u |w| + 10 u |update|}, u = 2^-24, besides
 * that of m.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class RAdamStep {
  static {
    VectorModule.require();
  }

  private RAdamStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param m first moment: read and overwritten
   * @param v second moment: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps keeps the quotient finite
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] m,
      float[] v,
      int begin,
      int end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    double rectification = Coefficients.rectification(beta2, t);
    boolean rectified = !Double.isNaN(rectification);
    double factor =
        rectified ? rectification * Math.sqrt(Coefficients.biasCorrection(beta2, t)) : 1;
    float step = (float) (lr / Coefficients.biasCorrection(beta1, t) * factor);
    dev.lanewise.kernel.step.adaptive.f32.arrays.Adam.step(
        params,
        0,
        grads,
        0,
        m,
        0,
        v,
        0,
        begin,
        end,
        beta1,
        beta2,
        step,
        rectified ? 1 : 0,
        rectified ? eps : 1,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long begin,
      long end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    double rectification = Coefficients.rectification(beta2, t);
    boolean rectified = !Double.isNaN(rectification);
    double factor =
        rectified ? rectification * Math.sqrt(Coefficients.biasCorrection(beta2, t)) : 1;
    float step = (float) (lr / Coefficients.biasCorrection(beta1, t) * factor);
    dev.lanewise.kernel.step.adaptive.f32.segments.Adam.step(
        params,
        grads,
        m,
        v,
        begin,
        end,
        beta1,
        beta2,
        step,
        rectified ? 1 : 0,
        rectified ? eps : 1,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step. */
  public static void step(
      float[] params,
      float[] grads,
      float[] m,
      float[] v,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    step(params, grads, m, v, 0, params.length, t, lr, beta1, beta2, eps, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    step(
        params,
        grads,
        m,
        v,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        beta1,
        beta2,
        eps,
        StepOptions.NONE);
  }
}
