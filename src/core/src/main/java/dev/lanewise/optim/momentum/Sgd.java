package dev.lanewise.optim.momentum;

import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/** Gradient descent: {@code w -= lr g}. No state. Defaults: lr 1e-3, no weight decay. */
public final class Sgd extends GroupOptimizer<Sgd> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(Map.entry(LR, 1e-3f), Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;

  private Sgd(ParamGroup... groups) {
    super("Sgd", false, DEFAULTS, groups);
    lr = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Sgd over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Sgd over(ParamGroup... groups) {
    return new Sgd(groups);
  }

  @Override
  protected List<String> stateNames() {
    return List.of();
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.momentum.f32.segments.Sgd.step(
        slot.params(),
        slot.grads(),
        begin,
        end,
        lr[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
