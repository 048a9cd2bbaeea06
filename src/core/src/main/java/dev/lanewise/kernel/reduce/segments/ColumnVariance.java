package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Mean and variance of columns in two passes: with {@code d[r, c] = x[r, c] - x[0, c]}, {@code
 * shift = (sum of d) / rows}, {@code mean = x[0, c] + shift}, {@code variance = (sum of (d -
 * shift)^2) / (rows - correction)} (T. F. Chan, G. H. Golub, R. J. LeVeque: Algorithms for
 * Computing the Sample Variance, 1983, section 2). Shifted by the first element of the column the
 * mean keeps its digits beside a spread that is 10^4 times smaller. The gradient of the variance is
 * {@code dx = 2 dy (x - mean) / (rows - correction)}; that of the mean is {@link
 * ColumnSum#backward}.
 *
 * <p>A NaN or an infinity makes both results of its column NaN; so does a distance from the first
 * element that is more than the largest float. If a square is, the variance is +infinity. No rows:
 * both are NaN; where {@code rows} is the correction the variance is NaN, 0 / 0. No columns:
 * nothing is done.
 *
 * <p>Rows are summed four at a time, {@code (r0 + r1) + (r2 + r3)}, and each such sum is added in
 * order; so are the last {@code rows % 4} rows one by one. The order depends on {@code rows} alone:
 * the same bits at every width and however the columns are split.
 *
 * <p>Error, u = 2^-24, {@code N = rows / 4 + 6}, {@code delta = (N + 2) u mean of |d|}: {@code
 * |mean - mean'| <= delta + u |mean|} and {@code |variance - variance'| <= (N + 5) u variance + 2
 * delta^2 + 4 u mean of |d (d - shift)|}, the latter if the correction is small beside {@code
 * rows}.
 */
public final class ColumnVariance {
  private ColumnVariance() {}

  /**
   * Means and variances of the columns {@code [colBegin, colEnd)}.
   *
   * @param x read: {@code rows} x {@code cols}
   * @param mean overwritten: {@code cols} elements; must not overlap {@code x}
   * @param variance overwritten: {@code cols} elements; must not overlap {@code x}
   * @param correction 0 for the variance of the column itself, 1 for the unbiased estimate of the
   *     variance that it was drawn with
   * @param rows rows of {@code x}
   * @param cols columns of {@code x}, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void forward(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment variance,
      int correction,
      long rows,
      long cols,
      long colBegin,
      long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(colEnd - colBegin);
    long rowStride = cols * Float.BYTES;
    long base = colBegin * Float.BYTES;
    fill(mean, base, n, rows == 0 ? Float.NaN : 0);
    fill(variance, base, n, rows == 0 ? Float.NaN : 0);
    if (rows == 0) {
      return;
    }
    long r = 0;
    for (; r <= rows - 4; r += 4) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addFourRows(x, rowBase, rowStride, mean, base, n);
    }
    for (; r < rows; r++) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addRow(x, rowBase, mean, base, n);
    }
    divide(mean, base, n, (float) rows);
    r = 0;
    for (; r <= rows - 4; r += 4) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addFourSquares(x, rowBase, rowStride, mean, variance, base, n);
    }
    for (; r < rows; r++) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addSquares(x, rowBase, mean, variance, base, n);
    }
    divide(variance, base, n, (float) (rows - correction));
    addFirst(x, mean, base, n);
  }

  private static void fill(MemorySegment y, long base, int n, float value) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.broadcast(F32, value).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, at, value);
    }
  }

  /** {@code sum += (d0 + d1) + (d2 + d3)}; the first row stands where {@code sum} does. */
  private static void addFourRows(
      MemorySegment x, long xBase, long rowStride, MemorySegment sum, long base, int n) {
    if (x.getClass() != NATIVE || sum.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, sum);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector first = FloatVector.fromMemorySegment(F32, x, to, ByteOrder.nativeOrder());
      FloatVector d0 =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(first);
      FloatVector d1 =
          FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder()).sub(first);
      FloatVector d2 =
          FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder())
              .sub(first);
      FloatVector d3 =
          FloatVector.fromMemorySegment(F32, x, at + 3 * rowStride, ByteOrder.nativeOrder())
              .sub(first);
      FloatVector.fromMemorySegment(F32, sum, to, ByteOrder.nativeOrder())
          .add(d0.add(d1).add(d2.add(d3)))
          .intoMemorySegment(sum, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      float first = x.get(JAVA_FLOAT_UNALIGNED, to);
      float d0 = x.get(JAVA_FLOAT_UNALIGNED, at) - first;
      float d1 = x.get(JAVA_FLOAT_UNALIGNED, at + rowStride) - first;
      float d2 = x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride) - first;
      float d3 = x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride) - first;
      float before = sum.get(JAVA_FLOAT_UNALIGNED, to);
      sum.set(JAVA_FLOAT_UNALIGNED, to, before + ((d0 + d1) + (d2 + d3)));
    }
  }

  private static void addRow(MemorySegment x, long xBase, MemorySegment sum, long base, int n) {
    if (x.getClass() != NATIVE || sum.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, sum);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .sub(FloatVector.fromMemorySegment(F32, x, to, ByteOrder.nativeOrder()));
      FloatVector.fromMemorySegment(F32, sum, to, ByteOrder.nativeOrder())
          .add(d)
          .intoMemorySegment(sum, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - x.get(JAVA_FLOAT_UNALIGNED, to);
      sum.set(JAVA_FLOAT_UNALIGNED, to, sum.get(JAVA_FLOAT_UNALIGNED, to) + d);
    }
  }

  /** {@code sum += (s0 + s1) + (s2 + s3)}, {@code s = (d - shift)^2}. */
  private static void addFourSquares(
      MemorySegment x,
      long xBase,
      long rowStride,
      MemorySegment shift,
      MemorySegment sum,
      long base,
      int n) {
    if (x.getClass() != NATIVE || shift.getClass() != NATIVE || sum.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, shift, sum);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector first = FloatVector.fromMemorySegment(F32, x, to, ByteOrder.nativeOrder());
      FloatVector by = FloatVector.fromMemorySegment(F32, shift, to, ByteOrder.nativeOrder());
      FloatVector d0 =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(first).sub(by);
      FloatVector d1 =
          FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder())
              .sub(first)
              .sub(by);
      FloatVector d2 =
          FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder())
              .sub(first)
              .sub(by);
      FloatVector d3 =
          FloatVector.fromMemorySegment(F32, x, at + 3 * rowStride, ByteOrder.nativeOrder())
              .sub(first)
              .sub(by);
      FloatVector.fromMemorySegment(F32, sum, to, ByteOrder.nativeOrder())
          .add(d1.fma(d1, d0.mul(d0)).add(d3.fma(d3, d2.mul(d2))))
          .intoMemorySegment(sum, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      float first = x.get(JAVA_FLOAT_UNALIGNED, to);
      float by = shift.get(JAVA_FLOAT_UNALIGNED, to);
      float d0 = x.get(JAVA_FLOAT_UNALIGNED, at) - first - by;
      float d1 = x.get(JAVA_FLOAT_UNALIGNED, at + rowStride) - first - by;
      float d2 = x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride) - first - by;
      float d3 = x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride) - first - by;
      float squares = Math.fma(d1, d1, d0 * d0) + Math.fma(d3, d3, d2 * d2);
      sum.set(JAVA_FLOAT_UNALIGNED, to, sum.get(JAVA_FLOAT_UNALIGNED, to) + squares);
    }
  }

  private static void addSquares(
      MemorySegment x, long xBase, MemorySegment shift, MemorySegment sum, long base, int n) {
    if (x.getClass() != NATIVE || shift.getClass() != NATIVE || sum.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, shift, sum);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .sub(FloatVector.fromMemorySegment(F32, x, to, ByteOrder.nativeOrder()))
              .sub(FloatVector.fromMemorySegment(F32, shift, to, ByteOrder.nativeOrder()));
      d.fma(d, FloatVector.fromMemorySegment(F32, sum, to, ByteOrder.nativeOrder()))
          .intoMemorySegment(sum, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      float first = x.get(JAVA_FLOAT_UNALIGNED, to);
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - first - shift.get(JAVA_FLOAT_UNALIGNED, to);
      sum.set(JAVA_FLOAT_UNALIGNED, to, Math.fma(d, d, sum.get(JAVA_FLOAT_UNALIGNED, to)));
    }
  }

  private static void divide(MemorySegment y, long base, int n, float divisor) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder())
          .div(divisor)
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, at, y.get(JAVA_FLOAT_UNALIGNED, at) / divisor);
    }
  }

  private static void addFirst(MemorySegment x, MemorySegment mean, long base, int n) {
    if (x.getClass() != NATIVE || mean.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, mean);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, mean, at, ByteOrder.nativeOrder())
          .add(FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
          .intoMemorySegment(mean, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float first = x.get(JAVA_FLOAT_UNALIGNED, at);
      mean.set(JAVA_FLOAT_UNALIGNED, at, first + mean.get(JAVA_FLOAT_UNALIGNED, at));
    }
  }

  /**
   * {@code dx[r, c] = 2 dy[c] (x[r, c] - mean[c]) / (rows - correction)} for the given rows, the
   * gradient of the variance.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param mean read: that of the forward pass, {@code cols} elements
   * @param dy read: {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param scale {@code 2 / (rows - correction)}, with the rows of the whole matrix
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment dy,
      MemorySegment dx,
      float scale,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long rowBase = r * cols * Float.BYTES;
      backwardRow(x, mean, dy, dx, scale, rowBase, n);
    }
  }

  private static void backwardRow(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment dy,
      MemorySegment dx,
      float scale,
      long rowBase,
      int n) {
    if (x.getClass() != NATIVE
        || mean.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, mean, dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector factor =
          FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector.fromMemorySegment(F32, x, rowBase + at, ByteOrder.nativeOrder())
          .sub(FloatVector.fromMemorySegment(F32, mean, at, ByteOrder.nativeOrder()))
          .mul(factor)
          .intoMemorySegment(dx, rowBase + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float factor = dy.get(JAVA_FLOAT_UNALIGNED, at) * scale;
      float d = x.get(JAVA_FLOAT_UNALIGNED, rowBase + at) - mean.get(JAVA_FLOAT_UNALIGNED, at);
      dx.set(JAVA_FLOAT_UNALIGNED, rowBase + at, d * factor);
    }
  }
}
