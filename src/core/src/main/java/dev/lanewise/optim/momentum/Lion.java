package dev.lanewise.optim.momentum;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Lion (X. Chen et al.: Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2): {@code w
 * -= lr (sign(beta1 m + (1 - beta1) g) + wd w)}, {@code m = beta2 m + (1 - beta2) g}. The weight
 * decay is decoupled. Defaults: lr 1e-4, betas 0.9 and 0.99, no weight decay.
 */
public final class Lion extends GroupOptimizer<Lion> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-4f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.99f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] beta1;
  private final float[] beta2;

  private Lion(ParamGroup... groups) {
    super("Lion", true, DEFAULTS, groups);
    lr = new float[groups.length];
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Lion over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Lion over(ParamGroup... groups) {
    return new Lion(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public Lion betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("m");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.momentum.f32.segments.Lion.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        lr[group],
        beta1[group],
        beta2[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
