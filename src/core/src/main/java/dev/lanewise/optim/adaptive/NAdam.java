package dev.lanewise.optim.adaptive;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM_DECAY;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Adam with Nesterov's momentum (T. Dozat: Incorporating Nesterov Momentum into Adam, 2016,
 * algorithm 2), with {@code mu_t = beta1 (1 - 0.96^(t psi) / 2)} and {@code P_t} the product of
 * mu_1 to mu_t: {@code w -= lr (mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v /
 * bc2) + eps)}. Defaults: lr 2e-3, betas 0.9 and 0.999, eps 1e-8, momentumDecay psi 4e-3, no weight
 * decay.
 */
public final class NAdam extends GroupOptimizer<NAdam> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 2e-3f),
          Map.entry(BETA1, 0.9f),
          Map.entry(BETA2, 0.999f),
          Map.entry(EPS, 1e-8f),
          Map.entry(MOMENTUM_DECAY, 4e-3f),
          Map.entry(WEIGHT_DECAY, 0f));

  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] mStep;
  private final float[] gStep;
  private final float[] rootScale;

  private NAdam(ParamGroup... groups) {
    super("NAdam", false, DEFAULTS, groups);
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    mStep = new float[groups.length];
    gStep = new float[groups.length];
    rootScale = new float[groups.length];
  }

  /** One group of all parameters. */
  public static NAdam over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static NAdam over(ParamGroup... groups) {
    return new NAdam(groups);
  }

  /** Sets the decays of the moments of all groups. */
  public NAdam betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public NAdam eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets psi of all groups. */
  public NAdam momentumDecay(float momentumDecay) {
    return setAll(MOMENTUM_DECAY, momentumDecay);
  }

  @Override
  protected List<String> stateNames() {
    return List.of("m", "v");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    double fall = Coefficients.nadamDecay(hyper.get(MOMENTUM_DECAY));
    double mu = Coefficients.nadamMomentum(hyper.beta1(), fall, t);
    double nextMu = Coefficients.nadamMomentum(hyper.beta1(), fall, t + 1);
    double product = Coefficients.nadamProduct(hyper.beta1(), fall, t);
    mStep[group] = (float) (lr * nextMu / (1 - product * nextMu));
    gStep[group] = (float) (lr * (1 - mu) / (1 - product));
    rootScale[group] = (float) (1 / Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), t)));
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    dev.lanewise.kernel.step.adaptive.f32.segments.NAdam.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        begin,
        end,
        beta1[group],
        beta2[group],
        mStep[group],
        gStep[group],
        rootScale[group],
        eps[group],
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        zeroing());
  }
}
