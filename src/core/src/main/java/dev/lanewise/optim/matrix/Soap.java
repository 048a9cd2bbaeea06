package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static dev.lanewise.optim.HyperParameter.BETA1;
import static dev.lanewise.optim.HyperParameter.BETA2;
import static dev.lanewise.optim.HyperParameter.EPS;
import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Level1;
import dev.lanewise.blas.Transpose;
import dev.lanewise.kernel.arithmetic.segments.Axpby;
import dev.lanewise.kernel.step.Coefficients;
import dev.lanewise.kernel.step.adaptive.f32.segments.AdamDirection;
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
import org.jspecify.annotations.Nullable;

/**
 * SOAP (N. Vyas, D. Morwani, R. Zhao, I. Shapira, D. Brandfonbrener, L. Janson, S. Kakade: SOAP:
 * Improving and Stabilizing Shampoo using Adam, 2024, algorithm 3), Adam in the eigenbasis of
 * Shampoo, for matrices; embeddings, biases and gains go to AdamW:
 *
 * <pre>
 * L = beta2 L + (1 - beta2) G G',  R = beta2 R + (1 - beta2) G' G
 * m = beta1 m + (1 - beta1) G
 * G* = QL' G QR,  m* = QL' m QR
 * v = beta2 v + (1 - beta2) G*^2
 * N = QL (m* / bc1 / (sqrt(v / bc2) + eps)) QR'
 * w = w - lr wd w - lr N
 * </pre>
 *
 * <p>QL and QR follow the eigenvectors of L and R, by one step of orthogonal iteration at every
 * {@link #interval}-th step; at the first step by several, from I on. Any orthogonal matrices give
 * a descent; without the rotation this is AdamW. Defaults: lr 3e-3, betas 0.95 and 0.95, eps 1e-8,
 * weightDecay 0.01, which is decoupled, interval 10.
 *
 * <p>Eight products of a matrix with its sides for each step. State of two matrices for each side
 * and two of the parameter's shape. Three matrices as large as the largest one are taken from the
 * slab of the first parameter, three of doubles for the longest side from the heap. Where the
 * gradient is cut off, scaled by row or has decay added to it, that is left in it with {@link
 * #zeroGradInStep} off.
 */
public final class Soap extends GroupOptimizer<Soap> {
  private static final Map<HyperParameter, Float> DEFAULTS =
      Map.ofEntries(
          Map.entry(LR, 3e-3f),
          Map.entry(BETA1, 0.95f),
          Map.entry(BETA2, 0.95f),
          Map.entry(EPS, 1e-8f),
          Map.entry(WEIGHT_DECAY, 0.01f));

  /** Steps of the iteration that find the first basis. */
  private static final int FIRST_STEPS = 10;

  private static final int MOMENT = 0;
  private static final int SECOND_MOMENT = 1;
  private static final int LEFT = 2;
  private static final int RIGHT = 3;
  private static final int LEFT_BASIS = 4;
  private static final int RIGHT_BASIS = 5;

  private final float[] lr;
  private final float[] beta1;
  private final float[] beta2;
  private final float[] eps;
  private final float[] mScale;
  private final float[] rootScale;
  private int interval = 10;
  private int basisSteps;
  private @Nullable EigenBasis eigenBasis;
  private MemorySegment[] room = {};

  private Soap(ParamGroup... groups) {
    super("SOAP", true, DEFAULTS, groups);
    lr = new float[groups.length];
    beta1 = new float[groups.length];
    beta2 = new float[groups.length];
    eps = new float[groups.length];
    mScale = new float[groups.length];
    rootScale = new float[groups.length];
    for (Slot slot : slots()) {
      Matrices.require("SOAP", slot.parameter());
    }
  }

  /** One group of all parameters. */
  public static Soap over(List<Parameter> parameters) {
    return over(ParamGroup.of(parameters));
  }

  /** Several groups, each with hyper-parameters of its own. */
  public static Soap over(ParamGroup... groups) {
    return new Soap(groups);
  }

  /** Sets the decays of the moments of all groups; the second one is that of L and R too. */
  public Soap betas(float beta1, float beta2) {
    BETA2.require(beta2);
    return setAll(BETA1, beta1).setAll(BETA2, beta2);
  }

  /** Sets eps of all groups. */
  public Soap eps(float eps) {
    return setAll(EPS, eps);
  }

  /** Moves the bases at the first step and every {@code steps} from then on; 10 by default. */
  public Soap interval(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("interval = " + steps + ": want at least 1 step");
    }
    interval = steps;
    return this;
  }

  /** Moments, the second one in the bases; L and R; their bases, with eigenvectors as rows. */
  @Override
  protected List<String> stateNames() {
    return List.of("m", "v", "l", "r", "lBasis", "rBasis");
  }

  @Override
  protected TensorLayout stateLayout(int which, Slot slot) {
    TensorLayout layout = slot.parameter().layout();
    if (which == MOMENT || which == SECOND_MOMENT) {
      return layout;
    }
    long side = layout.dim(which == LEFT || which == LEFT_BASIS ? 0 : 1);
    return slot.n() == 0 ? TensorLayout.of(0, 0) : TensorLayout.of(side, side);
  }

  @Override
  protected void startState(Slot slot) {
    if (slot.n() > 0) {
      EigenBasis.start(slot.state(LEFT_BASIS), Matrices.rows(slot.parameter()));
      EigenBasis.start(slot.state(RIGHT_BASIS), Matrices.cols(slot.parameter()));
    }
  }

  @Override
  protected void prepare(int group, ParamGroup hyper, float lr, long t) {
    this.lr[group] = lr;
    beta1[group] = hyper.beta1();
    beta2[group] = hyper.beta2();
    eps[group] = hyper.eps();
    mScale[group] = (float) (1 / Coefficients.biasCorrection(hyper.beta1(), t));
    rootScale[group] = (float) (1 / Math.sqrt(Coefficients.biasCorrection(hyper.beta2(), t)));
    basisSteps = t == 1 ? FIRST_STEPS : (t - 1) % interval == 0 ? 1 : 0;
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
    if (eigenBasis == null) {
      List<Parameter> matrices = slots().stream().map(Slot::parameter).toList();
      long elements = Matrices.mostElements(matrices);
      Slab slab = matrices.getFirst().slab();
      eigenBasis = new EigenBasis(Matrices.longestSide(matrices));
      room = new MemorySegment[3];
      for (int i = 0; i < room.length; i++) {
        room[i] = slab.allocateFloats(elements);
      }
    }
    // By number: an iterator can end up on the heap.
    for (int s = 0; s < slots().size(); s++) {
      Slot slot = slots().get(s);
      if (slot.n() > 0 && !frozen(slot)) {
        takeIn(slot, eigenBasis);
        walk(slot, room[0], room[1], room[2]);
      }
    }
  }

  /** Takes the gradient into the moment, L and R, and moves the bases where they are due. */
  private void takeIn(Slot slot, EigenBasis bases) {
    int group = slot.group();
    int rows = Matrices.rows(slot.parameter());
    int cols = Matrices.cols(slot.parameter());
    float scale = plainGradient(group) ? gradScale() : 1;
    float intake = (1 - beta2[group]) * scale * scale;
    MemorySegment g = slot.grads();
    Gram.ofRows(intake, g, rows, cols, beta2[group], slot.state(LEFT), workers());
    Gram.ofColumns(intake, g, rows, cols, beta2[group], slot.state(RIGHT), workers());
    Axpby.accumulate((1 - beta1[group]) * scale, g, beta1[group], slot.state(MOMENT), 0, slot.n());
    if (basisSteps > 0) {
      bases.refine(slot.state(LEFT), rows, slot.state(LEFT_BASIS), basisSteps, workers());
      bases.refine(slot.state(RIGHT), cols, slot.state(RIGHT_BASIS), basisSteps, workers());
    }
  }

  private void walk(Slot slot, MemorySegment g, MemorySegment m, MemorySegment half) {
    int group = slot.group();
    float scale = plainGradient(group) ? gradScale() : 1;
    rotate(slot, NO_TRANS, slot.grads(), half, g);
    rotate(slot, NO_TRANS, slot.state(MOMENT), half, m);
    // The moment is made already: kept as it is, beta1 being 1.
    AdamDirection.step(
        m,
        g,
        m,
        slot.state(SECOND_MOMENT),
        0,
        slot.n(),
        1,
        beta2[group],
        mScale[group],
        rootScale[group],
        eps[group],
        scale,
        Float.POSITIVE_INFINITY,
        0,
        0);
    rotate(slot, TRANS, g, half, m);
    if (zeroing()) {
      Fill.fill(0, slot.grads(), 0, slot.n());
    }
    if (decay(group) != 0) {
      Level1.sscal(slot.n(), 1 - decay(group), slot.params());
    }
    Level1.saxpy(slot.n(), -lr[group], m, slot.params());
  }

  /** {@code y = QL' x QR}, or back, {@code y = QL x QR'}; the bases lie transposed. */
  private void rotate(
      Slot slot, Transpose back, MemorySegment x, MemorySegment half, MemorySegment y) {
    int rows = Matrices.rows(slot.parameter());
    int cols = Matrices.cols(slot.parameter());
    Transpose right = back == TRANS ? NO_TRANS : TRANS;
    Gemm.sgemm(
        back,
        NO_TRANS,
        rows,
        cols,
        rows,
        1,
        slot.state(LEFT_BASIS),
        0,
        rows,
        x,
        0,
        cols,
        0,
        half,
        0,
        cols,
        workers());
    Gemm.sgemm(
        NO_TRANS,
        right,
        rows,
        cols,
        cols,
        1,
        half,
        0,
        cols,
        slot.state(RIGHT_BASIS),
        0,
        cols,
        0,
        y,
        0,
        cols,
        workers());
  }
}
