package dev.lanewise.operand;

import java.lang.foreign.MemorySegment;

/**
 * The checks that every matrix operand passes before a kernel sees it, one matrix or the items of a
 * batch a stride apart; {@link Vectors} has those of vectors.
 */
public final class Operand {
  private Operand() {}

  /** Checks that a matrix of elements of {@code bytes} bytes lies within its segment. */
  public static void check(
      String name, MemorySegment segment, int bytes, long offset, int rows, int columns, int ld) {
    if ((segment.address() & (bytes - 1)) != 0) {
      throw new IllegalArgumentException(
          name
              + " lies at address "
              + segment.address()
              + ", which is not a multiple of "
              + bytes
              + ": align its segment");
    }
    String kind = bytes == Float.BYTES ? " floats, its segment has " : " doubles, its segment has ";
    check(name, kind, segment.byteSize() >> shift(bytes), offset, rows, columns, ld);
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(name + " lies in memory that was closed");
    }
  }

  /** The same for an array of {@code length} elements. */
  public static void check(String name, int length, long offset, int rows, int columns, int ld) {
    check(name, " elements, its array has ", length, offset, rows, columns, ld);
  }

  /** Elements have 4 or 8 bytes; a division by a variable would cost as much as all the rest. */
  public static int shift(int bytes) {
    return bytes == Float.BYTES ? 2 : 3;
  }

  private static void check(
      String name, String kind, long length, long offset, int rows, int columns, int ld) {
    if (ld < Math.max(1, columns) || offset < 0 || extent(rows, columns, ld) > length - offset) {
      refuse(name, kind, length, offset, rows, columns, ld);
    }
  }

  private static void refuse(
      String name, String kind, long length, long offset, int rows, int columns, int ld) {
    if (ld < Math.max(1, columns)) {
      throw new IllegalArgumentException(
          name
              + " lies as "
              + rows
              + "x"
              + columns
              + " with leading dimension "
              + ld
              + ": it must be at least "
              + Math.max(1, columns));
    }
    if (offset < 0) {
      throw new IllegalArgumentException(
          name + " begins at offset " + offset + ": it must be 0 or more");
    }
    long extent = extent(rows, columns, ld);
    throw new IllegalArgumentException(
        name
            + " lies as "
            + rows
            + "x"
            + columns
            + " with leading dimension "
            + ld
            + " and offset "
            + offset
            + " and so needs "
            + (offset > Long.MAX_VALUE - extent ? "more than 2^63" : offset + extent)
            + kind
            + length);
  }

  /**
   * Checks that the result C shares no element with an input, both in one numbering of elements;
   * interleaved blocks of one larger matrix are fine.
   */
  public static void checkDisjoint(
      String name,
      long in0,
      int inRows,
      int inColumns,
      int inLd,
      long c0,
      int cRows,
      int cColumns,
      int ldc) {
    checkDisjoint("C", name, in0, inRows, inColumns, inLd, c0, cRows, cColumns, ldc);
  }

  /**
   * The same for a result of another name.
   *
   * @param written the result
   */
  public static void checkDisjoint(
      String written,
      String name,
      long in0,
      int inRows,
      int inColumns,
      int inLd,
      long c0,
      int cRows,
      int cColumns,
      int ldc) {
    if (inRows == 0 || inColumns == 0 || cRows == 0 || cColumns == 0) {
      return;
    }
    if (in0 + extent(inRows, inColumns, inLd) <= c0 || c0 + extent(cRows, cColumns, ldc) <= in0) {
      return;
    }
    long column = Math.floorMod(c0 - in0, (long) ldc);
    if (inLd != ldc || column < inColumns || ldc - column < cColumns) {
      throw new IllegalArgumentException(
          written
              + " and "
              + name
              + " share elements: the product would change its own input, give "
              + written
              + " memory of its own");
    }
  }

  /**
   * Checks that a vector shares no element with a matrix in the same numbering of elements; a
   * column beside the matrix in one larger matrix is fine.
   *
   * @param written the one of the two that is written
   */
  public static void checkDisjoint(
      String written,
      String name,
      long a0,
      int rows,
      int columns,
      int lda,
      String vector,
      long v0,
      long inc,
      long n) {
    if (rows == 0 || columns == 0 || n == 0) {
      return;
    }
    long end = v0 + (n - 1) * inc;
    long begin = Math.min(v0, end);
    if (Math.max(v0, end) < a0 || a0 + extent(rows, columns, lda) <= begin) {
      return;
    }
    if (Math.abs(inc) % lda != 0 || Math.floorMod(begin - a0, (long) lda) < columns) {
      throw new IllegalArgumentException(
          vector
              + " and "
              + name
              + " share elements: the result would change its own input, give "
              + written
              + " memory of its own");
    }
  }

  /** Elements of a packed triangle of a matrix of n x n. */
  static long packed(int n) {
    return n * (n + 1L) / 2;
  }

  /**
   * Checks that a vector shares no element with a packed triangle in the same numbering of
   * elements.
   *
   * @param written the one of the two that is written
   */
  public static void checkPackedApart(
      String written, long ap0, int n, String vector, long v0, long inc, long elements) {
    long end = v0 + (elements - 1) * inc;
    long begin = Math.min(v0, end);
    long step = Math.abs(inc);
    long first = Math.max(0, Math.ceilDiv(ap0 - begin, step));
    if (first < elements && begin + first * step < ap0 + packed(n)) {
      throw new IllegalArgumentException(
          vector
              + " and AP share elements: the result would change its own input, give "
              + written
              + " memory of its own");
    }
  }

  /** Whether two arrays are one and the same, not only equal. */
  @SuppressWarnings("ReferenceEquality")
  public static boolean same(Object a, Object b) {
    return a == b;
  }

  /** Whether two segments may lie in the same array or both off-heap, so that addresses tell. */
  public static boolean shareMemory(MemorySegment a, MemorySegment b) {
    return a.isNative() == b.isNative() && (a.isNative() || shareArray(a, b));
  }

  /**
   * A read-only segment hides its array, so it counts as shared: rather an error too much than a
   * wrong result.
   */
  @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
  private static boolean shareArray(MemorySegment in, MemorySegment c) {
    Object array = in.heapBase().orElse(null);
    return array == null || array == c.heapBase().orElse(null);
  }

  /** Elements from the first to the last one of a matrix. */
  public static long extent(int rows, int columns, int ld) {
    return rows == 0 || columns == 0 ? 0 : (rows - 1L) * ld + columns;
  }

  public static void checkSizes(int m, int n, int k, int batch) {
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
  public static void check(
      String name, int length, long offset, int rows, int columns, int ld, long stride, int batch) {
    check(name, length, offset, rows, columns, ld);
    if (batch != 1) {
      check(name, length, offset, extent(rows, columns, ld), stride, batch);
    }
  }

  /** The same within a segment of elements of {@code bytes} bytes. */
  public static void check(
      String name,
      MemorySegment segment,
      int bytes,
      long offset,
      int rows,
      int columns,
      int ld,
      long stride,
      int batch) {
    check(name, segment, bytes, offset, rows, columns, ld);
    if (batch != 1) {
      long length = segment.byteSize() >> shift(bytes);
      check(name, length, offset, extent(rows, columns, ld), stride, batch);
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
  public static void checkApart(int rows, int columns, int ldc, long strideC, int batch) {
    if (batch <= 1) {
      return;
    }
    long extent = extent(rows, columns, ldc);
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
  public static void checkDisjoint(
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
      checkDisjoint(name, in0, inRows, inColumns, inLd, c0, cRows, cColumns, ldc);
      return;
    }
    long inExtent = extent(inRows, inColumns, inLd);
    long cExtent = extent(cRows, cColumns, ldc);
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
