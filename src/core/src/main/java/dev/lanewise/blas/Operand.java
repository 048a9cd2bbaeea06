package dev.lanewise.blas;

import java.lang.foreign.MemorySegment;

/** The checks that every matrix operand passes before a kernel sees it. */
final class Operand {
  private Operand() {}

  /** Checks that a matrix of {@code rows x columns} floats lies within its segment. */
  static void check(
      String name, MemorySegment segment, long offset, int rows, int columns, int ld) {
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
    if (segment.address() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          name
              + " lies at address "
              + segment.address()
              + ", which is not a multiple of 4: align its segment");
    }
    long elements = Math.addExact(offset, extent(rows, columns, ld));
    if (elements > segment.byteSize() / Float.BYTES) {
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
              + elements
              + " floats, its segment has "
              + segment.byteSize() / Float.BYTES);
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(name + " lies in memory that was closed");
    }
  }

  /**
   * Checks that the result shares no element with an input; interleaved blocks of one larger matrix
   * are fine.
   */
  static void checkDisjoint(
      String name,
      MemorySegment in,
      long inOffset,
      int inRows,
      int inColumns,
      int inLd,
      MemorySegment c,
      long cOffset,
      int cRows,
      int cColumns,
      int ldc) {
    if (inRows == 0 || inColumns == 0 || cRows == 0 || cColumns == 0) {
      return;
    }
    if (in.isNative() != c.isNative() || (!c.isNative() && !shareArray(in, c))) {
      return;
    }
    long inBegin = in.address() + inOffset * Float.BYTES;
    long inEnd = inBegin + extent(inRows, inColumns, inLd) * Float.BYTES;
    long cBegin = c.address() + cOffset * Float.BYTES;
    long cEnd = cBegin + extent(cRows, cColumns, ldc) * Float.BYTES;
    if (inEnd <= cBegin || cEnd <= inBegin) {
      return;
    }
    // Heap segments of one array count their addresses from the same base, so the difference is
    // right for them too.
    long distance = (cBegin - inBegin) / Float.BYTES;
    long column = Math.floorMod(distance, (long) ldc);
    if (inLd != ldc || column < inColumns || ldc - column < cColumns) {
      throw new IllegalArgumentException(
          "C and "
              + name
              + " share elements: the product would change its own input, give C memory of its"
              + " own");
    }
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
  private static long extent(int rows, int columns, int ld) {
    return rows == 0 || columns == 0 ? 0 : (rows - 1L) * ld + columns;
  }
}
