package dev.lanewise.optim;

import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.kernel.step.adaptive.f32.segments.AmsGrad;
import dev.lanewise.kernel.step.compressed.Bf16Adam;
import dev.lanewise.kernel.step.compressed.Block8Adam;
import dev.lanewise.kernel.step.gradient.InPlace;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.state.StateType;
import dev.lanewise.parallel.Workers;
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
  private StateType stateType = StateType.FLOAT32;
  private final ThreadLocal<float[]> room =
      ThreadLocal.withInitial(() -> new float[Block8Adam.ROOM]);
  private final Workers.Task conditionedPass = pass(this::stepConditioned);
  private long seed;
  private long t;

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
   * the first step, and with a state of {@link StateType#FLOAT32}.
   *
   * @throws IllegalStateException after it, or with another state
   */
  public S amsGrad(boolean amsGrad) {
    requireNoState("AMSGrad");
    requireFits(amsGrad, stateType);
    this.amsGrad = amsGrad;
    return self();
  }

  /**
   * The numbers in which the moments are kept, {@link StateType#FLOAT32} by default; before the
   * first step. The entries of {@link #state} are floats whatever they hold: saved and loaded they
   * have the same bits. With {@link StateType#BLOCK8} there are {@code mScale} and {@code vScale}
   * besides, and where the gradient is cut off, scaled by row or has decay added to it, one pass
   * more, which leaves that in the gradient with {@link #zeroGradInStep} off.
   *
   * @throws IllegalStateException after it, or with AMSGrad
   */
  public S stateType(StateType type) {
    requireNoState("the type of the state");
    requireFits(amsGrad, Objects.requireNonNull(type, "type"));
    stateType = type;
    return self();
  }

  /** Seed of the rounding of a state that is rounded at random, 0 by default. */
  public S roundingSeed(long seed) {
    this.seed = seed;
    return self();
  }

  private static void requireFits(boolean amsGrad, StateType type) {
    if (amsGrad && type != StateType.FLOAT32) {
      throw new IllegalStateException(
          "AMSGrad keeps its state in FLOAT32, not in " + type + ": choose one of both");
    }
  }

  @Override
  protected List<String> stateNames() {
    if (stateType == StateType.BLOCK8) {
      return List.of("m", "v", "mScale", "vScale");
    }
    return amsGrad ? List.of("m", "v", "x") : List.of("m", "v");
  }

  @Override
  protected TensorLayout stateLayout(int which, Slot slot) {
    TensorLayout layout = slot.parameter().layout();
    return stateType == StateType.BLOCK8 && which >= 2
        ? stateType.scales(layout)
        : stateType.layout(layout);
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.t = t;
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    stepSize[group] = (float) correction.stepSize(lr, hyper.beta1(), hyper.beta2(), t);
    rootScale[group] = (float) correction.rootScale(hyper.beta2(), t);
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    switch (stateType) {
      case FLOAT32 -> {
        if (amsGrad) {
          amsGradStep(slot, begin, end, gradScale);
        } else {
          step(slot, begin, end, gradScale);
        }
      }
      case BFLOAT16 -> bfloat16Step(slot, begin, end, gradScale);
      case BLOCK8 -> {
        // Rows that are scaled one by one end inside blocks: those are stepped over afterwards.
        if (plainGradient(slot.group())) {
          block8Step(slot, begin, end, gradScale);
        } else {
          InPlace.condition(
              slot.params(), slot.grads(), begin, end, gradScale, clipValue(), l2(slot.group()));
        }
      }
    }
  }

  @Override
  protected void afterUpdate() {
    if (stateType == StateType.BLOCK8) {
      run(conditionedPass);
    }
  }

  private void stepConditioned(Slot slot, long begin, long end) {
    if (!frozen(slot) && !plainGradient(slot.group())) {
      block8Step(slot, begin, end, 1);
    }
  }

  private void step(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
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

  private void amsGradStep(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
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
  }

  private void bfloat16Step(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    Bf16Adam.step(
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
        zeroing(),
        seed,
        t);
  }

  /** What is cut off and added to the gradient has been, or is nothing. */
  private void block8Step(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    Block8Adam.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        slot.state(1),
        slot.state(2),
        slot.state(3),
        begin,
        end,
        beta1[group],
        beta2[group],
        stepSize[group],
        rootScale[group],
        eps[group],
        gradScale,
        decay(group),
        zeroing(),
        room.get());
  }
}
