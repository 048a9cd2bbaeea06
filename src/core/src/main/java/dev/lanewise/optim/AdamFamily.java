package dev.lanewise.optim;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.kernel.step.adaptive.f32.segments.AmsGrad;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What Adam and AdamW share: all but their name and their decay.
 *
 * @param <S> the method itself
 */
abstract sealed class AdamFamily<S extends AdamFamily<S>> extends GroupOptimizer<S>
    permits Adam, AdamW {
  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] stepSize;
  private final float[] rootScale;
  private BiasCorrection correction = BiasCorrection.CORRECTED;
  private boolean amsGrad;

  AdamFamily(String name, boolean decoupledDecay, float weightDecay, ParamGroup... groups) {
    super(
        name,
        decoupledDecay,
        Map.ofEntries(
            Map.entry(LR, 1e-3f),
            Map.entry(BETA1, 0.9f),
            Map.entry(BETA2, 0.999f),
            Map.entry(EPS, 1e-8f),
            Map.entry(WEIGHT_DECAY, weightDecay)),
        groups);
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    stepSize = new float[groups.length];
    rootScale = new float[groups.length];
  }

  /** Sets the decays of the moments of all groups. */
  public S betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public S eps(float eps) {
    return setAll(EPS, eps);
  }

  /** How the moments are corrected; {@link BiasCorrection#CORRECTED} by default. */
  public S biasCorrection(BiasCorrection correction) {
    this.correction = Objects.requireNonNull(correction, "correction");
    return self();
  }

  /**
   * Takes the largest second moment so far for the root (AMSGrad), a state {@code x} more; before
   * the first step.
   *
   * @throws IllegalStateException after it
   */
  public S amsGrad(boolean amsGrad) {
    requireNoState("AMSGrad");
    this.amsGrad = amsGrad;
    return self();
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
