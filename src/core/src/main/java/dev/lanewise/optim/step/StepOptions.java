package dev.lanewise.optim.step;

import dev.lanewise.optim.HyperParameter;

/**
 * What every step can do besides its method, in the same pass: {@code g = min(max(gradScale grad,
 * -clipValue), clipValue)}, then the weight decay. Immutable; {@link #NONE} does nothing, and the
 * methods give variants of it.
 *
 * @param gradScale factor of the gradient, finite: what clipping and the scale of the loss ask for;
 *     negative to go up
 * @param clipValue the largest size of an element of the gradient, above 0; infinity for never
 * @param weightDecay weight decay, at least 0
 * @param decoupled whether the decay is {@code w -= lr weightDecay w} instead of {@code g +=
 *     weightDecay w}
 * @param zeroGrads whether to leave zeros in the gradient
 */
public record StepOptions(
    double gradScale, double clipValue, double weightDecay, boolean decoupled, boolean zeroGrads) {
  /** The plain step. */
  public static final StepOptions NONE =
      new StepOptions(1, Double.POSITIVE_INFINITY, 0, false, false);

  /** Checks the numbers. */
  public StepOptions {
    if (!Double.isFinite(gradScale)) {
      throw new IllegalArgumentException("gradScale = " + gradScale + ": want a finite number");
    }
    if (!(clipValue > 0)) {
      throw new IllegalArgumentException("clipValue = " + clipValue + ": want a number above 0");
    }
    HyperParameter.WEIGHT_DECAY.require(weightDecay);
  }

  /** With another factor of the gradient. */
  public StepOptions withGradScale(double scale) {
    return new StepOptions(scale, clipValue, weightDecay, decoupled, zeroGrads);
  }

  /** With the elements of the gradient cut off. */
  public StepOptions withClipValue(double value) {
    return new StepOptions(gradScale, value, weightDecay, decoupled, zeroGrads);
  }

  /** With decay added to the gradient. */
  public StepOptions withL2(double decay) {
    return new StepOptions(gradScale, clipValue, decay, false, zeroGrads);
  }

  /** With decay apart from the gradient. */
  public StepOptions withDecoupledDecay(double decay) {
    return new StepOptions(gradScale, clipValue, decay, true, zeroGrads);
  }

  /** With zeros left in the gradient, or not. */
  public StepOptions withZeroGrads(boolean zero) {
    return new StepOptions(gradScale, clipValue, weightDecay, decoupled, zero);
  }

  /** The decay that is added to the gradient. */
  public double l2() {
    return decoupled ? 0 : weightDecay;
  }

  /** The part of a parameter that a step of this learning rate takes away. */
  public double decay(double lr) {
    return decoupled ? lr * weightDecay : 0;
  }
}
