package dev.lanewise.ops.softmax;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of rows of logits with one class each, in nats: {@code loss = lse - x[target]},
 * {@code lse = log(sum of exp(x))}; the gradient {@code (softmax(x) - onehot(target)) scale} takes
 * the place of the logits in the same pass.
 *
 * <p>With weights {@code w} of the classes, a label smoothing {@code s} (C. Szegedy et al.:
 * Rethinking the Inception Architecture, 2016, section 7) and {@code k = s / cols} it is, as
 * PyTorch defines it, {@code loss = (1 - s) w[target] (lse - x[target]) + k sum over c of w[c] (lse
 * - x[c])}. PyTorch's weighted mean is the sum of these losses divided by {@link #totalWeight},
 * with or without smoothing. A row whose target is {@code ignoreIndex} has loss and gradient 0,
 * whatever its logits are.
 *
 * <p>A NaN or a +infinity among the logits makes the loss and the gradient of its row NaN. A logit
 * more than 69 below the maximum has probability 0; a loss with a target at -infinity is +infinity.
 * No rows: nothing is done.
 *
 * <p>Error, u = 2^-24 and {@code N = cols / 32 + 36}: with {@code eps = (N + 4 + log cols) u},
 * {@code |loss - loss'| <= eps + 2 u log cols + u |loss|} and {@code |dx - dx'| <= ((eps + (5 + |x
 * - lse|) u) softmax + u) scale}, without weights and smoothing.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit. No two operands may share
 * elements.
 */
public final class SoftmaxCrossEntropy {
  /** What no target is: the plain forms ignore no row. */
  private static final int NONE_IGNORED = Integer.MIN_VALUE;

  /** Stands for weights that are not given. */
  private static final Object ONES = new Object();

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.softmax.arrays.SoftmaxCrossEntropy.forward(
              (float[]) c.a0,
              c.o0,
              (int[]) c.a1,
              c.o1,
              c.a2 == ONES ? null : (float[]) c.a2,
              c.o2,
              (float[]) c.a3,
              c.o3,
              (float) c.p0,
              (int) c.n2,
              begin,
              end,
              c.n1);

  private static final Call.Kernel FORWARD_SEGMENTS =
      (c, begin, end) ->
          dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.forward(
              (MemorySegment) c.a0,
              (MemorySegment) c.a1,
              c.a2 == ONES ? null : (MemorySegment) c.a2,
              (MemorySegment) c.a3,
              (float) c.p0,
              (int) c.n2,
              begin,
              end,
              c.n1);

  private static final Call.Kernel FORWARD_BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.softmax.arrays.SoftmaxCrossEntropy.forwardBackward(
              (float[]) c.a0,
              c.o0,
              (int[]) c.a1,
              c.o1,
              c.a2 == ONES ? null : (float[]) c.a2,
              c.o2,
              (float[]) c.a3,
              c.o3,
              (float) c.p0,
              (int) c.n2,
              (float) c.p1,
              begin,
              end,
              c.n1);

  private static final Call.Kernel FORWARD_BACKWARD_SEGMENTS =
      (c, begin, end) ->
          dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.forwardBackward(
              (MemorySegment) c.a0,
              (MemorySegment) c.a1,
              c.a2 == ONES ? null : (MemorySegment) c.a2,
              (MemorySegment) c.a3,
              (float) c.p0,
              (int) c.n2,
              (float) c.p1,
              begin,
              end,
              c.n1);

  static {
    VectorModule.require();
  }

  private SoftmaxCrossEntropy() {}

  /** The losses, without weights and smoothing, on arrays. */
  public static void forward(float[] logits, int[] targets, float[] losses, int rows, int cols) {
    forward(
        logits, 0, targets, 0, null, 0, losses, 0, rows, cols, 0, NONE_IGNORED, Workers.shared());
  }

  /**
   * The losses, with all options.
   *
   * @param logits read: rows of {@code cols} elements
   * @param logitsOffset element at which it begins
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}
   * @param targetsOffset element at which it begins
   * @param weights read: one element per class; null for ones
   * @param weightsOffset element at which it begins
   * @param losses overwritten: one element per row
   * @param lossesOffset element at which it begins
   * @param rows rows of logits
   * @param cols classes, at least 1
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      float[] logits,
      int logitsOffset,
      int[] targets,
      int targetsOffset,
      float @Nullable [] weights,
      int weightsOffset,
      float[] losses,
      int lossesOffset,
      int rows,
      int cols,
      float smoothing,
      int ignoreIndex,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.check("logits", logits.length, logitsOffset, (long) rows * cols);
    Ranges.check("targets", targets.length, targetsOffset, rows);
    Ranges.check("losses", losses.length, lossesOffset, rows);
    if (weights != null) {
      Ranges.check("weights", weights.length, weightsOffset, cols);
      Ranges.checkApart(
          "losses", losses, lossesOffset, rows, "weights", weights, weightsOffset, cols, false);
    }
    Ranges.checkApart(
        "losses",
        losses,
        lossesOffset,
        rows,
        "logits",
        logits,
        logitsOffset,
        (long) rows * cols,
        false);
    Ranges.requireShare("smoothing", smoothing);
    Ranges.checkIndices("targets", targets, targetsOffset, rows, cols, ignoreIndex);
    long work = (long) rows * cols;
    if (work <= Grain.ELEMENTARY) {
      dev.lanewise.kernel.softmax.arrays.SoftmaxCrossEntropy.forward(
          logits,
          logitsOffset,
          targets,
          targetsOffset,
          weights,
          weightsOffset,
          losses,
          lossesOffset,
          smoothing,
          ignoreIndex,
          0,
          rows,
          cols);
      return;
    }
    Call call = Call.borrow();
    call.a0 = logits;
    call.o0 = logitsOffset;
    call.a1 = targets;
    call.o1 = targetsOffset;
    call.a2 = weights == null ? ONES : weights;
    call.o2 = weightsOffset;
    call.a3 = losses;
    call.o3 = lossesOffset;
    call.p0 = smoothing;
    call.n1 = cols;
    call.n2 = ignoreIndex;
    call.run(FORWARD_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /** The losses, without weights and smoothing, on segments. */
  public static void forward(
      MemorySegment logits, MemorySegment targets, MemorySegment losses, long rows, long cols) {
    forward(logits, targets, null, losses, rows, cols, 0, NONE_IGNORED, Workers.shared());
  }

  /**
   * The losses, with all options.
   *
   * @param logits read: rows of {@code cols} elements
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}
   * @param weights read: one element per class; null for ones
   * @param losses overwritten: one element per row
   * @param rows rows of logits
   * @param cols classes, at least 1
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment logits,
      MemorySegment targets,
      @Nullable MemorySegment weights,
      MemorySegment losses,
      long rows,
      long cols,
      float smoothing,
      int ignoreIndex,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.check("logits", logits, Float.BYTES, rows * cols);
    Ranges.check("targets", targets, Integer.BYTES, rows);
    Ranges.checkWritten("losses", losses, Float.BYTES, rows);
    if (weights != null) {
      Ranges.check("weights", weights, Float.BYTES, cols);
      Ranges.checkApart(
          "losses", losses, rows * Float.BYTES, "weights", weights, cols * Float.BYTES, false);
    }
    Ranges.checkApart(
        "losses", losses, rows * Float.BYTES, "logits", logits, rows * cols * Float.BYTES, false);
    Ranges.checkApart(
        "losses", losses, rows * Float.BYTES, "targets", targets, rows * Integer.BYTES, false);
    Ranges.requireShare("smoothing", smoothing);
    Ranges.checkIndices("targets", targets, rows, cols, ignoreIndex);
    long work = rows * cols;
    if (work <= Grain.ELEMENTARY
        || Ranges.confined(logits)
        || Ranges.confined(targets)
        || Ranges.confined(losses)
        || (weights != null && Ranges.confined(weights))) {
      dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.forward(
          logits, targets, weights, losses, smoothing, ignoreIndex, 0, rows, cols);
      return;
    }
    Call call = Call.borrow();
    call.a0 = logits;
    call.a1 = targets;
    call.a2 = weights == null ? ONES : weights;
    call.a3 = losses;
    call.p0 = smoothing;
    call.n1 = cols;
    call.n2 = ignoreIndex;
    call.run(FORWARD_SEGMENTS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /**
   * The losses and, in the place of the logits, the gradient, without weights and smoothing, on
   * arrays.
   */
  public static void forwardBackward(
      float[] logits, int[] targets, float[] losses, int rows, int cols, float scale) {
    forwardBackward(
        logits,
        0,
        targets,
        0,
        null,
        0,
        losses,
        0,
        rows,
        cols,
        0,
        NONE_IGNORED,
        scale,
        Workers.shared());
  }

  /**
   * The losses and, in the place of the logits, the gradient, with all options.
   *
   * @param logits read, then overwritten by the gradient: rows of {@code cols} elements
   * @param logitsOffset element at which it begins
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}
   * @param targetsOffset element at which it begins
   * @param weights read: one element per class; null for ones
   * @param weightsOffset element at which it begins
   * @param losses overwritten: one element per row
   * @param lossesOffset element at which it begins
   * @param rows rows of logits
   * @param cols classes, at least 1
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param scale cotangent of each loss, {@code 1 / rows} for a mean
   * @param workers the threads it is split over where that pays
   */
  public static void forwardBackward(
      float[] logits,
      int logitsOffset,
      int[] targets,
      int targetsOffset,
      float @Nullable [] weights,
      int weightsOffset,
      float[] losses,
      int lossesOffset,
      int rows,
      int cols,
      float smoothing,
      int ignoreIndex,
      float scale,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.check("logits", logits.length, logitsOffset, (long) rows * cols);
    Ranges.check("targets", targets.length, targetsOffset, rows);
    Ranges.check("losses", losses.length, lossesOffset, rows);
    if (weights != null) {
      Ranges.check("weights", weights.length, weightsOffset, cols);
      Ranges.checkApart(
          "losses", losses, lossesOffset, rows, "weights", weights, weightsOffset, cols, false);
      Ranges.checkApart(
          "logits",
          logits,
          logitsOffset,
          (long) rows * cols,
          "weights",
          weights,
          weightsOffset,
          cols,
          false);
    }
    Ranges.checkApart(
        "losses",
        losses,
        lossesOffset,
        rows,
        "logits",
        logits,
        logitsOffset,
        (long) rows * cols,
        false);
    Ranges.requireShare("smoothing", smoothing);
    Ranges.checkIndices("targets", targets, targetsOffset, rows, cols, ignoreIndex);
    long work = (long) rows * cols;
    if (work <= Grain.ELEMENTARY) {
      dev.lanewise.kernel.softmax.arrays.SoftmaxCrossEntropy.forwardBackward(
          logits,
          logitsOffset,
          targets,
          targetsOffset,
          weights,
          weightsOffset,
          losses,
          lossesOffset,
          smoothing,
          ignoreIndex,
          scale,
          0,
          rows,
          cols);
      return;
    }
    Call call = Call.borrow();
    call.a0 = logits;
    call.o0 = logitsOffset;
    call.a1 = targets;
    call.o1 = targetsOffset;
    call.a2 = weights == null ? ONES : weights;
    call.o2 = weightsOffset;
    call.a3 = losses;
    call.o3 = lossesOffset;
    call.p1 = scale;
    call.p0 = smoothing;
    call.n1 = cols;
    call.n2 = ignoreIndex;
    call.run(FORWARD_BACKWARD_ARRAYS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /**
   * The losses and, in the place of the logits, the gradient, without weights and smoothing, on
   * segments.
   */
  public static void forwardBackward(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rows,
      long cols,
      float scale) {
    forwardBackward(
        logits, targets, null, losses, rows, cols, 0, NONE_IGNORED, scale, Workers.shared());
  }

  /**
   * The losses and, in the place of the logits, the gradient, with all options.
   *
   * @param logits read, then overwritten by the gradient: rows of {@code cols} elements
   * @param targets read: one int32 per row, each {@code ignoreIndex} or in {@code [0, cols)}
   * @param weights read: one element per class; null for ones
   * @param losses overwritten: one element per row
   * @param rows rows of logits
   * @param cols classes, at least 1
   * @param smoothing label smoothing, from 0 to 1
   * @param ignoreIndex target of the rows that do not count, a class or not
   * @param scale cotangent of each loss, {@code 1 / rows} for a mean
   * @param workers the threads it is split over where that pays
   */
  public static void forwardBackward(
      MemorySegment logits,
      MemorySegment targets,
      @Nullable MemorySegment weights,
      MemorySegment losses,
      long rows,
      long cols,
      float smoothing,
      int ignoreIndex,
      float scale,
      Workers workers) {
    Ranges.checkRows(rows, cols);
    Ranges.requireColumns(rows, cols);
    Ranges.checkWritten("logits", logits, Float.BYTES, rows * cols);
    Ranges.check("targets", targets, Integer.BYTES, rows);
    Ranges.checkWritten("losses", losses, Float.BYTES, rows);
    if (weights != null) {
      Ranges.check("weights", weights, Float.BYTES, cols);
      Ranges.checkApart(
          "losses", losses, rows * Float.BYTES, "weights", weights, cols * Float.BYTES, false);
      Ranges.checkApart(
          "logits",
          logits,
          rows * cols * Float.BYTES,
          "weights",
          weights,
          cols * Float.BYTES,
          false);
    }
    Ranges.checkApart(
        "losses", losses, rows * Float.BYTES, "logits", logits, rows * cols * Float.BYTES, false);
    Ranges.checkApart(
        "losses", losses, rows * Float.BYTES, "targets", targets, rows * Integer.BYTES, false);
    Ranges.checkApart(
        "logits",
        logits,
        rows * cols * Float.BYTES,
        "targets",
        targets,
        rows * Integer.BYTES,
        false);
    Ranges.requireShare("smoothing", smoothing);
    Ranges.checkIndices("targets", targets, rows, cols, ignoreIndex);
    long work = rows * cols;
    if (work <= Grain.ELEMENTARY
        || Ranges.confined(logits)
        || Ranges.confined(targets)
        || Ranges.confined(losses)
        || (weights != null && Ranges.confined(weights))) {
      dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.forwardBackward(
          logits, targets, weights, losses, smoothing, ignoreIndex, scale, 0, rows, cols);
      return;
    }
    Call call = Call.borrow();
    call.a0 = logits;
    call.a1 = targets;
    call.a2 = weights == null ? ONES : weights;
    call.a3 = losses;
    call.p1 = scale;
    call.p0 = smoothing;
    call.n1 = cols;
    call.n2 = ignoreIndex;
    call.run(FORWARD_BACKWARD_SEGMENTS, rows, Grain.rows(Grain.ELEMENTARY, cols), workers);
  }

  /**
   * The divisor of PyTorch's mean: the sum of the weights of the targets that are not ignored, in
   * order of the rows; without weights their number. 0 if every row is ignored.
   *
   * @param targets read: one int32 per row, each {@code ignoreIndex} or a class
   * @param weights read: one element per class; null for ones
   * @param ignoreIndex target of the rows that do not count
   */
  public static double totalWeight(int[] targets, float @Nullable [] weights, int ignoreIndex) {
    int classes = weights == null ? Integer.MAX_VALUE : weights.length;
    Ranges.checkIndices("targets", targets, 0, targets.length, classes, ignoreIndex);
    return dev.lanewise.kernel.softmax.arrays.SoftmaxCrossEntropy.totalWeight(
        targets, 0, weights, 0, ignoreIndex, targets.length);
  }

  /** The same on segments, of the first {@code rows} targets. */
  public static double totalWeight(
      MemorySegment targets, @Nullable MemorySegment weights, int ignoreIndex, long rows) {
    Ranges.checkSize("rows", rows);
    Ranges.check("targets", targets, Integer.BYTES, rows);
    long classes = Integer.MAX_VALUE;
    if (weights != null) {
      Ranges.check("weights", weights, Float.BYTES, 0);
      classes = Ranges.length("weights", weights, Float.BYTES);
    }
    Ranges.checkIndices("targets", targets, rows, classes, ignoreIndex);
    return dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy.totalWeight(
        targets, weights, ignoreIndex, rows);
  }
}
