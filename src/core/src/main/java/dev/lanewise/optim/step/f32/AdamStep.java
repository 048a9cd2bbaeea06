package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.BiasCorrection;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Adam (D. P. Kingma, J. Ba: Adam: A Method for Stochastic Optimization, 2015, algorithm 1), AdamW
 * (I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization, 2019) and AMSGrad (S. J. Reddi,
 * S. Kale, S. Kumar: On the Convergence of Adam and Beyond, 2018): {@code m = beta1 m + (1 - beta1)
 * g}, {@code v = beta2 v + (1 - beta2) g^2}, and the parameter as {@link BiasCorrection} tells. A
 * NaN or infinite gradient spoils its own parameter and state and no other's. Error: {@code 2 u |w|
 * + 10 u |update|}, u = 2^-24, besides that of m.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class AdamStep {
  static {
    VectorModule.require();
  }

  private AdamStep() {}

  /**
   * Adam; AdamW if the decay of the options is decoupled.
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
   * @param correction how the moments are corrected
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
      BiasCorrection correction,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
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
        (float) correction.stepSize(lr, beta1, beta2, t),
        (float) correction.rootScale(beta2, t),
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
      MemorySegment v,
      long begin,
      long end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      BiasCorrection correction,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.Adam.step(
        params,
        grads,
        m,
        v,
        begin,
        end,
        beta1,
        beta2,
        (float) correction.stepSize(lr, beta1, beta2, t),
        (float) correction.rootScale(beta2, t),
        eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: correction CORRECTED. */
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
    step(
        params,
        grads,
        m,
        v,
        0,
        params.length,
        t,
        lr,
        beta1,
        beta2,
        eps,
        BiasCorrection.CORRECTED,
        StepOptions.NONE);
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
        BiasCorrection.CORRECTED,
        StepOptions.NONE);
  }

  /**
   * AdamW, whole arrays: bias-corrected, with decoupled decay.
   *
   * @param params w: read and overwritten
   * @param grads read
   * @param m first moment: read and overwritten
   * @param v second moment: read and overwritten
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps keeps the quotient finite
   * @param weightDecay decoupled decay; it is multiplied by the learning rate
   */
  public static void adamW(
      float[] params,
      float[] grads,
      float[] m,
      float[] v,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay) {
    step(
        params,
        grads,
        m,
        v,
        0,
        params.length,
        t,
        lr,
        beta1,
        beta2,
        eps,
        BiasCorrection.CORRECTED,
        StepOptions.NONE.withDecoupledDecay(weightDecay));
  }

  /** AdamW on whole segments, as the form for whole arrays. */
  public static void adamW(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay) {
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
        BiasCorrection.CORRECTED,
        StepOptions.NONE.withDecoupledDecay(weightDecay));
  }

  /**
   * AMSGrad: Adam with the largest second moment so far under the root.
   *
   * @param params w: read and overwritten
   * @param grads read; overwritten by 0 if the options say so
   * @param m first moment: read and overwritten
   * @param v second moment: read and overwritten
   * @param x largest second moment: read and overwritten
   * @param begin first element
   * @param end one past the last element
   * @param t number of the step, from 1 on
   * @param lr learning rate
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps keeps the quotient finite
   * @param correction how the moments are corrected
   * @param options what else the pass does
   */
  public static void amsGrad(
      float[] params,
      float[] grads,
      float[] m,
      float[] v,
      float[] x,
      int begin,
      int end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      BiasCorrection correction,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, x);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.arrays.AmsGrad.step(
        params,
        0,
        grads,
        0,
        m,
        0,
        v,
        0,
        x,
        0,
        begin,
        end,
        beta1,
        beta2,
        (float) correction.stepSize(lr, beta1, beta2, t),
        (float) correction.rootScale(beta2, t),
        eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** The same on segments of an arena. */
  public static void amsGrad(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      MemorySegment x,
      long begin,
      long end,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      BiasCorrection correction,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, x);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    Operands.checkStep(t);
    dev.lanewise.kernel.step.adaptive.f32.segments.AmsGrad.step(
        params,
        grads,
        m,
        v,
        x,
        begin,
        end,
        beta1,
        beta2,
        (float) correction.stepSize(lr, beta1, beta2, t),
        (float) correction.rootScale(beta2, t),
        eps,
        (float) options.gradScale(),
        (float) options.clipValue(),
        (float) options.l2(),
        (float) options.decay(lr),
        options.zeroGrads());
  }

  /** Whole arrays, and nothing but the step: correction CORRECTED. */
  public static void amsGrad(
      float[] params,
      float[] grads,
      float[] m,
      float[] v,
      float[] x,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    amsGrad(
        params,
        grads,
        m,
        v,
        x,
        0,
        params.length,
        t,
        lr,
        beta1,
        beta2,
        eps,
        BiasCorrection.CORRECTED,
        StepOptions.NONE);
  }

  /** Whole segments, as the form for whole arrays. */
  public static void amsGrad(
      MemorySegment params,
      MemorySegment grads,
      MemorySegment m,
      MemorySegment v,
      MemorySegment x,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps) {
    amsGrad(
        params,
        grads,
        m,
        v,
        x,
        0,
        params.byteSize() / Float.BYTES,
        t,
        lr,
        beta1,
        beta2,
        eps,
        BiasCorrection.CORRECTED,
        StepOptions.NONE);
  }
}
