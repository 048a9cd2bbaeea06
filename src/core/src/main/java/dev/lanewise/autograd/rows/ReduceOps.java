package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.reduce.RowMax;
import dev.lanewise.ops.reduce.RowNorm;
import dev.lanewise.ops.reduce.RowSum;
import java.lang.foreign.MemorySegment;

/**
 * Reductions of all elements, or of each row, the last dimension, to one element.
 *
 * <pre>
 * op        y                      dx
 * sum       sum of x               dy
 * mean      sum of x / n           dy / n
 * rowSum    sum of each row        dy[r]
 * rowMean   mean of each row       dy[r] / cols
 * rowMax    maximum of each row    dy[r] at the first maximum, else 0
 * rowNorm   root of sum of x^2     dy[r] x / y[r], 0 where y is
 * </pre>
 */
public final class ReduceOps {
  private ReduceOps() {}

  /** The sum of all elements, a scalar; x has less than 2^31. */
  public static Tensor sum(Tape tape, Tensor x) {
    long cols = oneRow("sum", x);
    long rows = 1;
    Tensor y = tape.output(TensorLayout.of(), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> RowSum.forward(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "sum",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowSum.backward(dy, dx, rows, cols, 1, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The mean of all elements, a scalar, NaN if there are none; x has less than 2^31. */
  public static Tensor mean(Tape tape, Tensor x) {
    long cols = oneRow("mean", x);
    long rows = 1;
    Tensor y = tape.output(TensorLayout.of(), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION, rows * cols, workers -> RowSum.mean(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "mean",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowSum.backward(dy, dx, rows, cols, 1f / cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The sum of each row. */
  public static Tensor rowSum(Tape tape, Tensor x) {
    long cols = Rows.cols("rowSum", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(Rows.perRow(x), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> RowSum.forward(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "rowSum",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowSum.backward(dy, dx, rows, cols, 1, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The mean of each row. */
  public static Tensor rowMean(Tape tape, Tensor x) {
    long cols = Rows.cols("rowMean", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(Rows.perRow(x), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION, rows * cols, workers -> RowSum.mean(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "rowMean",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowSum.backward(dy, dx, rows, cols, 1f / cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The maximum of each row, NaN if one of its elements is; a row has at least one. */
  public static Tensor rowMax(Tape tape, Tensor x) {
    long cols = Rows.cols("rowMax", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(Rows.perRow(x), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> RowMax.forward(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      MemorySegment indices = tape.allocateFloats(rows); // int32, of the same size
      tape.compute(
          Meter.Family.REDUCTION,
          rows * cols,
          workers -> RowMax.argmax(xs, indices, rows, cols, workers));
      tape.record(
          "rowMax",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowMax.backward(indices, dy, dx, rows, cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The Euclidean norm of each row. */
  public static Tensor rowNorm(Tape tape, Tensor x) {
    long cols = Rows.cols("rowNorm", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(Rows.perRow(x), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> RowNorm.forward(xs, ys, rows, cols, workers));
    if (y.requiresGrad()) {
      x.keep();
      y.keep();
      tape.record(
          "rowNorm",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> RowNorm.backward(xs, ys, dy, dx, rows, cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  private static long oneRow(String op, Tensor x) {
    long n = x.layout().elements();
    if (n > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ", past " + Integer.MAX_VALUE + " elements: split it");
    }
    return n;
  }
}
