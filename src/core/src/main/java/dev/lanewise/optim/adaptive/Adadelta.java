package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.RHO;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Adadelta (M. D. Zeiler: ADADELTA: An Adaptive Learning Rate Method, 2012, algorithm 1): {@code v
 * = rho v + (1 - rho) g^2}, {@code e = sqrt(d + eps) / sqrt(v + eps) g}, {@code d = rho d + (1 -
 * rho) e^2}, {@code w -= lr e}. Defaults: lr 1, rho 0.9, eps 1e-6, no weight decay.
 */
public final class Adadelta extends GroupOptimizer<Adadelta> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1f),
          Map.entry(RHO, 0.9f),
          Map.entry(EPS, 1e-6f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] rho;
  private final float[] eps;

  private Adadelta(ParamGroup... groups) {
    super("Adadelta", false, DEFAULTS, groups);
    lr = new float[groups.length];
    rho = new float[groups.length];
    eps = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Adadelta over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Adadelta over(ParamGroup... groups) {
    return new Adadelta(groups);
  }

  /** Sets eps of all groups. */
  public Adadelta eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets the decay of the means of all groups. */
  public Adadelta rho(float rho) {
    return setAll(RHO, rho);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("v", "d");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    rho[group] = hyper.get(RHO);
    eps[group] = hyper.eps();
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.adaptive.f32.segments.Adadelta.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        begin,
        end,
        lr[group],
        rho[group],
        eps[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
