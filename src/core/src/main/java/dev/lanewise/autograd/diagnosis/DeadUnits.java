package dev.lanewise.autograd.diagnosis;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Counts the columns of zeros of a matrix. */
final class DeadUnits {
  private DeadUnits() {}

  /**
   * Columns without an element other than 0. After each row only those that had none so far are
   * looked at: a few rows, where few units are dead.
   *
   * @param dy read: rows of {@code cols} floats
   */
  static int count(MemorySegment dy, long rows, int cols) {
    int[] dead = new int[cols];
    for (int c = 0; c < cols; c++) {
      dead[c] = c;
    }
    int count = cols;
    for (long r = 0; r < rows && count > 0; r++) {
      long row = r * cols * Float.BYTES;
      int left = 0;
      for (int i = 0; i < count; i++) {
        int c = dead[i];
        dead[left] = c;
        left += dy.get(JAVA_FLOAT_UNALIGNED, row + (long) c * Float.BYTES) == 0 ? 1 : 0;
      }
      count = left;
    }
    return count;
  }
}
