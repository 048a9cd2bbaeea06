package dev.lanewise.optim;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters with hyper-parameters in common. What is not set has the default of the method that
 * the group is given to; which hyper-parameters a method has stands in its documentation, others
 * are refused. Values set between two steps hold from the next one on.
 */
public final class ParamGroup {
  private final List<Parameter> parameters;

  private final Map<HyperParameter, Float> values = new EnumMap<>(HyperParameter.class);

  private String method = "";
  private boolean frozen;

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

  /**
   * A hyper-parameter; the learning rate before the schedule.
   *
   * @throws IllegalStateException if it was not set and the group belongs to no optimizer yet
   */
  public float get(HyperParameter which) {
    Float value = values.get(which);
    if (value == null) {
      throw new IllegalStateException(
          which.term()
              + " has no value yet: set it, or give the group to a method that has a default");
    }
    return value;
  }

  /**
   * Sets a hyper-parameter.
   *
   * @throws IllegalArgumentException if the value is out of range, or the optimizer of this group
   *     does not have it
   */
  public ParamGroup set(HyperParameter which, float value) {
    which.require(value);
    if (!method.isEmpty() && !values.containsKey(which)) {
      throw foreign(method, which);
    }
    values.put(which, value);
    return this;
  }

  /** Learning rate before the schedule. */
  public float lr() {
    return get(LR);
  }

  /** Sets the learning rate, finite and at least 0. */
  public ParamGroup lr(float lr) {
    return set(LR, lr);
  }

  /** Decay of the first moment. */
  public float beta1() {
    return get(BETA1);
  }

  /** Decay of the second moment. */
  public float beta2() {
    return get(BETA2);
  }

  /** Sets the decays of both moments, each at least 0 and below 1. */
  public ParamGroup betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return set(BETA1, beta1).set(BETA2, beta2);
  }

  /** What keeps the quotient of a step finite. */
  public float eps() {
    return get(EPS);
  }

  /** Sets eps, finite and above 0: with 0 a gradient of 0 would give 0/0. */
  public ParamGroup eps(float eps) {
    return set(EPS, eps);
  }

  /** Sets the decay of the velocity, at least 0 and below 1. */
  public ParamGroup momentum(float momentum) {
    return set(MOMENTUM, momentum);
  }

  /** Weight decay. */
  public float weightDecay() {
    return get(WEIGHT_DECAY);
  }

  /** Sets the weight decay, finite and at least 0. */
  public ParamGroup weightDecay(float weightDecay) {
    return set(WEIGHT_DECAY, weightDecay);
  }

  /** Whether steps leave the parameters of this group alone. */
  public boolean frozen() {
    return frozen;
  }

  /**
   * Whether steps leave these parameters and their state alone. Their gradients do not count for
   * clipping then, and are zeroed like all others.
   */
  public ParamGroup frozen(boolean frozen) {
    this.frozen = frozen;
    return this;
  }

  /** Checks that a method with these defaults can take this group, and changes nothing. */
  void requireFits(String newMethod, Map<HyperParameter, Float> defaults) {
    for (HyperParameter which : values.keySet()) {
      if (!defaults.containsKey(which)) {
        throw foreign(newMethod, which);
      }
    }
  }

  /** Takes the defaults of a method for what is not set. */
  void adopt(String newMethod, Map<HyperParameter, Float> defaults) {
    defaults.forEach(values::putIfAbsent);
    method = newMethod;
  }

  private static IllegalArgumentException foreign(String method, HyperParameter which) {
    return new IllegalArgumentException(
        method
            + " has no hyper-parameter "
            + which.term()
            + ": leave it out, or take another method");
  }
}
