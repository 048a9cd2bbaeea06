package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.broadcast.AddColumn;
import dev.lanewise.ops.broadcast.AddRow;
import dev.lanewise.ops.broadcast.MulColumn;
import dev.lanewise.ops.broadcast.MulRow;
import dev.lanewise.ops.reduce.ColumnSum;
import java.lang.foreign.MemorySegment;

/**
 * A matrix and a row, a column or a scalar. The rows of a tensor of any rank are its last
 * dimension.
 *
 * <pre>
 * op          y                     dx               gradient of the other
 * addRow      x[r, c] + row[c]      dy               sums of the columns of dy
 * mulRow      x[r, c] row[c]        dy row[c]        sums of the columns of dy x
 * addColumn   x[r, c] + column[r]   dy               sums of the rows of dy
 * mulColumn   x[r, c] column[r]     dy column[r]     sums of the rows of dy x
 * addScalar   x[i] + s              dy               the sum of dy
 * mulScalar   x[i] s                dy s             the sum of dy x
 * </pre>
 */
public final class BroadcastOps {
  private BroadcastOps() {}

  /**
   * {@code y[r, c] = x[r, c] + row[c]}: one element of {@code row} for each of the columns of x.
   */
  public static Tensor addRow(Tape tape, Tensor x, Tensor row) {
    long cols = Rows.cols("addRow", "x", x);
    long rows = Rows.count(x);
    Rows.requireVector("addRow", "row", row, "columns", cols);
    Tensor y = tape.output(x.layout(), x, row);
    MemorySegment xs = x.data();
    MemorySegment vs = row.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        rows * cols,
        workers -> AddRow.forward(xs, vs, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "addRow",
          y,
          dy -> {
            if (row.requiresGrad()) {
              MemorySegment d = Rows.zeros(tape, cols);
              tape.compute(
                  Meter.Family.REDUCTION,
                  rows * cols,
                  workers -> ColumnSum.accumulate(dy, d, rows, cols, workers));
              tape.addGradient(row, d);
            }
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /**
   * {@code y[r, c] = x[r, c] * row[c]}: one element of {@code row} for each of the columns of x.
   */
  public static Tensor mulRow(Tape tape, Tensor x, Tensor row) {
    long cols = Rows.cols("mulRow", "x", x);
    long rows = Rows.count(x);
    Rows.requireVector("mulRow", "row", row, "columns", cols);
    Tensor y = tape.output(x.layout(), x, row);
    MemorySegment xs = x.data();
    MemorySegment vs = row.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        rows * cols,
        workers -> MulRow.forward(xs, vs, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      if (row.requiresGrad()) {
        x.keep();
      }
      if (x.requiresGrad()) {
        row.keep();
      }
      tape.record(
          "mulRow",
          y,
          dy -> {
            if (row.requiresGrad()) {
              MemorySegment d = Rows.zeros(tape, cols);
              tape.compute(
                  Meter.Family.REDUCTION,
                  rows * cols,
                  workers -> MulRow.accumulate(dy, xs, d, rows, cols, workers));
              tape.addGradient(row, d);
            }
            if (x.requiresGrad()) {
              tape.compute(
                  Meter.Family.ELEMENTWISE,
                  rows * cols,
                  workers -> MulRow.forward(dy, vs, dy, rows, cols, workers));
              tape.addGradient(x, dy);
            }
          });
    }
    return y;
  }

  /**
   * {@code y[r, c] = x[r, c] + column[r]}: one element of {@code column} for each of the rows of x.
   */
  public static Tensor addColumn(Tape tape, Tensor x, Tensor column) {
    long cols = Rows.cols("addColumn", "x", x);
    long rows = Rows.count(x);
    Rows.requireVector("addColumn", "column", column, "rows", rows);
    Tensor y = tape.output(x.layout(), x, column);
    MemorySegment xs = x.data();
    MemorySegment vs = column.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        rows * cols,
        workers -> AddColumn.forward(xs, vs, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      tape.record(
          "addColumn",
          y,
          dy -> {
            if (column.requiresGrad()) {
              MemorySegment d = Rows.zeros(tape, rows);
              tape.compute(
                  Meter.Family.REDUCTION,
                  rows * cols,
                  workers -> AddColumn.accumulate(dy, d, rows, cols, workers));
              tape.addGradient(column, d);
            }
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  /**
   * {@code y[r, c] = x[r, c] * column[r]}: one element of {@code column} for each of the rows of x.
   */
  public static Tensor mulColumn(Tape tape, Tensor x, Tensor column) {
    long cols = Rows.cols("mulColumn", "x", x);
    long rows = Rows.count(x);
    Rows.requireVector("mulColumn", "column", column, "rows", rows);
    Tensor y = tape.output(x.layout(), x, column);
    MemorySegment xs = x.data();
    MemorySegment vs = column.data();
    MemorySegment yData = y.data();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        rows * cols,
        workers -> MulColumn.forward(xs, vs, yData, rows, cols, workers));
    if (y.requiresGrad()) {
      if (column.requiresGrad()) {
        x.keep();
      }
      if (x.requiresGrad()) {
        column.keep();
      }
      tape.record(
          "mulColumn",
          y,
          dy -> {
            if (column.requiresGrad()) {
              MemorySegment d = Rows.zeros(tape, rows);
              tape.compute(
                  Meter.Family.REDUCTION,
                  rows * cols,
                  workers -> MulColumn.accumulate(dy, xs, d, rows, cols, workers));
              tape.addGradient(column, d);
            }
            if (x.requiresGrad()) {
              tape.compute(
                  Meter.Family.ELEMENTWISE,
                  rows * cols,
                  workers -> MulColumn.forward(dy, vs, dy, rows, cols, workers));
              tape.addGradient(x, dy);
            }
          });
    }
    return y;
  }

  /** {@code x[i] + s}, {@code s} a tensor of one element; x has less than 2^31. */
  public static Tensor addScalar(Tape tape, Tensor x, Tensor s) {
    return ShapeOps.reshape(
        tape, addColumn(tape, oneRow("addScalar", tape, x), one("addScalar", tape, s)), dims(x));
  }

  /** {@code x[i] s}, {@code s} a tensor of one element; x has less than 2^31. */
  public static Tensor mulScalar(Tape tape, Tensor x, Tensor s) {
    return ShapeOps.reshape(
        tape, mulColumn(tape, oneRow("mulScalar", tape, x), one("mulScalar", tape, s)), dims(x));
  }

  private static Tensor oneRow(String op, Tape tape, Tensor x) {
    if (x.layout().elements() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ", past " + Integer.MAX_VALUE + " elements: split it");
    }
    return ShapeOps.reshape(tape, x, 1, x.layout().elements());
  }

  private static Tensor one(String op, Tape tape, Tensor s) {
    if (s.layout().elements() != 1) {
      throw new IllegalArgumentException(
          op + ": s is " + s.layout() + ": a tensor of one element is wanted");
    }
    return ShapeOps.reshape(tape, s, 1);
  }

  private static long[] dims(Tensor x) {
    return x.layout().dims();
  }
}
