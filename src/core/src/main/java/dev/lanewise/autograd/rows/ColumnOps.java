package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.gather.ColumnSlice;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

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
    MemorySegment xData = x.data();
    MemorySegment yData = y.data();
    move(
        tape,
        rows * width,
        workers -> ColumnSlice.copy(xData, yData, rows, cols, from, width, 0, width, workers));
    if (y.requiresGrad()) {
      tape.record(
          "slice",
          y,
          dy -> {
            MemorySegment dx = Rows.zeros(tape, rows * cols);
            move(
                tape,
                rows * width,
                workers -> ColumnSlice.copy(dy, dx, rows, width, 0, cols, from, width, workers));
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
    long total = cols;
    long next = 0;
    MemorySegment ys = y.data();
    for (Tensor part : all) {
      long width = Rows.cols("concat", "part", part);
      long to = next;
      MemorySegment ps = part.data();
      move(
          tape,
          rows * width,
          workers -> ColumnSlice.copy(ps, ys, rows, width, 0, total, to, width, workers));
      next += width;
    }
    if (y.requiresGrad()) {
      tape.record("concat", y, dy -> split(tape, all, dy, rows, total));
    }
    return y;
  }

  private static void split(Tape tape, Tensor[] parts, MemorySegment dy, long rows, long cols) {
    long next = 0;
    for (Tensor part : parts) {
      long from = next;
      long width = Rows.cols("concat", "part", part);
      if (part.requiresGrad()) {
        MemorySegment d = tape.allocateFloats(rows * width);
        move(
            tape,
            rows * width,
            workers -> ColumnSlice.copy(dy, d, rows, cols, from, width, 0, width, workers));
        tape.addGradient(part, d);
      }
      next += width;
    }
  }

  private static void move(Tape tape, long elements, Consumer<Workers> computation) {
    tape.compute(Meter.Family.INDEX, elements, computation);
  }

  private static TensorLayout withColumns(Tensor x, long cols) {
    long[] dims = x.layout().dims();
    dims[dims.length - 1] = cols;
    return TensorLayout.of(dims);
  }
}
