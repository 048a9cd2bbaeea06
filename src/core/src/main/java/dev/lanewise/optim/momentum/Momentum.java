package dev.lanewise.optim.momentum;

import static dev.lanewise.optim.HyperParameter.DAMPENING;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.Velocity;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Gradient descent with a velocity b, the heavy ball or Nesterov's (B. T. Polyak: Some Methods of
 * Speeding up the Convergence of Iteration Methods, 1964; I. Sutskever, J. Martens, G. Dahl, G.
 * Hinton: On the Importance of Initialization and Momentum in Deep Learning, 2013). {@link
 * Velocity} has the formulas. Defaults: lr 1e-3, momentum 0.9, dampening 0, no weight decay,
 * PyTorch's form.
 */
public final class Momentum extends GroupOptimizer<Momentum> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-3f),
          Map.entry(MOMENTUM, 0.9f),
          Map.entry(DAMPENING, 0f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] mu;
  private final float[] intake;
  private final float[] bStep;
  private final float[] gStep;
  private Velocity form = Velocity.LR_OUTSIDE;
  private boolean nesterov;

  private Momentum(ParamGroup... groups) {
    super("Momentum", false, DEFAULTS, groups);
    mu = new float[groups.length];
    intake = new float[groups.length];
    bStep = new float[groups.length];
    gStep = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Momentum over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Momentum over(ParamGroup... groups) {
    return new Momentum(groups);
  }

  /** Sets the decay of the velocity of all groups. */
  public Momentum momentum(float momentum) {
    return setAll(MOMENTUM, momentum);
  }

  /** Sets the part of the gradient that does not enter the velocity, of all groups. */
  public Momentum dampening(float dampening) {
    return setAll(DAMPENING, dampening);
  }

  /** Whether the gradient is that of the place to which the velocity leads. */
  public Momentum nesterov(boolean nesterov) {
    this.nesterov = nesterov;
    return this;
  }

  /** Where the learning rate stands. */
  public Momentum form(Velocity form) {
    this.form = Objects.requireNonNull(form, "form");
    return this;
  }

  @Override
  protected List<String> stateNames() {
    return List.of("b");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    float momentum = hyper.get(MOMENTUM);
    mu[group] = momentum;
    intake[group] = (float) form.intake(lr, hyper.get(DAMPENING), t == 1);
    bStep[group] = (float) form.bStep(lr, momentum, nesterov);
    gStep[group] = (float) form.gStep(lr, nesterov);
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.momentum.f32.segments.Momentum.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        mu[group],
        intake[group],
        bStep[group],
        gStep[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
