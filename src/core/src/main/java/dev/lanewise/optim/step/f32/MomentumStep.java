package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.Velocity;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Gradient descent with a velocity, heavy ball or Nesterov's (B. T. Polyak: Some Methods of
 * Speeding up the Convergence of Iteration Methods, 1964; I. Sutskever et al.: On the Importance of
 * Initialization and Momentum in Deep Learning, 2013); {@link Velocity} has the formulas. A NaN or
 * infinite gradient spoils its own parameter and state and no other's. Error: {@code 3 u |w| + 6 u
 * |update|}, u = 2^-24, besides that of the velocity.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class MomentumStep {
  static {
    VectorModule.require();
  }

  private MomentumStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param b velocity: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param momentum decay of the velocity
   * @param dampening part of the gradient that does not enter the velocity
   * @param nesterov whether the step is that of the place to which the velocity leads
   * @param form where the learning rate stands
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] b,
      int begin,
      int end,
      long t,
      float lr,
      float momentum,
      float dampening,
      boolean nesterov,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, b, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.MOMENTUM.require(momentum);
    HyperParameter.DAMPENING.require(dampening);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.momentum.f32.arrays.Momentum.step(
        params,
        0,
        grads,
        0,
        b,
        0,
        begin,
        end,
        momentum,
        (float) form.intake(lr, dampening, t == 1),
        (float) form.bStep(lr, momentum, nesterov),
        (float) form.gStep(lr, nesterov),
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
      MemorySegment b,
      long begin,
      long end,
      long t,
      float lr,
      float momentum,
      float dampening,
      boolean nesterov,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, b, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.MOMENTUM.require(momentum);
    HyperParameter.DAMPENING.require(dampening);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.momentum.f32.segments.Momentum.step(
        params,
        grads,
        b,
        begin,
        end,
        momentum,
        (float) form.intake(lr, dampening, t == 1),
        (float) form.bStep(lr, momentum, nesterov),
        (float) form.gStep(lr, nesterov),
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: dampening 0, nesterov false, form LR_OUTSIDE. */
  public static void step(
      float[] params, float[] grads, float[] b, long t, float lr, float momentum) {
    step(
        params,
        grads,
        b,
        0,
        params.length,
        t,
        lr,
        momentum,
        0,
        false,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment b,
      long t,
      float lr,
      float momentum) {
    step(
        params,
        grads,
        b,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        momentum,
        0,
        false,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }
}
