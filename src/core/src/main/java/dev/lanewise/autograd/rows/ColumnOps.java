package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.gather.ColumnSlice;
import java.lang.foreign.MemorySegment;

/**
 * Ops that move columns, the last dimension of matrices.
 *
 * <pre>
 * op       y                       gradients
 * slice    x[r, from + j]          dx = dy in the slice, else 0
 * concat   the parts beside        each part its columns of dy
 *          each other
 * </pre>
 */
public final class ColumnOps {
  private ColumnOps() {}

  /** The columns {@code [from, from + width)} of each row. */
  public static Tensor slice(Tape tape, Tensor x, long from, long width) {
    long cols = Rows.cols("slice", "x", x);
    long rows = Rows.count(x);
    Tensor y = tape.output(withColumns(x, width), x);
    long started = tape.startClock();
    ColumnSlice.copy(x.data(), y.data(), rows, cols, from, width, 0, width, tape.workers());
    tape.stopClock(Meter.Family.INDEX, started, rows * width);
    if (y.requiresGrad()) {
      tape.record(
          y,
          dy -> {
            MemorySegment dx = Rows.zeros(tape, rows * cols);
            ColumnSlice.copy(dy, dx, rows, width, 0, cols, from, width, tape.workers());
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** The columns of all parts, one after the other; the parts have the same rows. */
  public static Tensor concat(Tape tape, Tensor... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat: no parts are given: at least one is wanted");
    }
    Tensor[] all = parts.clone();
    long rows = Rows.count(all[0]);
    long cols = 0;
    for (int i = 0; i < all.length; i++) {
      cols = Math.addExact(cols, Rows.cols("concat", "part " + i, all[i]));
      if (!Rows.perRow(all[i]).equals(Rows.perRow(all[0]))) {
        throw new IllegalArgumentException(
            "concat: part 0 is "
                + all[0].layout()
                + ", part "
                + i
                + " is "
                + all[i].layout()
                + ": all but the last dimension must be the same");
      }
    }
    Tensor y = tape.output(withColumns(all[0], cols), all);
    long to = 0;
    long started = tape.startClock();
    for (Tensor part : all) {
      long width = Rows.cols("concat", "part", part);
      ColumnSlice.copy(part.data(), y.data(), rows, width, 0, cols, to, width, tape.workers());
      to += width;
    }
    tape.stopClock(Meter.Family.INDEX, started, rows * cols);
    if (y.requiresGrad()) {
      long total = cols;
      tape.record(y, dy -> split(tape, all, dy, rows, total));
    }
    return y;
  }

  private static void split(Tape tape, Tensor[] parts, MemorySegment dy, long rows, long cols) {
    long from = 0;
    for (Tensor part : parts) {
      long width = Rows.cols("concat", "part", part);
      if (part.requiresGrad()) {
        MemorySegment d = tape.allocateFloats(rows * width);
        ColumnSlice.copy(dy, d, rows, cols, from, width, 0, width, tape.workers());
        tape.addGradient(part, d);
      }
      from += width;
    }
  }

  private static TensorLayout withColumns(Tensor x, long cols) {
    long[] dims = x.layout().dims();
    dims[dims.length - 1] = cols;
    return TensorLayout.of(dims);
  }
}
