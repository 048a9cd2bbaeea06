package dev.lanewise.kernel.softmax.segments;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.kernel.softmax.row.segments.RowExp;
import java.lang.foreign.MemorySegment;

/**
 * Softmax of rows: {@code y = e / sum of e}, {@code e = exp(scale (x - m))}, {@code m} the maximum
 * of the row; the gradient is {@code dx = scale y (dy - sum of y dy)}.
 *
 * <p>The scale and a mask belong to the same pass, for the scores of attention: of each row only
 * the first columns are visible, as many as a length or the diagonal of a causal mask says. The
 * hidden ones are not read, and their probability is 0.
 *
 * <p>A NaN or a +infinity among the visible columns makes them NaN, in that row alone. -infinity
 * has probability 0, and so has an element with {@code scale (x - m)} below -69, whose subnormal
 * neighbours would slow the products it goes into. A row that is hidden or -infinity throughout is
 * 0. No rows or no columns: nothing is done.
 *
 * <p>Both sums run over 32 virtual lanes, element i in lane {@code i % 32} in order of i, folded as
 * {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code n % 32} of n visible elements are summed
 * on their own, in order, and added at the end. Each row is computed alone: the same bits at every
 * width and however the rows are split.
 *
 * <p>Error, u = 2^-24, n visible elements, {@code N = n / 32 + 31 + 5}, {@code D = scale (m - x)}:
 * with {@code eps = (N + 4 + 2 log n) u} for the relative error of the sum, {@code |y - y'| <= (eps
 * + (5 + 2 D) u) y + 2^-99}; for the gradient {@code |dx - dx'| <= (4 u |dy - S| + (N + 1) u sum of
 * |y dy|) scale y}, {@code S} the exact sum of {@code y dy}.
 */
public final class Softmax {
  /** Columns up to which the fold of a sum takes as long as a pass over the row. */
  private static final int SHORT = 256;

  /** Columns from which one pass was measured to be faster again; for 8,192 it was not. */
  private static final int LONG = 16 * 1024;

  private Softmax() {}

  /**
   * {@code y = softmax(x)} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
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
      row(x, y, base, n, n, 1);
    }
  }

  /**
   * {@code y = softmax(scale x)} over the first {@code lengths[r]} columns of each row, 0 in the
   * others.
   *
   * @param x read: rows of {@code cols} elements
   * @param lengths read: one int32 per row, the visible columns, each in {@code [0, cols]}
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param scale positive and finite
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forwardLengths(
      MemorySegment x,
      MemorySegment lengths,
      MemorySegment y,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    assert 0 < scale && scale < Float.POSITIVE_INFINITY : "a scale of " + scale;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      int visible = lengths.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      assert 0 <= visible && visible <= n
          : "length " + visible + " of row " + r + " is more than the " + n + " columns";
      long base = r * cols * Float.BYTES;
      row(x, y, base, visible, n, scale);
    }
  }

  /**
   * {@code y = softmax(scale x)} of matrices of {@code queries} rows, one after the other, under a
   * causal mask: in row q of a matrix the columns {@code c <= q + diagonal} are visible, the others
   * are 0.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param scale positive and finite; 1 leaves the scores as they are
   * @param queries rows of a matrix, at least 1
   * @param diagonal 0 for a square matrix, {@code cols - queries} where the queries are the last of
   *     {@code cols} positions; {@code cols - 1} or more hides nothing
   * @param rowBegin first row, counted over all matrices
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forwardCausal(
      MemorySegment x,
      MemorySegment y,
      float scale,
      long queries,
      long diagonal,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0 && queries >= 1;
    assert 0 < scale && scale < Float.POSITIVE_INFINITY : "a scale of " + scale;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      int visible = (int) Math.clamp(r % queries + diagonal + 1, 0, cols);
      long base = r * cols * Float.BYTES;
      row(x, y, base, visible, n, scale);
    }
  }

  private static void row(
      MemorySegment x, MemorySegment y, long base, int visible, int n, float scale) {
    float max = RowExp.max(x, base, visible);
    float sum = RowExp.sumInto(x, y, base, visible, RowExp.shift(max), scale);
    RowExp.scale(y, base, visible, sum == 0 ? 0 : 1 / sum);
    if (visible < n) {
      long hidden = base + (long) visible * Float.BYTES;
      RowExp.clear(y, hidden, n - visible);
    }
  }

  /**
   * {@code dx = scale y (dy - sum of y dy)} for the given rows. Hidden columns have {@code y = 0},
   * so they need no mask: their gradient is 0 where {@code dy} is finite.
   *
   * @param y read: the output of the forward pass, rows of {@code cols} elements
   * @param dy read: rows of {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code dy} or {@code y} itself
   * @param scale that of the forward pass, 1 for the plain form
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    if ((n <= SHORT || n >= LONG) && rowBegin < rowEnd) {
      backwardOverlapped(y, dy, dx, scale, rowBegin, rowEnd, cols, n);
      return;
    }
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      RowExp.gradient(y, dy, dx, base, n, RowExp.dot(y, dy, base, n), scale);
    }
  }

  /**
   * The gradient of each row together with the sum of the next: 1.15 times as fast for rows of 128
   * columns, 1.7 times for rows of 50,257; between the two limits up to a fifth slower.
   */
  private static void backwardOverlapped(
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols,
      int n) {
    long first = rowBegin * cols * Float.BYTES;
    float dot = RowExp.dot(y, dy, first, n);
    for (long r = rowBegin; r < rowEnd - 1; r++) {
      long base = r * cols * Float.BYTES;
      dot = RowExp.gradientAndNextDot(y, dy, dx, base, n, dot, scale);
    }
    long last = (rowEnd - 1) * cols * Float.BYTES;
    RowExp.gradient(y, dy, dx, last, n, dot, scale);
  }
}
