package dev.lanewise.optim.layerwise;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.kernel.step.adaptive.f32.segments.AdamDirection;
import dev.lanewise.kernel.step.momentum.f32.segments.Sgd;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.parallel.Workers;
import java.util.List;
import java.util.Map;

/**
 * LAMB (Y. You et al.: Large Batch Optimization for Deep Learning: Training BERT in 76 minutes,
 * 2020, algorithm 2): with Adam's direction {@code r = m / bc1 / (sqrt(v / bc2) + eps)}, {@code w
 * -= lr |w| / |r + wd w| (r + wd w)}, norms over the whole parameter; where one of them is 0 their
 * ratio is taken as 1. Defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-6, no weight decay, which is
 * always part of the direction.
 *
 * <p>Two passes and one for the norms. The direction lies where the gradient was: with {@link
 * #zeroGradInStep} off it is left there.
 */
public final class Lamb extends GroupOptimizer<Lamb> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-6f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] mScale;
  private final float[] rootScale;
  private final float[] weightDecay;
  private final float[] rates;
  private final Norms directionNorms = new Norms(Slot::grads);
  private final Norms parameterNorms = new Norms(Slot::params);
  private final Workers.Task walk = pass(this::walk);

  private Lamb(ParamGroup... groups) {
    super("Lamb", true, DEFAULTS, groups);
    lr = new float[groups.length];
    rates = new float[slots().size()];
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    mScale = new float[groups.length];
    rootScale = new float[groups.length];
    weightDecay = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Lamb over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Lamb over(ParamGroup... groups) {
    return new Lamb(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public Lamb betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public Lamb eps(float eps) {
    return setAll(EPS, eps);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("m", "v");
  }

  @Override
  protected void afterUpdate() {
    directionNorms.compute();
    parameterNorms.compute();
    // By number: an iterator can end up on the heap.
    for (int s = 0; s < slots().size(); s++) {
      Slot slot = slots().get(s);
      double w = parameterNorms.of(slot);
      double r = directionNorms.of(slot);
      float rate = lr[slot.group()];
      rates[slot.number()] = w > 0 && r > 0 ? (float) (rate * (w / r)) : rate;
    }
    run(walk);
  }

  private void walk(Slot slot, long begin, long end) {
    if (!frozen(slot)) {
      Sgd.step(
          slot.params(),
          slot.grads(),
          begin,
          end,
          rates[slot.number()],
          1,
          Float.POSITIVE_INFINITY,
          0,
          0,
          zeroing());
    }
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    weightDecay[group] = hyper.weightDecay();
    mScale[group] = (float) (1 / Coefficients.biasCorrection(hyper.beta1(), t));
    rootScale[group] = (float) (1 / Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), t)));
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    AdamDirection.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        begin,
        end,
        beta1[group],
        beta2[group],
        mScale[group],
        rootScale[group],
        eps[group],
        gradScale,
        clipValue(),
        0,
        weightDecay[group]);
  }
}
