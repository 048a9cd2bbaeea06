package dev.lanewise.optim;

import dev.lanewise.autograd.Parameter;
import java.util.List;

/**
 * Adam (D. P. Kingma, J. Ba: Adam: A Method for Stochastic Optimization, 2015, algorithm 1): {@code
 * m = beta1 m + (1 - beta1) g}, {@code v = beta2 v + (1 - beta2) g^2}, {@code w -= lr (m / bc1) /
 * (sqrt(v / bc2) + eps)}, with {@code bc_i = 1 - beta_i^t}. Defaults: lr 1e-3, betas 0.9 and 0.999,
 * eps 1e-8, no weight decay.
 */
public final class Adam extends AdamFamily<Adam> {
  private Adam(ParamGroup... groups) {
    super("Adam", false, 0f, groups);
  }

  /** One group of all parameters. */
  public static Adam over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Adam over(ParamGroup... groups) {
    return new Adam(groups);
  }
}
