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
    long started = tape.startClock();
    Softmax.forward(x.data(), y.data(), rows, cols, tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
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
    long started = tape.startClock();
    Softmax.forwardCausal(
        x.data(), y.data(), rows, cols, scale, queries, cols - queries, tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
    recordSoftmax(tape, x, y, rows, cols, scale);
    return y;
  }

  private static void recordSoftmax(
      Tape tape, Tensor x, Tensor y, long rows, long cols, float scale) {
    if (y.requiresGrad()) {
      MemorySegment ys = y.keep();
      tape.record(
          y,
          dy -> {
            long started = tape.startClock();
            Softmax.backward(ys, dy, dy, rows, cols, scale, tape.workers());
            tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
            tape.addGradient(x, dy);
          });
    }
  }

  /** The logarithm of the softmax of each row. */
  public static Tensor logSoftmax(Tape tape, Tensor x) {
    long cols = Rows.cols("logSoftmax", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(x.layout(), x);
    long started = tape.startClock();
    LogSoftmax.forward(x.data(), y.data(), rows, cols, tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
    if (y.requiresGrad()) {
      MemorySegment ys = y.keep();
      tape.record(
          y,
          dy -> {
            long began = tape.startClock();
            LogSoftmax.backward(ys, dy, dy, rows, cols, tape.workers());
            tape.stopClock(Meter.Family.REDUCTION, began, rows * cols);
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
    long started = tape.startClock();
    LogSumExp.forward(xs, y.data(), rows, cols, tape.workers());
    tape.stopClock(Meter.Family.REDUCTION, started, rows * cols);
    if (y.requiresGrad()) {
      x.keep();
      tape.record(
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(rows * cols);
            long began = tape.startClock();
            LogSumExp.backward(xs, dy, dx, rows, cols, tape.workers());
            tape.stopClock(Meter.Family.REDUCTION, began, rows * cols);
            tape.addGradient(x, dx);
          });
    }
    return y;
  }
}
