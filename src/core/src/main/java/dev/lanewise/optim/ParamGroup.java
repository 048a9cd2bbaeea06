package dev.lanewise.optim;

import dev.lanewise.autograd.Parameter;
import java.util.List;

/**
 * Parameters with hyper-parameters in common. The defaults are those of AdamW: learning rate 1e-3,
 * betas 0.9 and 0.999, eps 1e-8, weight decay 0.01. Values set between two steps hold from the next
 * one on.
 */
public final class ParamGroup {
  private final List<Parameter> parameters;
  private float lr = 1e-3f;
  private float beta1 = 0.9f;
  private float beta2 = 0.999f;
  private float eps = 1e-8f;
  private float weightDecay = 0.01f;

  private ParamGroup(List<Parameter> parameters) {
    this.parameters = parameters;
  }

  /** A group with the defaults. */
  public static ParamGroup of(List<Parameter> parameters) {
    return new ParamGroup(List.copyOf(parameters));
  }

  /** A group without weight decay, as is usual for biases, gains and embeddings. */
  public static ParamGroup withoutDecay(List<Parameter> parameters) {
    return of(parameters).weightDecay(0);
  }

  /** The parameters, in the order of the steps. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Learning rate before the schedule. */
  public float lr() {
    return lr;
  }

  /** Sets the learning rate, finite and at least 0. */
  public ParamGroup lr(float lr) {
    requireFiniteNonNegative("lr", lr);
    this.lr = lr;
    return this;
  }

  /** Decay of the first moment. */
  public float beta1() {
    return beta1;
  }

  /** Decay of the second moment. */
  public float beta2() {
    return beta2;
  }

  /** Sets the decays of both moments, each at least 0 and below 1. */
  public ParamGroup betas(float beta1, float beta2) {
    requireBeta("beta1", beta1);
    requireBeta("beta2", beta2);
    this.beta1 = beta1;
    this.beta2 = beta2;
    return this;
  }

  /** What is added to the root of the second moment. */
  public float eps() {
    return eps;
  }

  /** Sets eps, finite and above 0: with 0 a gradient of 0 would give 0/0. */
  public ParamGroup eps(float eps) {
    if (!(eps > 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps = " + eps + ": want a finite number above 0");
    }
    this.eps = eps;
    return this;
  }

  /** Decoupled weight decay. */
  public float weightDecay() {
    return weightDecay;
  }

  /** Sets the weight decay, finite and at least 0; it is multiplied by the learning rate. */
  public ParamGroup weightDecay(float weightDecay) {
    requireFiniteNonNegative("weightDecay", weightDecay);
    this.weightDecay = weightDecay;
    return this;
  }

  private static void requireFiniteNonNegative(String name, float value) {
    if (!(value >= 0 && value < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " = " + value + ": want a finite number of at least 0");
    }
  }

  private static void requireBeta(String name, float value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " = " + value + ": want at least 0 and below 1");
    }
  }
}
