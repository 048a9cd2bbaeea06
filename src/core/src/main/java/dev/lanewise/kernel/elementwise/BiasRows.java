package dev.lanewise.kernel.elementwise;

import java.lang.foreign.MemorySegment;

/**
 * The same row everywhere: {@code y[r, c] = bias[c]}, the start value of a product that is
 * accumulated on a bias.
 *
 * <p>Bits are copied, NaN too. No rows or no columns: nothing is done.
 */
public final class BiasRows {
  private BiasRows() {}

  /**
   * {@code y[r, :] = bias} for the given rows.
   *
   * @param bias read: {@code cols} elements; must not overlap {@code y}
   * @param y overwritten: rows of {@code cols} elements
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row
   */
  public static void broadcast(
      MemorySegment bias, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    long rowBytes = cols * Float.BYTES;
    for (long r = rowBegin; r < rowEnd; r++) {
      MemorySegment.copy(bias, 0, y, r * rowBytes, rowBytes);
    }
  }
}
