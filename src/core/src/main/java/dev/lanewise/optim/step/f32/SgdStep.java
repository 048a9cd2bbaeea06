package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Gradient descent, {@code w -= lr g} (H. Robbins, S. Monro: A Stochastic Approximation Method,
 * 1951). A NaN or infinite gradient spoils its own parameter and state and no other's. Error:
 * {@code 2 u |w| + 3 u |lr g|}, u = 2^-24.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class SgdStep {
  static {
    VectorModule.require();
  }

  private SgdStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param options what else the pass does
   */
  public static void step(
      float[] params, float[] grads, int begin, int end, float lr, StepOptions options) {
    Operands.check(begin, end, params, grads, null, null, null);
    HyperParameter.LR.require(lr);
    dev.lanewise.kernel.step.momentum.f32.arrays.Sgd.step(
        params,
        0,
        grads,
        0,
        begin,
        end,
        lr,
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
      long begin,
      long end,
      float lr,
      StepOptions options) {
    Operands.check(begin, end, params, grads, null, null, null);
    HyperParameter.LR.require(lr);
    dev.lanewise.kernel.step.momentum.f32.segments.Sgd.step(
        params,
        grads,
        begin,
        end,
        lr,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step. */
  public static void step(float[] params, float[] grads, float lr) {
    step(params, grads, 0, params.length, lr, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(MemorySegment params, MemorySegment grads, float lr) {
    step(params, grads, 0, params.byteSize() / Float.BYTES, lr, StepOptions.NONE);
  }
}
