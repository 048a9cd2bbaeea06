package dev.lanewise.autograd.rows;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Fill;
import java.lang.foreign.MemorySegment;

/** The shapes that the ops on rows ask for, and the memory they sum into. */
final class Rows {
  private Rows() {}

  /** The last dimension: what a row has. */
  static long cols(String op, String name, Tensor x) {
    TensorLayout layout = x.layout();
    if (layout.rank() == 0) {
      throw new IllegalArgumentException(
          op + ": " + name + " is a scalar: a tensor with at least one dimension is wanted");
    }
    long cols = layout.dim(layout.rank() - 1);
    if (cols > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          op
              + ": the rows of "
              + name
              + ", which is "
              + layout
              + ", are past "
              + Integer.MAX_VALUE
              + " elements: split it");
    }
    return cols;
  }

  /** The product of all other dimensions. */
  static long count(Tensor x) {
    long rows = 1;
    for (int i = 0; i < x.layout().rank() - 1; i++) {
      rows = Math.multiplyExact(rows, x.layout().dim(i));
    }
    return rows;
  }

  /** The shape without its last dimension: one element per row. */
  static TensorLayout perRow(Tensor x) {
    long[] dims = x.layout().dims();
    long[] rows = new long[dims.length - 1];
    System.arraycopy(dims, 0, rows, 0, rows.length);
    return TensorLayout.of(rows);
  }

  /** Checks that a parameter has one element for each column, or whatever {@code what} says. */
  static void requireVector(String op, String name, Tensor vector, String what, long n) {
    if (vector.layout().rank() != 1 || vector.layout().dim(0) != n) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " is "
              + vector.layout()
              + ": one element for each of the "
              + n
              + " "
              + what
              + " is wanted");
    }
  }

  /** Memory of the tape that is 0, to add to. */
  static MemorySegment zeros(Tape tape, long n) {
    MemorySegment zeros = tape.allocateFloats(n);
    tape.compute(Meter.Family.ELEMENTWISE, 0, workers -> Fill.fill(zeros, n, 0f, workers));
    return zeros;
  }
}
