package dev.lanewise.optim.step.f32;

import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Adam with the largest gradient in the place of the second moment, {@code x = max(beta2 x, |g|)},
 * {@code w -= lr / bc1 m / (x + eps)} (D. P. Kingma, J. Ba: Adam: A Method for Stochastic
 * Optimization, 2015, algorithm 2). A NaN or infinite gradient spoils its own parameter and state
 * and no other's. Error: {@code 2 u |w| + 8 u |update|}, u = 2^-24, besides that of m.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class AdamaxStep {
  static {
    VectorModule.require();
  }

  private AdamaxStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param m first moment: read and overwritten
   * @param x largest gradient: read and overwritten
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
      float[] x,
      int begin,
      int end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, x, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.arrays.Adamax.step(
        params,
        0,
        grads,
        0,
        m,
        0,
        x,
        0,
        begin,
        end,
        beta1,
        beta2,
        (float) (lr / Coefficients.biasCorrection(beta1, t)),
        eps,
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
      MemorySegment x,
      long begin,
      long end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, x, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.Adamax.step(
        params,
        grads,
        m,
        x,
        begin,
        end,
        beta1,
        beta2,
        (float) (lr / Coefficients.biasCorrection(beta1, t)),
        eps,
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
      float[] x,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    step(params, grads, m, x, 0, params.length, t, lr, beta1, beta2, eps, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment x,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    step(
        params,
        grads,
        m,
        x,
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
