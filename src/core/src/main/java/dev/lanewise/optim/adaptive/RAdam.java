package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.kernel.step.adaptive.f32.segments.Adam;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Rectified Adam (L. Liu et al.: On the Variance of the Adaptive Learning Rate and Beyond, 2020,
 * algorithm 2): with {@code rho_max = 2 / (1 - beta2) - 1} and {@code rho_t = rho_max - 2 t beta2^t
 * / bc2}, {@code w -= lr r m / bc1 sqrt(bc2) / (sqrt(v) + eps)}, {@code r = sqrt((rho_t - 4) (rho_t
 * - 2) rho_max / ((rho_max - 4) (rho_max - 2) rho_t))}, where rho_t is above 5, else {@code w -= lr
 * m / bc1}. Defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, no weight decay.
 */
public final class RAdam extends GroupOptimizer<RAdam> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 1e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] stepSize;
  private final float[] rootScale;

  private RAdam(ParamGroup... groups) {
    super("RAdam", false, DEFAULTS, groups);
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    stepSize = new float[groups.length];
    rootScale = new float[groups.length];
  }

  /** One group of all parameters. */
  public static RAdam over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static RAdam over(ParamGroup... groups) {
    return new RAdam(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public RAdam betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public RAdam eps(float eps) {
    return setAll(EPS, eps);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("m", "v");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    double stepSize = lr / Coefficients.biasCorrection(hyper.beta1(), t);
    double rectification = Coefficients.rectification(hyper.beta2(), t);
    boolean rectified = !Double.isNaN(rectification);
    double correction2 = Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), t));
    this.stepSize[group] = (float) (rectified ? stepSize * rectification * correction2 : stepSize);
    // Without rectification m is divided by 0 sqrt(v) + 1.
    rootScale[group] = rectified ? 1 : 0;
    eps[group] = rectified ? hyper.eps() : 1;
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    Adam.step(
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
