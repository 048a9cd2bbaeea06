package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.RHO;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.adaptive.f32.segments.CentredRmsProp;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.Velocity;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * RMSProp (T. Tieleman, G. Hinton: Lecture 6.5, 2012): {@code v = rho v + (1 - rho) g^2}, {@code w
 * -= lr g / (sqrt(v) + eps)}; centred with {@code v - a^2} under the root, a the mean gradient (A.
 * Graves: Generating Sequences With Recurrent Neural Networks, 2013); with momentum {@code b = mu b
 * + g / (sqrt(v) + eps)}, {@code w -= lr b}. Defaults: lr 1e-2, rho 0.99, eps 1e-8, momentum 0, no
 * weight decay.
 */
public final class RmsProp extends GroupOptimizer<RmsProp> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-2f),
          Map.entry(RHO, 0.99f),
          Map.entry(EPS, 1e-8f),
          Map.entry(MOMENTUM, 0f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] rho;
  private final float[] eps;
  private final float[] mu;
  private final float[] intake;
  private final float[] bStep;
  private Velocity form = Velocity.LR_OUTSIDE;
  private boolean epsInRoot;
  private boolean centred;
  private boolean withMomentum;

  private RmsProp(ParamGroup... groups) {
    super("RmsProp", false, DEFAULTS, groups);
    lr = new float[groups.length];
    rho = new float[groups.length];
    eps = new float[groups.length];
    mu = new float[groups.length];
    intake = new float[groups.length];
    bStep = new float[groups.length];
  }

  /** One group of all parameters. */
  public static RmsProp over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static RmsProp over(ParamGroup... groups) {
    return new RmsProp(groups);
  }

  /** Sets eps of all groups. */
  public RmsProp eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets the decay of the means of all groups. */
  public RmsProp rho(float rho) {
    return setAll(RHO, rho);
  }

  /** Whether eps stands under the root, {@code sqrt(v + eps)}, instead of beside it. */
  public RmsProp epsInRoot(boolean epsInRoot) {
    this.epsInRoot = epsInRoot;
    return this;
  }

  /**
   * Sets the decay of the velocity of all groups, a state {@code b}; the first time before the
   * first step.
   *
   * @throws IllegalStateException if it comes after it
   */
  public RmsProp momentum(float momentum) {
    if (!withMomentum) {
      requireNoState("momentum");
    }
    setAll(MOMENTUM, momentum);
    withMomentum = true;
    return this;
  }

  /** Where the learning rate stands if there is momentum. */
  public RmsProp form(Velocity form) {
    this.form = Objects.requireNonNull(form, "form");
    return this;
  }

  /**
   * Divides by the deviation of the gradient from its mean, a state {@code a}; before the first
   * step.
   *
   * @throws IllegalStateException after it
   */
  public RmsProp centred(boolean centred) {
    requireNoState("centred");
    this.centred = centred;
    return this;
  }

  @Override
  protected List<String> stateNames() {
    return centred
        ? withMomentum ? List.of("v", "a", "b") : List.of("v", "a")
        : withMomentum ? List.of("v", "b") : List.of("v");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    rho[group] = hyper.get(RHO);
    eps[group] = hyper.eps();
    mu[group] = hyper.get(MOMENTUM);
    intake[group] = (float) form.intake(lr, 0, t == 1);
    bStep[group] = (float) form.bStep(lr, mu[group], false);
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    float epsRoot = epsInRoot ? eps[group] : 0;
    float epsBeside = epsInRoot ? 0 : eps[group];
    if (centred && withMomentum) {
      CentredRmsProp.stepWithMomentum(
          slot.params(),
          slot.grads(),
          slot.state(0),
          slot.state(1),
          slot.state(2),
          begin,
          end,
          rho[group],
          epsRoot,
          epsBeside,
          mu[group],
          intake[group],
          bStep[group],
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    } else if (centred) {
      CentredRmsProp.step(
          slot.params(),
          slot.grads(),
          slot.state(0),
          slot.state(1),
          begin,
          end,
          lr[group],
          rho[group],
          epsRoot,
          epsBeside,
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    } else if (withMomentum) {
      dev.lanewise.kernel.step.adaptive.f32.segments.RmsProp.stepWithMomentum(
          slot.params(),
          slot.grads(),
          slot.state(0),
          slot.state(1),
          begin,
          end,
          rho[group],
          epsRoot,
          epsBeside,
          mu[group],
          intake[group],
          bStep[group],
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    } else {
      dev.lanewise.kernel.step.adaptive.f32.segments.RmsProp.step(
          slot.params(),
          slot.grads(),
          slot.state(0),
          begin,
          end,
          lr[group],
          rho[group],
          epsRoot,
          epsBeside,
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    }
  }
}
