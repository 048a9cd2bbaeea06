package dev.lanewise.optim.step.f32;

import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.step.StepOptions;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Adam with Nesterov's momentum (T. Dozat: Incorporating Nesterov Momentum into Adam, 2016,
 * algorithm 2), {@code mu_t = beta1 (1 - 0.96^(t psi) / 2)}: {@code w -= lr (mu_(t+1) m / (1 -
 * P_(t+1)) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / bc2) + eps)}, {@code P_t} the product of mu_1 to
 * mu_t. A NaN or infinite gradient spoils its own parameter and state and no other's. Error: {@code
 * 2 u |w| + 12 u |update|}, u = 2^-24, besides that of m.
 */
@SuppressWarnings("cast") // coefficients are of double precision already in one of the twins
public final class NAdamStep {
  static {
    VectorModule.require();
  }

  private NAdamStep() {}

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
   * @param momentumDecay how fast the momentum rises, psi
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
      float momentumDecay,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM_DECAY.require(momentumDecay);
    Operands.checkStep(t);
    double fall = Coefficients.nadamDecay(momentumDecay);
    double mu = Coefficients.nadamMomentum(beta1, fall, t);
    double nextMu = Coefficients.nadamMomentum(beta1, fall, t + 1);
    double product = Coefficients.nadamProduct(beta1, fall, t);
    float mStep = (float) (lr * nextMu / (1 - product * nextMu));
    float gStep = (float) (lr * (1 - mu) / (1 - product));
    float rootScale = (float) (1 / Math.sqrt(Coefficients.biasCorrection(beta2, t)));
    dev.lanewise.kernel.step.adaptive.f32.arrays.NAdam.step(
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
        mStep,
        gStep,
        rootScale,
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
      float momentumDecay,
      StepOptions options) {
    Operands.check(begin, end, params, grads, m, v, null);
    HyperParameter.LR.require(lr);
    HyperParameter.BETA1.require(beta1);
    HyperParameter.BETA2.require(beta2);
    HyperParameter.EPS.require(eps);
    HyperParameter.MOMENTUM_DECAY.require(momentumDecay);
    Operands.checkStep(t);
    double fall = Coefficients.nadamDecay(momentumDecay);
    double mu = Coefficients.nadamMomentum(beta1, fall, t);
    double nextMu = Coefficients.nadamMomentum(beta1, fall, t + 1);
    double product = Coefficients.nadamProduct(beta1, fall, t);
    float mStep = (float) (lr * nextMu / (1 - product * nextMu));
    float gStep = (float) (lr * (1 - mu) / (1 - product));
    float rootScale = (float) (1 / Math.sqrt(Coefficients.biasCorrection(beta2, t)));
    dev.lanewise.kernel.step.adaptive.f32.segments.NAdam.step(
        params,
        grads,
        m,
        v,
        begin,
        end,
        beta1,
        beta2,
        mStep,
        gStep,
        rootScale,
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
      float[] v,
      long t,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float momentumDecay) {
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
        momentumDecay,
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
      float eps,
      float momentumDecay) {
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
        momentumDecay,
        StepOptions.NONE);
  }
}
