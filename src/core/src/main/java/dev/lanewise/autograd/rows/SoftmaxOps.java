package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.softmax.LogSoftmax;
import dev.lanewise.ops.softmax.LogSumExp;
import dev.lanewise.ops.softmax.Softmax;
import java.lang.foreign.MemorySegment;

/**
 * Softmax and its relatives over the last dimension.
 *
 * <pre>
 * op              y                              dx, in place of dy where it has its shape
 * softmax         exp(x - m) / sum exp(x - m)    y (dy - sum of y dy)
 * causalSoftmax   the same of scale x, over      scale y (dy - sum of y dy)
 *                 the columns up to the own one
 * logSoftmax      x - logSumExp(x)               dy - exp(y) sum of dy
 * logSumExp       m + log sum exp(x - m)         dy softmax(x)
 * </pre>
 */
public final class SoftmaxOps {
  private SoftmaxOps() {}

  /** The softmax of each row. */
  public static Tensor softmax(Tape tape, Tensor x) {
    long cols = Rows.cols("softmax", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(x.layout(), x);
    MemorySegment xData = x.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> Softmax.forward(xData, yData, rows, cols, workers));
    recordSoftmax(tape, x, y, rows, cols, 1);
    return y;
  }

  /**
   * The softmax of {@code scale x} under a causal mask: of the matrices of the last two dimensions,
   * queries x cols, row q sees the columns up to {@code q + cols - queries}; the others are 0.
   *
   * @param scale positive and finite
   */
  public static Tensor causalSoftmax(Tape tape, Tensor x, float scale) {
    if (x.layout().rank() < 2 || x.layout().dim(x.layout().rank() - 2) == 0) {
      throw new IllegalArgumentException(
          "causalSoftmax: x is "
              + x.layout()
              + ": matrices of queries x cols with at least one query are wanted");
    }
    long cols = Rows.cols("causalSoftmax", "x", x);
    long rows = Rows.count(x);
    long queries = x.layout().dim(x.layout().rank() - 2);
    Tensor y = tape.output(x.layout(), x);
    MemorySegment xData = x.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers ->
            Softmax.forwardCausal(
                xData, yData, rows, cols, scale, queries, cols - queries, workers));
    recordSoftmax(tape, x, y, rows, cols, scale);
    return y;
  }

  private static void recordSoftmax(
      Tape tape, Tensor x, Tensor y, long rows, long cols, float scale) {
    if (y.requiresGrad()) {
      MemorySegment ys = y.keep();
      tape.record(
          "softmax",
          y,
          dy -> {
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> Softmax.backward(ys, dy, dy, rows, cols, scale, workers));
            tape.addGradient(x, dy);
          });
    }
  }

  /** The logarithm of the softmax of each row. */
  public static Tensor logSoftmax(Tape tape, Tensor x) {
    long cols = Rows.cols("logSoftmax", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(x.layout(), x);
    MemorySegment xData = x.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> LogSoftmax.forward(xData, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      MemorySegment ys = y.keep();
      tape.record(
          "logSoftmax",
          y,
          dy -> {
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> LogSoftmax.backward(ys, dy, dy, rows, cols, workers));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /** The logarithm of the sum of exponentials of each row: one element per row. */
  public static Tensor logSumExp(Tape tape, Tensor x) {
    long cols = Rows.cols("logSumExp", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(Rows.perRow(x), x);
    MemorySegment xs = x.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> LogSumExp.forward(xs, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      x.keep();
      tape.record(
          "logSumExp",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            tape.compute(
                Meter.Family.REDUCTION,
                rows * cols,
                workers -> LogSumExp.backward(xs, dy, dx, rows, cols, workers));
            tape.addGradient(x, dx);
          });
    }
    return y;
  }
}
