package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.Velocity;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * RMSProp, {@code v = rho v + (1 - rho) g^2}, {@code w -= lr g / (sqrt(v) + eps)} (T. Tieleman, G.
 * Hinton: Lecture 6.5, 2012); centred with {@code v - a^2} under the root, a the mean gradient (A.
 * Graves: Generating Sequences With Recurrent Neural Networks, 2013). A NaN or infinite gradient
 * spoils its own parameter and state and no other's. Error: {@code 2 u |w| + 16 u |update|}, u =
 * 2^-24, besides that of the variance where centred.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class RmsPropStep {
  static {
    VectorModule.require();
  }

  private RmsPropStep() {}

  /**
   * Updates the parameters {@code [begin, end)}.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param v mean square: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of the means
   * @param eps keeps the quotient finite
   * @param epsInRoot whether eps stands under the root
   * @param options what else the pass does
   */
  public static void step(
      float[] params,
      float[] grads,
      float[] v,
      int begin,
      int end,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.arrays.RmsProp.step(
        params,
        0,
        grads,
        0,
        v,
        0,
        begin,
        end,
        lr,
        rho,
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
      MemorySegment v,
      long begin,
      long end,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, null, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.segments.RmsProp.step(
        params,
        grads,
        v,
        begin,
        end,
        lr,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: epsInRoot false. */
  public static void step(
      float[] params, float[] grads, float[] v, float lr, float rho, float eps) {
    step(params, grads, v, 0, params.length, lr, rho, eps, false, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void step(
      MemorySegment params, MemorySegment grads, MemorySegment v, float lr, float rho, float eps) {
    step(
        params,
        grads,
        v,
        0,
        params.byteSize() / Float.BYTES,
        lr,
        rho,
        eps,
        false,
        StepOptions.NONE);
  }

  /**
   * Updates the parameters {@code [begin, end)} along a velocity.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param v mean square: read and overwritten
   * @param b velocity: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param rho decay of the means
   * @param eps keeps the quotient finite
   * @param epsInRoot whether eps stands under the root
   * @param momentum decay of the velocity
   * @param form where the learning rate stands
   * @param options what else the pass does
   */
  public static void stepWithMomentum(
      float[] params,
      float[] grads,
      float[] v,
      float[] b,
      int begin,
      int end,
      long t,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      float momentum,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, b, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM.require(momentum);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.arrays.RmsProp.stepWithMomentum(
        params,
        0,
        grads,
        0,
        v,
        0,
        b,
        0,
        begin,
        end,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        momentum,
        (float) form.intake(lr, 0, t == 1),
        (float) form.bStep(lr, momentum, false),
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void stepWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment b,
      long begin,
      long end,
      long t,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      float momentum,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, b, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM.require(momentum);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.RmsProp.stepWithMomentum(
        params,
        grads,
        v,
        b,
        begin,
        end,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        momentum,
        (float) form.intake(lr, 0, t == 1),
        (float) form.bStep(lr, momentum, false),
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: epsInRoot false, form LR_OUTSIDE. */
  public static void stepWithMomentum(
      float[] params,
      float[] grads,
      float[] v,
      float[] b,
      long t,
      float lr,
      float rho,
      float eps,
      float momentum) {
    stepWithMomentum(
        params,
        grads,
        v,
        b,
        0,
        params.length,
        t,
        lr,
        rho,
        eps,
        false,
        momentum,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void stepWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment b,
      long t,
      float lr,
      float rho,
      float eps,
      float momentum) {
    stepWithMomentum(
        params,
        grads,
        v,
        b,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        rho,
        eps,
        false,
        momentum,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }

  /**
   * Updates the parameters {@code [begin, end)}, centred.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param v mean square: read and overwritten
   * @param a mean gradient: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param lr learning rate
   * @param rho decay of the means
   * @param eps keeps the quotient finite
   * @param epsInRoot whether eps stands under the root
   * @param options what else the pass does
   */
  public static void stepCentred(
      float[] params,
      float[] grads,
      float[] v,
      float[] a,
      int begin,
      int end,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, a, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.arrays.CentredRmsProp.step(
        params,
        0,
        grads,
        0,
        v,
        0,
        a,
        0,
        begin,
        end,
        lr,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void stepCentred(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      long begin,
      long end,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, a, null);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    dev.lanewise.kernel.step.adaptive.f32.segments.CentredRmsProp.step(
        params,
        grads,
        v,
        a,
        begin,
        end,
        lr,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: epsInRoot false. */
  public static void stepCentred(
      float[] params, float[] grads, float[] v, float[] a, float lr, float rho, float eps) {
    stepCentred(params, grads, v, a, 0, params.length, lr, rho, eps, false, StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void stepCentred(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      float lr,
      float rho,
      float eps) {
    stepCentred(
        params,
        grads,
        v,
        a,
        0,
        params.byteSize() / Float.BYTES,
        lr,
        rho,
        eps,
        false,
        StepOptions.NONE);
  }

  /**
   * Updates the parameters {@code [begin, end)}, centred, along a velocity.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param v mean square: read and overwritten
   * @param a mean gradient: read and overwritten
   * @param b velocity: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param rho decay of the means
   * @param eps keeps the quotient finite
   * @param epsInRoot whether eps stands under the root
   * @param momentum decay of the velocity
   * @param form where the learning rate stands
   * @param options what else the pass does
   */
  public static void stepCentredWithMomentum(
      float[] params,
      float[] grads,
      float[] v,
      float[] a,
      float[] b,
      int begin,
      int end,
      long t,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      float momentum,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, a, b);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM.require(momentum);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.arrays.CentredRmsProp.stepWithMomentum(
        params,
        0,
        grads,
        0,
        v,
        0,
        a,
        0,
        b,
        0,
        begin,
        end,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        momentum,
        (float) form.intake(lr, 0, t == 1),
        (float) form.bStep(lr, momentum, false),
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void stepCentredWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      MemorySegment b,
      long begin,
      long end,
      long t,
      float lr,
      float rho,
      float eps,
      boolean epsInRoot,
      float momentum,
      Velocity form,
      StepOptions options) {
    Operands.check(begin, end, params, grads, v, a, b);
    HyperParameter.LR.require(lr);
    HyperParameter.RHO.require(rho);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM.require(momentum);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.CentredRmsProp.stepWithMomentum(
        params,
        grads,
        v,
        a,
        b,
        begin,
        end,
        rho,
        epsInRoot ? eps : 0,
        epsInRoot ? 0 : eps,
        momentum,
        (float) form.intake(lr, 0, t == 1),
        (float) form.bStep(lr, momentum, false),
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: epsInRoot false, form LR_OUTSIDE. */
  public static void stepCentredWithMomentum(
      float[] params,
      float[] grads,
      float[] v,
      float[] a,
      float[] b,
      long t,
      float lr,
      float rho,
      float eps,
      float momentum) {
    stepCentredWithMomentum(
        params,
        grads,
        v,
        a,
        b,
        0,
        params.length,
        t,
        lr,
        rho,
        eps,
        false,
        momentum,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void stepCentredWithMomentum(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment v,
      MemorySegment a,
      MemorySegment b,
      long t,
      float lr,
      float rho,
      float eps,
      float momentum) {
    stepCentredWithMomentum(
        params,
        grads,
        v,
        a,
        b,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        rho,
        eps,
        false,
        momentum,
        Velocity.LR_OUTSIDE,
        StepOptions.NONE);
  }
}
