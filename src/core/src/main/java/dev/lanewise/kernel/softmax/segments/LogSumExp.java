package dev.lanewise.kernel.softmax.segments;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.softmax.row.segments.RowExp;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;

/**
 * The logarithm of the sum of exponentials of each row: {@code y[r] = m + log(sum over c of
 * exp(x[r, c] - m))}, {@code m} the maximum of the row; the gradient is {@code dx = dy softmax(x)}.
 *
 * <p>A NaN or a +infinity makes the result and the gradient of its row NaN. A row of nothing but
 * -infinity, or of no columns, gives -infinity and a gradient of 0. No rows: nothing is done.
 *
 * <p>The sum runs over 32 virtual lanes as {@link Softmax} has it. Each row is computed alone: the
 * same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}, {@code eps = (N + 4 + log cols) u}: {@code
 * |y - y'| <= eps + 2 u log cols + u |y|}, and {@code |dx - dx'| <= ((eps + (5 + m - x) u) softmax
 * + 2^-99) |dy|}.
 */
public final class LogSumExp {
  private LogSumExp() {}

  /**
   * {@code y[r] = log(sum over c of exp(x[r, c]))} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: one element per row; must not overlap {@code x}
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float max = RowExp.max(x, base, n);
      float sum = RowExp.sum(x, base, n, RowExp.shift(max), 1);
      // The logarithm of 0 is the -infinity that a row of nothing else has to give.
      y.set(
          JAVA_FLOAT_UNALIGNED,
          r * Float.BYTES,
          (float) ((double) RowExp.shift(max) + Log.log(sum)));
    }
  }

  /**
   * {@code dx[r, c] = dy[r] softmax(x)[r, c]} for the given rows.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param dy read: one element per row
   * @param dx overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float max = RowExp.max(x, base, n);
      float sum = RowExp.sumInto(x, dx, base, n, RowExp.shift(max), 1);
      float factor = sum == 0 ? 0 : dy.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES) / sum;
      RowExp.scale(dx, base, n, factor);
    }
  }
}
