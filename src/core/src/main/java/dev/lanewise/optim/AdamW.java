package dev.lanewise.optim;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.adaptive.f32.segments.AmsGrad;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Adam with decoupled weight decay (I. Loshchilov, F. Hutter: Decoupled Weight Decay
 * Regularization, 2019): {@code w *= 1 - lr wd}, then {@code w -= lr (m / bc1) / (sqrt(v / bc2) +
 * eps)}. Defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, weightDecay 0.01.
 *
 * <pre>{@code
 * AdamW optimizer = AdamW.over(parameters).lr(1e-3f).weightDecay(0.01f).clipGlobalNorm(1f);
 * ...
 * loss.backward();
 * optimizer.step();
 * }</pre>
 */
public final class AdamW extends GroupOptimizer<AdamW> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0.01f));

  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] stepSize;
  private final float[] rootScale;
  private BiasCorrection correction = BiasCorrection.CORRECTED;
  private boolean amsGrad;

  private AdamW(ParamGroup... groups) {
    super("AdamW", true, DEFAULTS, groups);
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    stepSize = new float[groups.length];
    rootScale = new float[groups.length];
  }

  /** One group of all parameters. */
  public static AdamW over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static AdamW over(ParamGroup... groups) {
    return new AdamW(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public AdamW betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public AdamW eps(float eps) {
    return setAll(EPS, eps);
  }

  /** How the moments are corrected; {@link BiasCorrection#CORRECTED} by default. */
  public AdamW biasCorrection(BiasCorrection correction) {
    this.correction = Objects.requireNonNull(correction, "correction");
    return this;
  }

  /**
   * Takes the largest second moment so far for the root (AMSGrad), a state {@code x} more; before
   * the first step.
   *
   * @throws IllegalStateException after it
   */
  public AdamW amsGrad(boolean amsGrad) {
    requireNoState("AMSGrad");
    this.amsGrad = amsGrad;
    return this;
  }

  @Override
  protected List<String> stateNames() {
    return amsGrad ? List.of("m", "v", "x") : List.of("m", "v");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    stepSize[group] = (float) correction.stepSize(lr, hyper.beta1(), hyper.beta2(), t);
    rootScale[group] = (float) correction.rootScale(hyper.beta2(), t);
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    if (amsGrad) {
      AmsGrad.step(
          slot.params(),
          slot.grads(),
          slot.state(0),
          slot.state(1),
          slot.state(2),
          begin,
          end,
          beta1[group],
          beta2[group],
          stepSize[group],
          rootScale[group],
          eps[group],
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    } else {
      dev.lanewise.kernel.step.adaptive.f32.segments.Adam.step(
          slot.params(),
          slot.grads(),
          slot.state(0),
          slot.state(1),
          begin,
          end,
          beta1[group],
          beta2[group],
          stepSize[group],
          rootScale[group],
          eps[group],
          gradScale,
          clipValue(),
          l2(group),
          decay(group),
          zeroing());
    }
  }
}
