package dev.lanewise.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A kernel over a range of rows, described for the contract that all of them keep. */
record RowOp(String name, List<Operand> operands, Kernel kernel) {
  /** How many elements an operand has. */
  enum Shape {
    /** Rows of {@code cols} elements. */
    MATRIX,
    /** One element per row. */
    PER_ROW,
    /** One element per column. */
    PER_COLUMN,
    /** One int32 per row, in [0, cols). */
    INDEX
  }

  /** An operand; what is written counts as an output, whether it is read or not. */
  record Operand(String name, Shape shape, boolean written) {}

  /** The call. */
  interface Kernel {
    void run(MemorySegment[] s, long rowBegin, long rowEnd, long cols);
  }

  static Operand in(String name) {
    return new Operand(name, Shape.MATRIX, false);
  }

  static Operand out(String name) {
    return new Operand(name, Shape.MATRIX, true);
  }

  static Operand perRow(String name) {
    return new Operand(name, Shape.PER_ROW, false);
  }

  static Operand perRowOut(String name) {
    return new Operand(name, Shape.PER_ROW, true);
  }

  static Operand perColumn(String name) {
    return new Operand(name, Shape.PER_COLUMN, false);
  }

  static Operand index(String name) {
    return new Operand(name, Shape.INDEX, false);
  }

  static RowOp of(String name, Kernel kernel, Operand... operands) {
    return new RowOp(name, List.of(operands), kernel);
  }

  int elements(int operand, int rows, int cols) {
    return switch (operands.get(operand).shape()) {
      case MATRIX -> Math.multiplyExact(rows, cols);
      case PER_ROW, INDEX -> rows;
      case PER_COLUMN -> cols;
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
