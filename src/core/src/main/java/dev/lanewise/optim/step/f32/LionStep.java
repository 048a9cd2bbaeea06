package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Lion, {@code w -= lr sign(beta1 m + (1 - beta1) g)}, {@code m = beta2 m + (1 - beta2) g} (X. Chen
 * et al.: Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2; its decay is the
 * decoupled one). The sign of 0 is 0. Error: {@code 3 u (|w| + lr)}, u = 2^-24.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class LionStep {
  static {
    VectorModule.require();
  }

  private LionStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param m moment: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] m,
      int begin,
      int end,
      float lr,
      float beta1,
      float beta2,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    dev.lanewise.kernel.step.momentum.f32.arrays.Lion.step(
        params,
        0,
        grads,
        0,
        m,
        0,
        begin,
        end,
        lr,
        beta1,
        beta2,
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
      long begin,
      long end,
      float lr,
      float beta1,
      float beta2,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    dev.lanewise.kernel.step.momentum.f32.segments.Lion.step(
        params,
        grads,
        m,
        begin,
        end,
        lr,
        beta1,
        beta2,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step. */
  public static void step(
      float[] params, float[] grads, float[] m, float lr, float beta1, float beta2) {
    step(params, grads, m, 0, params.length, lr, beta1, beta2, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      float lr,
      float beta1,
      float beta2) {
    step(params, grads, m, 0, params.byteSize() / Float.BYTES, lr, beta1, beta2, StepOptions.NONE);
  }
}
