package dev.lanewise.optim;

import dev.lanewise.autograd.Parameter;
import java.util.List;

/**
 * Adam with decoupled weight decay (I. Loshchilov, F. Hutter: Decoupled Weight Decay
 * Regularization, 2019): {@code w *= 1 - lr wd}, then {@code w -= lr (m / bc1) / (sqrt(v / bc2) +
 * eps)}. Defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, weightDecay 0.01.
 *
 * <pre>{@code
 * AdamW optimizer = AdamW.over(parameters).lr(1e-3f).weightDecay(0.01f).clipGlobalNorm(1f);
 * ...
 * loss.backward();
 * optimizer.step();
 * }</pre>
 */
public final class AdamW extends AdamFamily<AdamW> {
  private AdamW(ParamGroup... groups) {
    super("AdamW", true, 0.01f, groups);
  }

  /** One group of all parameters. */
  public static AdamW over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static AdamW over(ParamGroup... groups) {
    return new AdamW(groups);
  }
}
