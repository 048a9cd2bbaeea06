package dev.lanewise.kernel.shape.segments;

import dev.lanewise.kernel.shape.block.segments.TransposeBlocks;
import java.lang.foreign.MemorySegment;

/**
 * The transpose of a matrix, {@code y[c, r] = x[r, c]}; the gradient is the transpose of {@code
 * dy}, with rows and columns exchanged.
 *
 * <p>Copies bits, NaN too. Blocks of 64 x 64 pass through the first-level cache, where they are
 * transposed in vectors. No rows or no columns: nothing is done.
 */
public final class Transpose {
  private Transpose() {}

  /**
   * {@code y[c, r] = x[r, c]} for the columns {@code [colBegin, colEnd)} and all rows.
   *
   * @param x read: {@code rows} x {@code cols}
   * @param y overwritten: {@code cols} x {@code rows}; must not overlap {@code x}
   * @param rows rows of {@code x}
   * @param cols columns of {@code x}
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rows, long cols, long colBegin, long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    long xStart = colBegin;
    long yStart = colBegin * rows;
    TransposeBlocks.run(x, xStart, cols, y, yStart, rows, rows, colEnd - colBegin);
  }
}
