package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.reduce.ColumnMax;
import dev.lanewise.ops.reduce.ColumnNorm;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.ops.reduce.ColumnVariance;
import dev.lanewise.ops.softmax.ColumnLogSumExp;
import dev.lanewise.ops.unary.Fill;
import dev.lanewise.ops.unary.Scale;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Reductions over all dimensions but the last, to one element for each column.
 *
 * <pre>
 * op                y                          dx
 * columnSum         sum of each column         dy[c]
 * columnMean        mean of each column        dy[c] / rows
 * columnVariance    variance of each column    2 dy[c] (x - mean[c]) / (rows - correction)
 * columnMax         maximum of each column     dy[c] at the first maximum, else 0
 * columnNorm        root of sum of x^2         dy[c] x / y[c], 0 where y is
 * columnLogSumExp   log of sum of e^x          dy[c] e^(x - y[c])
 * </pre>
 */
public final class ColumnReduceOps {
  private interface Forward {
    void run(MemorySegment x, MemorySegment y, long rows, long cols, Workers workers);
  }

  private interface Backward {
    void run(MemorySegment dy, MemorySegment dx, long rows, long cols, Workers workers);
  }

  private ColumnReduceOps() {}

  /** The sum of each column. */
  public static Tensor columnSum(Tape tape, Tensor x) {
    Tensor y = reduce("columnSum", tape, x, ColumnReduceOps::sum);
    return recorded(
        "columnSum",
        tape,
        x,
        y,
        (dy, dx, rows, cols, workers) -> ColumnSum.backward(dy, dx, rows, cols, 1, workers));
  }

  /** The mean of each column, NaN if there are no rows. */
  public static Tensor columnMean(Tape tape, Tensor x) {
    Tensor y =
        reduce(
            "columnMean",
            tape,
            x,
            (xs, ys, rows, cols, workers) -> {
              sum(xs, ys, rows, cols, workers);
              Scale.inPlace(ys, cols, 1f / rows, workers);
            });
    return recorded(
        "columnMean",
        tape,
        x,
        y,
        (dy, dx, rows, cols, workers) ->
            ColumnSum.backward(dy, dx, rows, cols, 1f / rows, workers));
  }

  private static void sum(MemorySegment x, MemorySegment y, long rows, long cols, Workers workers) {
    Fill.fill(y, cols, 0f, workers);
    ColumnSum.accumulate(x, y, rows, cols, workers);
  }

  /**
   * The variance of each column.
   *
   * @param correction 0 for that of the column itself, 1 for the unbiased estimate
   */
  public static Tensor columnVariance(Tape tape, Tensor x, int correction) {
    MemorySegment mean = tape.allocateFloats(Rows.cols("columnVariance", "x", x));
    Tensor y =
        reduce(
            "columnVariance",
            tape,
            x,
            (xs, ys, rows, cols, workers) ->
                ColumnVariance.forward(xs, mean, ys, rows, cols, correction, workers));
    if (y.requiresGrad()) {
      MemorySegment saved = x.keep();
      recorded(
          "columnVariance",
          tape,
          x,
          y,
          (dy, dx, rows, cols, workers) ->
              ColumnVariance.backward(
                  saved, mean, dy, dx, rows, cols, 2f / (rows - correction), workers));
    }
    return y;
  }

  /** The maximum of each column, NaN if one of its elements is, -infinity if there are no rows. */
  public static Tensor columnMax(Tape tape, Tensor x) {
    Tensor y = reduce("columnMax", tape, x, ColumnMax::forward);
    if (y.requiresGrad()) {
      long cols = y.layout().elements();
      MemorySegment indices = tape.allocateFloats(cols); // int32, of the same size
      MemorySegment xs = x.data();
      long rows = Rows.count(x);
      tape.compute(
          Meter.Family.REDUCTION,
          rows * cols,
          workers -> ColumnMax.argmax(xs, indices, rows, cols, workers));
      recorded(
          "columnMax",
          tape,
          x,
          y,
          (dy, dx, r, c, workers) -> ColumnMax.backward(indices, dy, dx, r, c, workers));
    }
    return y;
  }

  /** The Euclidean norm of each column. */
  public static Tensor columnNorm(Tape tape, Tensor x) {
    Tensor y = reduce("columnNorm", tape, x, ColumnNorm::forward);
    if (y.requiresGrad()) {
      MemorySegment xs = x.keep();
      MemorySegment ys = y.keep();
      recorded(
          "columnNorm",
          tape,
          x,
          y,
          (dy, dx, rows, cols, workers) ->
              ColumnNorm.backward(xs, ys, dy, dx, rows, cols, workers));
    }
    return y;
  }

  /** The logarithm of the sum of the exponentials of each column. */
  public static Tensor columnLogSumExp(Tape tape, Tensor x) {
    Tensor y = reduce("columnLogSumExp", tape, x, ColumnLogSumExp::forward);
    if (y.requiresGrad()) {
      MemorySegment xs = x.keep();
      MemorySegment ys = y.keep();
      recorded(
          "columnLogSumExp",
          tape,
          x,
          y,
          (dy, dx, rows, cols, workers) ->
              ColumnLogSumExp.backward(xs, ys, dy, dx, rows, cols, workers));
    }
    return y;
  }

  private static Tensor reduce(String op, Tape tape, Tensor x, Forward forward) {
    long cols = Rows.cols(op, "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(TensorLayout.of(cols), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION, rows * cols, workers -> forward.run(xs, ys, rows, cols, workers));
    return y;
  }

  private static Tensor recorded(String op, Tape tape, Tensor x, Tensor y, Backward backward) {
    if (y.requiresGrad()) {
      long cols = y.layout().elements();
      long rows = Rows.count(x);
      tape.record(
          op,
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> backward.run(dy, dx, rows, cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }
}
