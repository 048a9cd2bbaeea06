package dev.lanewise.kernel.broadcast.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The product of every row of a matrix and one row, a gain: {@code y[r, c] = x[r, c] * row[c]}.
 * Each result is rounded once; NaN and infinities follow IEEE 754. No rows or no columns: nothing
 * is done.
 *
 * <p>Gradients: {@code dx} is {@link #forward} of dy; {@code drow} is the sum of dy x over the
 * rows. Rows are taken in blocks of 4, each summed as {@code (d0 x0 + d1 x1) + (d2 x2 + d3 x3)} and
 * added to {@code drow}; the last {@code rows % 4} rows are added one by one, each product with one
 * rounding. The order depends on {@code rows} alone, so the bits are the same at every width and
 * however the columns are split. Error: at most {@code (rows / 4 + rows % 4 + 3) u (|drow[c]| + sum
 * of |dy[r, c] x[r, c]|)}, u = 2^-24.
 */
public final class MulRow {
  /** Four rows of two operands are eight streams, what a core prefetches without losing any. */
  private static final int ROWS = 4;

  private MulRow() {}

  /**
   * {@code y[r, c] = x[r, c] * row[c]} for the rows {@code [rowBegin, rowEnd)}.
   *
   * @param x read: rows of {@code cols} elements
   * @param row read: {@code cols} elements
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols columns, less than 2^31
   */
  public static void forward(
      MemorySegment x, MemorySegment row, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = (r * cols) * Float.BYTES;
      row(x, row, y, base, n);
    }
  }

  private static void row(MemorySegment x, MemorySegment row, MemorySegment y, long base, int n) {
    if (x.getClass() != NATIVE || row.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, row, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long column = (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector vrow = FloatVector.fromMemorySegment(F32, row, column, ByteOrder.nativeOrder());
      vx.mul(vrow).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long column = (long) i * Float.BYTES;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          at,
          x.get(JAVA_FLOAT_UNALIGNED, at) * row.get(JAVA_FLOAT_UNALIGNED, column));
    }
  }

  /**
   * {@code drow[c] += sum over r of dy[r, c] x[r, c]} for the columns {@code [colBegin, colEnd)}
   * and all rows.
   *
   * @param dy read: {@code rows} x {@code cols}
   * @param x read: {@code rows} x {@code cols}, the input of the forward pass
   * @param drow accumulated into: {@code cols} elements; must not overlap the others
   * @param rows rows
   * @param cols columns, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void accumulate(
      MemorySegment dy,
      MemorySegment x,
      MemorySegment drow,
      long rows,
      long cols,
      long colBegin,
      long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(colEnd - colBegin);
    long base = colBegin * Float.BYTES;
    long stride = cols * Float.BYTES;
    long r = 0;
    for (; r <= rows - ROWS; r += ROWS) {
      long fourBase = (r * cols + colBegin) * Float.BYTES;
      fourRows(dy, x, fourBase, stride, drow, base, n);
    }
    for (; r < rows; r++) {
      long oneBase = (r * cols + colBegin) * Float.BYTES;
      oneRow(dy, x, oneBase, drow, base, n);
    }
  }

  private static void fourRows(
      MemorySegment dy,
      MemorySegment x,
      long fourBase,
      long stride,
      MemorySegment drow,
      long base,
      int n) {
    if (dy.getClass() != NATIVE || x.getClass() != NATIVE || drow.getClass() != NATIVE) {
      throw SegmentClass.notNative(dy, x, drow);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at0 = fourBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector d0 = FloatVector.fromMemorySegment(F32, dy, at0, ByteOrder.nativeOrder());
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at0, ByteOrder.nativeOrder());
      FloatVector d1 =
          FloatVector.fromMemorySegment(F32, dy, at0 + stride, ByteOrder.nativeOrder());
      FloatVector x1 = FloatVector.fromMemorySegment(F32, x, at0 + stride, ByteOrder.nativeOrder());
      FloatVector d2 =
          FloatVector.fromMemorySegment(F32, dy, at0 + stride + stride, ByteOrder.nativeOrder());
      FloatVector x2 =
          FloatVector.fromMemorySegment(F32, x, at0 + stride + stride, ByteOrder.nativeOrder());
      FloatVector d3 =
          FloatVector.fromMemorySegment(
              F32, dy, at0 + stride + stride + stride, ByteOrder.nativeOrder());
      FloatVector x3 =
          FloatVector.fromMemorySegment(
              F32, x, at0 + stride + stride + stride, ByteOrder.nativeOrder());
      FloatVector lower = d1.fma(x1, d0.mul(x0));
      FloatVector upper = d3.fma(x3, d2.mul(x2));
      FloatVector sum = FloatVector.fromMemorySegment(F32, drow, to, ByteOrder.nativeOrder());
      sum.add(lower.add(upper)).intoMemorySegment(drow, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at0 = fourBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      float d0 = dy.get(JAVA_FLOAT_UNALIGNED, at0);
      float x0 = x.get(JAVA_FLOAT_UNALIGNED, at0);
      float d1 = dy.get(JAVA_FLOAT_UNALIGNED, at0 + stride);
      float x1 = x.get(JAVA_FLOAT_UNALIGNED, at0 + stride);
      float d2 = dy.get(JAVA_FLOAT_UNALIGNED, at0 + stride + stride);
      float x2 = x.get(JAVA_FLOAT_UNALIGNED, at0 + stride + stride);
      float d3 = dy.get(JAVA_FLOAT_UNALIGNED, at0 + stride + stride + stride);
      float x3 = x.get(JAVA_FLOAT_UNALIGNED, at0 + stride + stride + stride);
      float lower = Math.fma(d1, x1, d0 * x0);
      float upper = Math.fma(d3, x3, d2 * x2);
      drow.set(JAVA_FLOAT_UNALIGNED, to, drow.get(JAVA_FLOAT_UNALIGNED, to) + (lower + upper));
    }
  }

  private static void oneRow(
      MemorySegment dy, MemorySegment x, long oneBase, MemorySegment drow, long base, int n) {
    if (dy.getClass() != NATIVE || x.getClass() != NATIVE || drow.getClass() != NATIVE) {
      throw SegmentClass.notNative(dy, x, drow);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = oneBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector sum = FloatVector.fromMemorySegment(F32, drow, to, ByteOrder.nativeOrder());
      vdy.fma(vx, sum).intoMemorySegment(drow, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = oneBase + (long) i * Float.BYTES;
      long to = base + (long) i * Float.BYTES;
      drow.set(
          JAVA_FLOAT_UNALIGNED,
          to,
          Math.fma(
              dy.get(JAVA_FLOAT_UNALIGNED, at),
              x.get(JAVA_FLOAT_UNALIGNED, at),
              drow.get(JAVA_FLOAT_UNALIGNED, to)));
    }
  }
}
