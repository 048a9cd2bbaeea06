package dev.lanewise.kernel.gather;

import java.lang.foreign.MemorySegment;

/**
 * Columns copied from one matrix into another: {@code y[r, to + j] = x[r, from + j]} for j below
 * {@code width}. Called once per part it concatenates matrices along their columns, or splits one;
 * each is the gradient of the other.
 *
 * <p>Copies bits, NaN too. No rows or a width of 0: nothing is done.
 */
public final class ColumnSlice {
  private ColumnSlice() {}

  /**
   * Copies a slice of the given rows.
   *
   * @param x read: rows of {@code xCols} elements; must not overlap {@code y}
   * @param xCols columns of {@code x}
   * @param from first column that is read
   * @param y overwritten in the slice alone: rows of {@code yCols} elements
   * @param yCols columns of {@code y}
   * @param to first column that is written
   * @param width columns of the slice
   * @param rowBegin first row
   * @param rowEnd one past the last row
   */
  public static void copy(
      MemorySegment x,
      long xCols,
      long from,
      MemorySegment y,
      long yCols,
      long to,
      long width,
      long rowBegin,
      long rowEnd) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && width >= 0;
    assert 0 <= from && from + width <= xCols
        : "columns " + from + " to " + (from + width) + " of " + xCols;
    assert 0 <= to && to + width <= yCols
        : "columns " + to + " to " + (to + width) + " of " + yCols;
    for (long r = rowBegin; r < rowEnd; r++) {
      MemorySegment.copy(
          x,
          (r * xCols + from) * Float.BYTES,
          y,
          (r * yCols + to) * Float.BYTES,
          width * Float.BYTES);
    }
  }
}
