package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Adam with the largest gradient in the place of the second moment (D. P. Kingma, J. Ba: Adam: A
 * Method for Stochastic Optimization, 2015, algorithm 2): {@code x = max(beta2 x, |g|)}, {@code w
 * -= lr / bc1 m / (x + eps)}. Defaults: lr 2e-3, betas 0.9 and 0.999, eps 1e-8, no weight decay.
 */
public final class Adamax extends GroupOptimizer<Adamax> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 2e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] stepSize;

  private Adamax(ParamGroup... groups) {
    super("Adamax", false, DEFAULTS, groups);
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    stepSize = new float[groups.length];
  }

  /** One group of all parameters. */
  public static Adamax over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Adamax over(ParamGroup... groups) {
    return new Adamax(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public Adamax betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public Adamax eps(float eps) {
    return setAll(EPS, eps);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("m", "x");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    stepSize[group] = (float) (lr / Coefficients.biasCorrection(hyper.beta1(), t));
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.adaptive.f32.segments.Adamax.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        begin,
        end,
        beta1[group],
        beta2[group],
        stepSize[group],
        eps[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
