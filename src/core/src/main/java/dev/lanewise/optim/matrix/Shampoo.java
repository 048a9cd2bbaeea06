package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.MOMENTUM;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Level1;
import dev.lanewise.kernel.arithmetic.segments.Axpby;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.kernel.step.gradient.InPlace;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.HyperParameter;
import dev.lanewise.optim.ParamGroup;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Shampoo (V. Gupta, T. Koren, Y. Singer: Shampoo: Preconditioned Stochastic Tensor Optimization,
 * 2018, algorithm 1), for matrices; embeddings, biases and gains go to AdamW:
 *
 * <pre>
 * L = L + G G',  R = R + G' G
 * D = L^(-1/4) G R^(-1/4)
 * b = mu b + D
 * w = w - lr wd w - lr b
 * </pre>
 *
 * <p>Options: {@link #averaged} takes moving averages, {@code L = beta2 L + (1 - beta2) G G'},
 * corrected for their start; {@link #interval} computes the roots at every k-th step alone; {@link
 * #grafting} gives D the length of another step. Instead of starting at {@code eps I}, a ridge of
 * {@code eps} times the largest row sum is added under the roots, as R. Anil et al.: Scalable
 * Second Order Optimization for Deep Learning, 2020, have it: it does not depend on the size of the
 * gradient. Defaults: lr 0.1, momentum 0, beta2 0.99, eps 1e-6, no weight decay, which is
 * decoupled.
 *
 * <p>Four products of a matrix with its sides for each step; for each pair of roots some 25 turns
 * of four products of a side each, in double precision. State of two matrices for each side and one
 * of the parameter's shape. Two matrices as large as the largest one are taken from the slab of the
 * first parameter, four of doubles for the longest side from the heap. Where the gradient is cut
 * off, scaled by row or has decay added to it, that is left in it with {@link #zeroGradInStep} off.
 */
public final class Shampoo extends GroupOptimizer<Shampoo> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 0.1f),
          Map.entry(MOMENTUM, 0f),
          Map.entry(BETA2, 0.99f),
          Map.entry(EPS, 1e-6f),
          Map.entry(WEIGHT_DECAY, 0f));

  private static final int LEFT = 0;
  private static final int RIGHT = 1;
  private static final int LEFT_ROOT = 2;
  private static final int RIGHT_ROOT = 3;
  private static final int VELOCITY = 4;

  private final float[] lr;
  private final float[] mu;
  private final float[] beta2;
  private final float[] eps;
  private final double[] correction;
  private boolean averaged;
  private int interval = 1;
  private Grafting grafting = Grafting.NONE;
  private boolean rootsAreDue;
  private @Nullable InverseRoot inverseRoot;
  private @Nullable MemorySegment half;
  private @Nullable MemorySegment direction;

  private Shampoo(ParamGroup... groups) {
    super("Shampoo", true, DEFAULTS, groups);
    lr = new float[groups.length];
    mu = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    correction = new double[groups.length];
    for (Slot slot : slots()) {
      Matrices.require("Shampoo", slot.parameter());
    }
  }

  /** One group of all parameters. */
  public static Shampoo over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Shampoo over(ParamGroup... groups) {
    return new Shampoo(groups);
  }

  /** Sets the decay of the velocity of all groups. */
  public Shampoo momentum(float momentum) {
    return setAll(MOMENTUM, momentum);
  }

  /** Sets the ridge of all groups, in units of the largest row sum. */
  public Shampoo eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Sets the decay of the averages of all groups; see {@link #averaged}. */
  public Shampoo beta2(float beta2) {
    return setAll(BETA2, beta2);
  }

  /** Whether L and R are moving averages instead of sums; sums by default. */
  public Shampoo averaged(boolean averaged) {
    this.averaged = averaged;
    return this;
  }

  /**
   * Computes the roots at the first step and every {@code steps} from then on; 1 by default. With
   * averages, roots of a time when gradients were small make too long a step of a large one: take
   * {@link #grafting} then.
   */
  public Shampoo interval(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("interval = " + steps + ": want at least 1 step");
    }
    interval = steps;
    return this;
  }

  /** Whose length the step has; its own by default. */
  public Shampoo grafting(Grafting grafting) {
    this.grafting = Objects.requireNonNull(grafting, "grafting");
    return this;
  }

  /** L, R, their roots, and the velocity. */
  @Override
  protected List<String> stateNames() {
    return List.of("l", "r", "lRoot", "rRoot", "b");
  }

  @Override
  protected TensorLayout stateLayout(int which, Slot slot) {
    TensorLayout layout = slot.parameter().layout();
    if (which == VELOCITY) {
      return layout;
    }
    long side = layout.dim(which == LEFT || which == LEFT_ROOT ? 0 : 1);
    return slot.n() == 0 ? TensorLayout.of(0, 0) : TensorLayout.of(side, side);
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    mu[group] = hyper.get(MOMENTUM);
    beta2[group] = averaged ? hyper.beta2() : 1;
    eps[group] = hyper.eps();
    rootsAreDue = (t - 1) % interval == 0;
    // Both roots were taken of averages that lack the same factor: its fourth root, twice.
    long taken = t - (t - 1) % interval;
    correction[group] = averaged ? Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), taken)) : 1;
  }

  @Override
  protected void update(Slot slot, long begin, long end, float gradScale) {
    int group = slot.group();
    if (!plainGradient(group)) {
      InPlace.condition(slot.params(), slot.grads(), begin, end, gradScale, clipValue(), l2(group));
    }
  }

  @Override
  protected void afterUpdate() {
    if (inverseRoot == null || half == null || direction == null) {
      List<Parameter> matrices = slots().stream().map(Slot::parameter).toList();
      long elements = Matrices.mostElements(matrices);
      Slab slab = matrices.getFirst().slab();
      inverseRoot = new InverseRoot(Matrices.longestSide(matrices));
      half = slab.allocateFloats(elements);
      direction = slab.allocateFloats(elements);
    }
    // By number: an iterator can end up on the heap.
    for (int s = 0; s < slots().size(); s++) {
      Slot slot = slots().get(s);
      if (slot.n() > 0 && !frozen(slot)) {
        precondition(slot, inverseRoot);
        walk(slot, half, direction);
      }
    }
  }

  /** Takes the gradient into L and R, and their roots where they are due. */
  private void precondition(Slot slot, InverseRoot roots) {
    int group = slot.group();
    int rows = Matrices.rows(slot.parameter());
    int cols = Matrices.cols(slot.parameter());
    float scale = plainGradient(group) ? gradScale() : 1;
    float intake = averaged ? (1 - beta2[group]) * scale * scale : scale * scale;
    MemorySegment g = slot.grads();
    Gram.ofRows(intake, g, rows, cols, beta2[group], slot.state(LEFT), workers());
    Gram.ofColumns(intake, g, rows, cols, beta2[group], slot.state(RIGHT), workers());
    if (rootsAreDue) {
      roots.compute(slot.state(LEFT), rows, 4, eps[group], slot.state(LEFT_ROOT), workers());
      roots.compute(slot.state(RIGHT), cols, 4, eps[group], slot.state(RIGHT_ROOT), workers());
    }
  }

  private void walk(Slot slot, MemorySegment lg, MemorySegment d) {
    int group = slot.group();
    int rows = Matrices.rows(slot.parameter());
    int cols = Matrices.cols(slot.parameter());
    float scale = plainGradient(group) ? gradScale() : 1;
    Gemm.sgemm(
        NO_TRANS,
        NO_TRANS,
        rows,
        cols,
        rows,
        scale,
        slot.state(LEFT_ROOT),
        0,
        rows,
        slot.grads(),
        0,
        cols,
        0,
        lg,
        0,
        cols,
        workers());
    Gemm.sgemm(
        NO_TRANS,
        NO_TRANS,
        rows,
        cols,
        cols,
        1,
        lg,
        0,
        cols,
        slot.state(RIGHT_ROOT),
        0,
        cols,
        0,
        d,
        0,
        cols,
        workers());
    double length = correction[group];
    if (grafting == Grafting.SGD) {
      double own = Level1.snrm2(slot.n(), d);
      length = own == 0 ? 0 : Math.abs(scale) * Level1.snrm2(slot.n(), slot.grads()) / own;
    }
    if (zeroing()) {
      Fill.fill(0, slot.grads(), 0, slot.n());
    }
    MemorySegment b = slot.state(VELOCITY);
    Axpby.accumulate((float) length, d, mu[group], b, 0, slot.n());
    if (decay(group) != 0) {
      Level1.sscal(slot.n(), 1 - decay(group), slot.params());
    }
    Level1.saxpy(slot.n(), -lr[group], b, slot.params());
  }
}
