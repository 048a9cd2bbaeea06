package dev.lanewise.optim.averaged;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.arithmetic.segments.Lerp;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Schedule-free AdamW (A. Defazio et al.: The Road Less Scheduled, 2024, algorithm 1 in the
 * authors' form): with {@code d = g / (sqrt(v / bc2) + eps) + wd y}, {@code z -= lr d}, the average
 * {@code x = (1 - c) x + c z}, and the gradient is taken at {@code y = (1 - beta1) z + beta1 x},
 * which is what the parameters hold. A step weighs in the average by the square of the largest
 * learning rate so far, as in the authors' code; so the schedule may be a warm-up, and nothing
 * after it. Defaults: lr 2.5e-3, betas 0.9 and 0.999, eps 1e-8, no weight decay, which is taken at
 * y.
 *
 * <p>Evaluate between {@link #toAverage} and {@link #toTraining}.
 */
public final class ScheduleFreeAdamW extends GroupOptimizer<ScheduleFreeAdamW> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 2.5e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] c;
  private final float[] yStep;
  private final float[] beta2;
  private final float[] rootScale;
  private final float[] eps;
  private final float[] weightDecay;
  private final StepWeights weights;

  private ScheduleFreeAdamW(ParamGroup... groups) {
    super("ScheduleFreeAdamW", false, DEFAULTS, groups);
    weights = new StepWeights(groups.length);
    lr = new float[groups.length];
    c = new float[groups.length];
    yStep = new float[groups.length];
    beta2 = new float[groups.length];
    rootScale = new float[groups.length];
    eps = new float[groups.length];
    weightDecay = new float[groups.length];
  }

  /** One group of all parameters. */
  public static ScheduleFreeAdamW over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static ScheduleFreeAdamW over(ParamGroup... groups) {
    return new ScheduleFreeAdamW(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public ScheduleFreeAdamW betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public ScheduleFreeAdamW eps(float eps) {
    return setAll(EPS, eps);
  }

  /**
   * Puts the average x in the place of the parameters, to evaluate or save it; {@link #toTraining}
   * goes back, but for a rounding.
   *
   * @throws IllegalStateException if it is there already, or before the first step
   */
  public void toAverage() {
    weights.toAverage();
    for (Slot slot : slots()) {
      float share = (float) (1 - 1.0 / groups().get(slot.group()).get(BETA1));
      Lerp.forward(share, slot.params(), slot.state(0), slot.params(), 0, slot.n());
      slot.parameter().changed();
    }
  }

  /**
   * Puts y, where gradients are taken, in the place of the average.
   *
   * @throws IllegalStateException if it is there already
   */
  public void toTraining() {
    weights.toTraining();
    for (Slot slot : slots()) {
      float share = 1 - groups().get(slot.group()).get(BETA1);
      Lerp.forward(share, slot.params(), slot.state(0), slot.params(), 0, slot.n());
      slot.parameter().changed();
    }
  }

  @Override
  protected List<String> stateNames() {
    return List.of("z", "v");
  }

  @Override
  protected void startState(Slot slot) {
    slot.state(0).copyFrom(slot.params());
  }

  @Override
  protected void putMoreState(SequencedMap<String, Safetensors.Entry> entries) {
    weights.putState(entries);
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    c[group] = weights.next(group, lr);
    yStep[group] = (float) (lr * (1 - hyper.beta1() * (1.0 - c[group])));
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    weightDecay[group] = hyper.weightDecay();
    rootScale[group] = (float) (1 / Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), t)));
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.adaptive.f32.segments.ScheduleFreeAdamW.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        begin,
        end,
        lr[group],
        c[group],
        yStep[group],
        beta2[group],
        rootScale[group],
        eps[group],
        gradScale,
        clipValue(),
        0,
        weightDecay[group],
        zeroing());
  }
}
