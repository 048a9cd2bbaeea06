package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.LR_DECAY;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Adagrad (J. Duchi, E. Hazan, Y. Singer: Adaptive Subgradient Methods for Online Learning and
 * Stochastic Optimization, 2011): {@code s += g^2}, {@code w -= lr / (1 + (t - 1) lrDecay) g /
 * (sqrt(s) + eps)}. Defaults: lr 1e-2, lrDecay 0, eps 1e-10, no weight decay, s from 0 on.
 */
public final class Adagrad extends GroupOptimizer<Adagrad> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-2f),
          Map.entry(LR_DECAY, 0f),
          Map.entry(EPS, 1e-10f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] eps;
  private boolean epsInRoot;
  private float initialSum;

  private Adagrad(ParamGroup... groups) {
    super("Adagrad", false, DEFAULTS, groups);
    lr = new float[groups.length];
    eps = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Adagrad over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Adagrad over(ParamGroup... groups) {
    return new Adagrad(groups);
  }

  /** Sets eps of all groups. */
  public Adagrad eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets how the learning rate of all groups falls. */
  public Adagrad lrDecay(float lrDecay) {
    return setAll(LR_DECAY, lrDecay);
  }

  /** Whether eps stands under the root, {@code sqrt(s + eps)}, instead of beside it. */
  public Adagrad epsInRoot(boolean epsInRoot) {
    this.epsInRoot = epsInRoot;
    return this;
  }

  /**
   * The value that the sum of squares begins with, 0 or more; before the first step.
   *
   * @throws IllegalStateException after it
   */
  public Adagrad initialSum(float initialSum) {
    if (!(initialSum >= 0 && initialSum < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "initialSum = " + initialSum + ": want a finite number of at least 0");
    }
    requireNoState("initialSum");
    this.initialSum = initialSum;
    return this;
  }

  @Override
  protected List<String> stateNames() {
    return List.of("s");
  }

  @Override
  protected void startState(Slot slot) {
    Fill.fill(initialSum, slot.state(0), 0, slot.n());
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = (float) (lr / (1 + (t - 1) * (double) hyper.get(LR_DECAY)));
    eps[group] = hyper.eps();
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.adaptive.f32.segments.Adagrad.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        lr[group],
        epsInRoot ? eps[group] : 0,
        epsInRoot ? 0 : eps[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
