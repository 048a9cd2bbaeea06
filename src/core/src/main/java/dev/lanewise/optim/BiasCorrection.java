package dev.lanewise.optim;

import dev.lanewise.kernel.step.Coefficients;

/**
 * How the moments of Adam and its kin, which begin at 0, are corrected; {@code bc_i = 1 -
 * beta_i^t}. The forms give different numbers.
 */
public enum BiasCorrection {
  /** {@code lr (m / bc_1) / (sqrt(v / bc_2) + eps)}: algorithm 1 of the paper, and PyTorch. */
  CORRECTED,
  /**
   * {@code lr sqrt(bc_2) / bc_1 m / (sqrt(v) + eps)}: the remark after algorithm 1 of the paper,
   * Keras and TensorFlow; eps counts for more in the first steps.
   */
  EPS_HAT,
  /**
   * {@code lr m / (sqrt(v) + eps)}: the first steps are longer or shorter than the learning rate.
   */
  NONE;

  /** The factor of the first moment at step t, from 1 on. */
  public double stepSize(double lr, double beta1, double beta2, long t) {
    return switch (this) {
      case CORRECTED -> lr / Coefficients.biasCorrection(beta1, t);
      case EPS_HAT ->
          lr
              * Math.sqrt(Coefficients.biasCorrection(beta2, t))
              / Coefficients.biasCorrection(beta1, t);
      case NONE -> lr;
    };
  }

  /** The factor of the root of the second moment at step t, from 1 on. */
  public double rootScale(double beta2, long t) {
    return this == CORRECTED ? 1 / Math.sqrt(Coefficients.biasCorrection(beta2, t)) : 1;
  }
}
