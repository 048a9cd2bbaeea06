package dev.lanewise.optim.matrix;

import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Level1;
import dev.lanewise.kernel.arithmetic.segments.Axpby;
import dev.lanewise.kernel.step.momentum.f32.segments.Momentum;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Muon (K. Jordan et al.: Muon: An Optimizer for Hidden Layers in Neural Networks, 2024), for the
 * matrices of hidden layers; embeddings, output layers, biases and gains go to AdamW: {@code b = mu
 * b + (1 - mu) g}, with Nesterov's {@code u = mu b + (1 - mu) g}, and {@code w = w - lr wd w - lr s
 * U}, U the orthogonal factor of u by five Newton-Schulz steps. {@code s = sqrt(max(1, rows /
 * cols))}, or {@code 0.2 sqrt(max(rows, cols))} with {@link #matchAdam}. Defaults: lr 0.02,
 * momentum 0.95, Nesterov, no weight decay, which is decoupled.
 *
 * <p>Clipping by value and by row counts for the velocity alone, not for Nesterov's addition;
 * clipping by the global norm for both. One pass over all matrices for the velocities, then 15
 * products for each. A matrix as large as the largest one and two of its smaller side are taken
 * from the slab of the first parameter.
 */
public final class Muon extends GroupOptimizer<Muon> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(Map.entry(LR, 0.02f), Map.entry(MOMENTUM, 0.95f), Map.entry(WEIGHT_DECAY, 0f));

  private final float[] lr;
  private final float[] mu;
  private boolean nesterov = true;
  private boolean matchAdam;
  private @Nullable NewtonSchulz newtonSchulz;
  private @Nullable MemorySegment direction;

  private Muon(ParamGroup... groups) {
    super("Muon", true, DEFAULTS, groups);
    lr = new float[groups.length];
    mu = new float[groups.length];
    for (Slot slot : slots()) {
      Matrices.require("Muon", slot.parameter());
    }
  }

  /** One group of all parameters. */
  public static Muon over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Muon over(ParamGroup... groups) {
    return new Muon(groups);
  }

  /** Sets the decay of the velocity of all groups. */
  public Muon momentum(float momentum) {
    return setAll(MOMENTUM, momentum);
  }

  /** Whether the direction is Nesterov's; yes by default. */
  public Muon nesterov(boolean nesterov) {
    this.nesterov = nesterov;
    return this;
  }

  /**
   * Whether the step has the usual size of one of AdamW, {@code s = 0.2 sqrt(max(rows, cols))}, so
   * that its learning rate can be taken over (J. Liu et al.: Muon is Scalable for LLM Training,
   * 2025, section 2.2).
   */
  public Muon matchAdam(boolean matchAdam) {
    this.matchAdam = matchAdam;
    return this;
  }

  @Override
  protected List<String> stateNames() {
    return List.of("b");
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    mu[group] = hyper.get(MOMENTUM);
  }

  /** The velocity and the decay; the gradient is needed once more. */
  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    float intake = 1 - mu[group];
    Momentum.step(
        slot.params(),
        slot.grads(),
        slot.state(0),
        begin,
        end,
        mu[group],
        intake,
        0,
        0,
        gradScale,
        clipValue(),
        l2(group),
        decay(group),
        false);
  }

  @Override
  protected void afterUpdate() {
    if (newtonSchulz == null || direction == null) {
      long elements = 0;
      long side = 0;
      for (Slot slot : slots()) {
        TensorLayout layout = slot.parameter().layout();
        elements = Math.max(elements, slot.n());
        side = Math.max(side, Math.min(layout.dim(0), layout.dim(1)));
      }
      Slab slab = slots().getFirst().parameter().slab();
      newtonSchulz = new NewtonSchulz(slab, elements, side);
      direction = slab.allocateFloats(elements);
    }
    // By number: an iterator can end up on the heap.
    for (int s = 0; s < slots().size(); s++) {
      Slot slot = slots().get(s);
      if (slot.n() > 0 && !frozen(slot)) {
        walk(slot, newtonSchulz, direction);
      }
    }
  }

  private void walk(Slot slot, NewtonSchulz roots, MemorySegment u) {
    int rows = Matrices.rows(slot.parameter());
    int cols = Matrices.cols(slot.parameter());
    float momentum = mu[slot.group()];
    MemorySegment.copy(slot.state(0), 0, u, 0, slot.n() * Float.BYTES);
    if (nesterov) {
      Axpby.accumulate((1 - momentum) * gradScale(), slot.grads(), momentum, u, 0, slot.n());
    }
    if (zeroing()) {
      Fill.fill(0, slot.grads(), 0, slot.n());
    }
    roots.orthogonalize(u, rows, cols, workers());
    double scale =
        matchAdam
            ? 0.2 * Math.sqrt(Math.max(rows, cols))
            : Math.sqrt(Math.max(1, (double) rows / cols));
    Level1.saxpy(slot.n(), (float) (-lr[slot.group()] * scale), u, slot.params());
  }
}
