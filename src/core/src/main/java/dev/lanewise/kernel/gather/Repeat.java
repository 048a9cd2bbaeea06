package dev.lanewise.kernel.gather;

import java.lang.foreign.MemorySegment;

/**
 * Rows several times over: {@code y[o, i, c] = x[o, c]} for i below {@code times}.
 *
 * <p>Copies bits, NaN too. No rows or no columns: nothing is done.
 */
public final class Repeat {
  private Repeat() {}

  /**
   * Writes a range of the rows of y.
   *
   * @param x read: rows of {@code cols} elements; must not overlap {@code y}
   * @param y overwritten: {@code times} rows for each row of x
   * @param times how often each row is written, at least 1
   * @param cols elements of a row
   * @param rowBegin first row of y
   * @param rowEnd one past the last row of y
   */
  public static void rows(
      MemorySegment x, MemorySegment y, long times, long cols, long rowBegin, long rowEnd) {
    assert times >= 1 && cols >= 0 && 0 <= rowBegin && rowBegin <= rowEnd;
    long bytes = cols * Float.BYTES;
    for (long r = rowBegin; r < rowEnd; r++) {
      MemorySegment.copy(x, r / times * bytes, y, r * bytes, bytes);
    }
  }
}
