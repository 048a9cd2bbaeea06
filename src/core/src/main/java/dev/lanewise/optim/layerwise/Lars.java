package dev.lanewise.optim.layerwise;

import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.TRUST;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.momentum.f32.segments.Momentum;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * LARS (Y. You, I. Gitman, B. Ginsburg: Large Batch Training of Convolutional Networks, 2017,
 * algorithm 1): momentum with a learning rate of its own for each parameter, {@code lr trust |w| /
 * (|g| + wd |w| + eps)}, norms over the whole parameter; where one of the norms is 0 it is lr.
 * {@code v = mu v + rate (g + wd w)}, {@code w -= v}. Defaults: lr 0.1, momentum 0.9, trust 1e-3,
 * eps 1e-8, no weight decay, which is part of the ratio and never decoupled. The gradients are read
 * once more than in momentum, for their norms.
 */
public final class Lars extends GroupOptimizer<Lars> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 0.1f),
          Map.entry(MOMENTUM, 0.9f),
          Map.entry(TRUST, 1e-3f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] mu;
  private final float[] trust;
  private final float[] eps;
  private final float[] rates;
  private final Norms gradientNorms = new Norms(Slot::grads);
  private final Norms parameterNorms = new Norms(Slot::params);

  private Lars(ParamGroup... groups) {
    super("Lars", false, DEFAULTS, groups);
    lr = new float[groups.length];
    rates = new float[slots().size()];
    mu = new float[groups.length];
    trust = new float[groups.length];
    eps = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Lars over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Lars over(ParamGroup... groups) {
    return new Lars(groups);
  }

  /** Sets the decay of the velocity of all groups. */
  public Lars momentum(float momentum) {
    return setAll(MOMENTUM, momentum);
  }

  /** Sets the trust coefficient of all groups. */
  public Lars trust(float trust) {
    return setAll(TRUST, trust);
  }

  /** Sets eps of all groups. */
  public Lars eps(float eps) {
    return setAll(EPS, eps);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("b");
  }

  @Override
  protected void beforeUpdate() {
    gradientNorms.compute();
    parameterNorms.compute();
    // By number: an iterator can end up on the heap.
    for (int s = 0; s < slots().size(); s++) {
      Slot slot = slots().get(s);
      int group = slot.group();
      double w = parameterNorms.of(slot);
      double g = Math.abs(gradScale()) * gradientNorms.of(slot);
      double ratio = trust[group] * w / (g + l2(group) * w + eps[group]);
      rates[slot.number()] = (float) (w > 0 && g > 0 ? lr[group] * ratio : lr[group]);
    }
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    mu[group] = hyper.get(MOMENTUM);
    trust[group] = hyper.get(TRUST);
    eps[group] = hyper.eps();
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    Momentum.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        mu[group],
        rates[slot.number()],
        1,
        0,
        gradScale,
        clipValue(),
        l2(group),
        0,
        zeroing());
  }
}
