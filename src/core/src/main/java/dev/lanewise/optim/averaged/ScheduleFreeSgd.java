package dev.lanewise.optim.averaged;

import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.arithmetic.segments.Lerp;
import dev.lanewise.kernel.step.momentum.f32.segments.ScheduleFree;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Schedule-free gradient descent (A. Defazio et al.: The Road Less Scheduled, 2024, algorithm 1):
 * {@code z -= lr g}, the average {@code x = (1 - c) x + c z}, and the gradient is taken at {@code y
 * = (1 - momentum) z + momentum x}, which is what the parameters hold. A step weighs in the average
 * by the square of the largest learning rate so far, as in the authors' code; so the schedule may
 * be a warm-up, and nothing after it. Defaults: lr 1, momentum 0.9, no weight decay.
 *
 * <p>Evaluate between {@link #toAverage} and {@link #toTraining}.
 */
public final class ScheduleFreeSgd extends GroupOptimizer<ScheduleFreeSgd> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(Map.entry(LR, 1f), Map.entry(MOMENTUM, 0.9f), Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] c;
  private final float[] yStep;
  private final StepWeights weights;

  private ScheduleFreeSgd(ParamGroup... groups) {
    super("ScheduleFreeSgd", false, DEFAULTS, groups);
    weights = new StepWeights(groups.length);
    lr = new float[groups.length];
    c = new float[groups.length];
    yStep = new float[groups.length];
  }

  /** One group of all parameters. */
  public static ScheduleFreeSgd over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static ScheduleFreeSgd over(ParamGroup... groups) {
    return new ScheduleFreeSgd(groups);
  }

  /** Sets the share of the average where gradients are taken, of all groups; above 0. */
  public ScheduleFreeSgd momentum(float momentum) {
    return setAll(MOMENTUM, momentum);
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
      float share = (float) (1 - 1.0 / groups().get(slot.group()).get(MOMENTUM));
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
      float share = 1 - groups().get(slot.group()).get(MOMENTUM);
      Lerp.forward(share, slot.params(), slot.state(0), slot.params(), 0, slot.n());
      slot.parameter().changed();
    }
  }

  @Override
  protected List<String> stateNames() {
    return List.of("z");
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
    yStep[group] = (float) (lr * (1 - hyper.get(MOMENTUM) * (1.0 - c[group])));
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    ScheduleFree.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        lr[group],
        c[group],
        yStep[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
