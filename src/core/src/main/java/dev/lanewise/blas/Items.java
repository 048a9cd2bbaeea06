package dev.lanewise.blas;

import java.lang.foreign.MemorySegment;

/** The checks of a batch of matrix products, whose items lie a stride apart. */
final class Items {
  private Items() {}

  static void checkSizes(int m, int n, int k, int batch) {
    if (m < 0 || n < 0 || k < 0 || batch < 0) {
      throw new IllegalArgumentException(
          "m = "
              + m
              + ", n = "
              + n
              + ", k = "
              + k
              + (batch == 1 ? "" : ", batch = " + batch)
              + ": sizes must be 0 or more");
    }
  }

  /** Checks that all items of {@code rows x columns} lie within an array. */
  static void check(
      String name, int length, long offset, int rows, int columns, int ld, long stride, int batch) {
    Operand.check(name, length, offset, rows, columns, ld);
    if (batch != 1) {
      check(name, length, offset, Operand.extent(rows, columns, ld), stride, batch);
    }
  }

  /** The same within a segment of elements of {@code bytes} bytes. */
  static void check(
      String name,
      MemorySegment segment,
      int bytes,
      long offset,
      int rows,
      int columns,
      int ld,
      long stride,
      int batch) {
    Operand.check(name, segment, bytes, offset, rows, columns, ld);
    if (batch != 1) {
      long length = segment.byteSize() >> Operand.shift(bytes);
      check(name, length, offset, Operand.extent(rows, columns, ld), stride, batch);
    }
  }

  private static void check(
      String name, long length, long offset, long extent, long stride, int batch) {
    if (batch <= 1 || extent == 0) {
      return;
    }
    if (stride < 0) {
      throw new IllegalArgumentException(
          name + " has stride " + stride + " from one product to the next: it must be 0 or more");
    }
    if (stride > (length - offset - extent) / (batch - 1)) {
      throw new IllegalArgumentException(
          name
              + " has "
              + batch
              + " items of "
              + extent
              + " elements, "
              + stride
              + " apart from offset "
              + offset
              + " on, its memory has "
              + length
              + " elements: make it larger or the batch smaller");
    }
  }

  /** Checks that no two results of a batch share an element. */
  static void checkApart(int rows, int columns, int ldc, long strideC, int batch) {
    if (batch <= 1) {
      return;
    }
    long extent = Operand.extent(rows, columns, ldc);
    if (strideC < extent) {
      throw new IllegalArgumentException(
          "C has stride "
              + strideC
              + " from one product to the next and spans "
              + extent
              + " elements: results would share elements, it must be at least as much");
    }
  }

  /** Checks that no result of a batch shares an element with an input of it. */
  static void checkDisjoint(
      String name,
      long in0,
      int inRows,
      int inColumns,
      int inLd,
      long stride,
      long c0,
      int cRows,
      int cColumns,
      int ldc,
      long strideC,
      int batch) {
    if (batch == 1) {
      Operand.checkDisjoint(name, in0, inRows, inColumns, inLd, c0, cRows, cColumns, ldc);
      return;
    }
    long inExtent = Operand.extent(inRows, inColumns, inLd);
    long cExtent = Operand.extent(cRows, cColumns, ldc);
    if (batch == 0 || inExtent == 0 || cExtent == 0) {
      return;
    }
    if (in0 + (batch - 1) * stride + inExtent > c0 && c0 + (batch - 1) * strideC + cExtent > in0) {
      throw new IllegalArgumentException(
          "the results C and the inputs "
              + name
              + " of the batch overlap: give C memory of its own, or a range behind them");
    }
  }
}
