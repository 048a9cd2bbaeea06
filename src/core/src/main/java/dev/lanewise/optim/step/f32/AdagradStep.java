package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Adagrad, {@code s += g^2}, {@code w -= lr / (1 + (t - 1) lrDecay) g / (sqrt(s) + eps)} (J. Duchi,
 * E. Hazan, Y. Singer: Adaptive Subgradient Methods for Online Learning and Stochastic
 * Optimization, 2011). A NaN or infinite gradient spoils its own parameter and state and no
 * other's. Error: {@code 2 u |w| + 12 u |update|}, u = 2^-24.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class AdagradStep {
  static {
    VectorModule.require();
  }

  private AdagradStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param s sum of squares: read and overwritten; 0 or more before the first step
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param lrDecay how the learning rate falls, {@code lr / (1 + (t - 1) lrDecay)}
   * @param eps keeps the quotient finite
   * @param epsInRoot whether eps stands under the root
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] s,
      int begin,
      int end,
      long t,
      float lr,
      float lrDecay,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, s, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.LR_DECAY.require(lrDecay);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.arrays.Adagrad.step(
        params,
        0,
        grads,
        0,
        s,
        0,
        begin,
        end,
        (float) (lr / (1 + (t - 1) * (double) lrDecay)),
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
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
      MemorySegment s,
      long begin,
      long end,
      long t,
      float lr,
      float lrDecay,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, s, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.LR_DECAY.require(lrDecay);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.Adagrad.step(
        params,
        grads,
        s,
        begin,
        end,
        (float) (lr / (1 + (t - 1) * (double) lrDecay)),
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: lrDecay 0, epsInRoot false. */
  public static void step(float[] params, float[] grads, float[] s, long t, float lr, float eps) {
    step(params, grads, s, 0, params.length, t, lr, 0, eps, false, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params, MemorySegment grads, MemorySegment s, long t, float lr, float eps) {
    step(
        params,
        grads,
        s,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        0,
        eps,
        false,
        StepOptions.NONE);
  }
}
