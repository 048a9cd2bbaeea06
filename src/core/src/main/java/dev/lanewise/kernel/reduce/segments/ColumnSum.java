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
 * Sums of columns: {@code db[c] += sum over r of dy[r, c]}, the gradient of a bias; the gradient of
 * the sum is its cotangent in every row.
 *
 * <p>Rows are taken in blocks of 8: each block is summed as {@code ((r0+r1)+(r2+r3)) +
 * ((r4+r5)+(r6+r7))} and added to {@code db}; the last {@code rows % 8} rows are added one by one.
 * The order depends on {@code rows} alone, so the bits are the same at every width and however the
 * columns are split.
 *
 * <p>Error: at most {@code (rows / 8 + rows % 8 + 3) u (|db[c]| + sum of |dy[r, c]|)}, u = 2^-24.
 * NaN and infinities follow IEEE 754 and stay in their column. No rows or no columns: nothing is
 * done.
 */
public final class ColumnSum {
  /**
   * Eight streams are what a core prefetches without losing any; db is read and written once for
   * eight rows.
   */
  private static final int ROWS = 8;

  private ColumnSum() {}

  /**
   * {@code db[c] += sum over r of dy[r, c]} for the columns {@code [colBegin, colEnd)} and all
   * rows.
   *
   * @param dy read: {@code rows} x {@code cols}
   * @param db accumulated into: {@code cols} elements; must not overlap {@code dy}
   * @param rows rows of {@code dy}
   * @param cols columns of {@code dy}, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void accumulate(
      MemorySegment dy, MemorySegment db, long rows, long cols, long colBegin, long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(colEnd - colBegin);
    long rowStride = cols * Float.BYTES;
    long colBase = colBegin * Float.BYTES;
    long r = 0;
    for (; r <= rows - ROWS; r += ROWS) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addEightRows(dy, rowBase, rowStride, db, colBase, n);
    }
    for (; r < rows; r++) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      addRow(dy, rowBase, db, colBase, n);
    }
  }

  /**
   * {@code dx[r, c] = scale dy[c]} for the given rows: the gradient of the sum with a scale of 1,
   * of the mean with {@code 1 / rows}. Each product is rounded once.
   *
   * @param dy read: {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; must not overlap {@code dy}
   * @param scale the factor
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment dy, MemorySegment dx, float scale, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long rowBase = r * cols * Float.BYTES;
      scaledRow(dy, scale, dx, rowBase, n);
    }
  }

  private static void scaledRow(MemorySegment x, float scale, MemorySegment y, long yBase, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .mul(scale)
          .intoMemorySegment(y, yBase + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, yBase + at, x.get(JAVA_FLOAT_UNALIGNED, at) * scale);
    }
  }

  private static void addEightRows(
      MemorySegment x, long xBase, long rowStride, MemorySegment y, long yBase, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      FloatVector r0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector r1 =
          FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder());
      FloatVector r2 =
          FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder());
      FloatVector r3 =
          FloatVector.fromMemorySegment(F32, x, at + 3 * rowStride, ByteOrder.nativeOrder());
      FloatVector r4 =
          FloatVector.fromMemorySegment(F32, x, at + 4 * rowStride, ByteOrder.nativeOrder());
      FloatVector r5 =
          FloatVector.fromMemorySegment(F32, x, at + 5 * rowStride, ByteOrder.nativeOrder());
      FloatVector r6 =
          FloatVector.fromMemorySegment(F32, x, at + 6 * rowStride, ByteOrder.nativeOrder());
      FloatVector r7 =
          FloatVector.fromMemorySegment(F32, x, at + 7 * rowStride, ByteOrder.nativeOrder());
      FloatVector sum = r0.add(r1).add(r2.add(r3)).add(r4.add(r5).add(r6.add(r7)));
      long to = yBase + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, y, to, ByteOrder.nativeOrder())
          .add(sum)
          .intoMemorySegment(y, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      float r0 = x.get(JAVA_FLOAT_UNALIGNED, at);
      float r1 = x.get(JAVA_FLOAT_UNALIGNED, at + rowStride);
      float r2 = x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride);
      float r3 = x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride);
      float r4 = x.get(JAVA_FLOAT_UNALIGNED, at + 4 * rowStride);
      float r5 = x.get(JAVA_FLOAT_UNALIGNED, at + 5 * rowStride);
      float r6 = x.get(JAVA_FLOAT_UNALIGNED, at + 6 * rowStride);
      float r7 = x.get(JAVA_FLOAT_UNALIGNED, at + 7 * rowStride);
      float sum = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7));
      long to = yBase + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, to, y.get(JAVA_FLOAT_UNALIGNED, to) + sum);
    }
  }

  private static void addRow(MemorySegment x, long xBase, MemorySegment y, long yBase, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, xBase + at, ByteOrder.nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, yBase + at, ByteOrder.nativeOrder());
      vy.add(vx).intoMemorySegment(y, yBase + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          yBase + at,
          y.get(JAVA_FLOAT_UNALIGNED, yBase + at) + x.get(JAVA_FLOAT_UNALIGNED, xBase + at));
    }
  }
}
