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
 * The largest element of each column: {@code y[c] = max over r of x[r, c]}.
 *
 * <p>NaN counts as larger than everything and +0 as larger than -0. Exact, so no order of the rows
 * matters: the same bits at every width and however the columns are split. No rows: -infinity. No
 * columns: nothing is done.
 */
public final class ColumnMax {
  private ColumnMax() {}

  /**
   * {@code y[c] = max over r of x[r, c]} for the columns {@code [colBegin, colEnd)}.
   *
   * @param x read: {@code rows} x {@code cols}
   * @param y overwritten: {@code cols} elements; must not overlap {@code x}
   * @param rows rows of {@code x}
   * @param cols columns of {@code x}, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rows, long cols, long colBegin, long colEnd) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(colEnd - colBegin);
    long rowStride = cols * Float.BYTES;
    long base = colBegin * Float.BYTES;
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY)
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      y.set(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES, Float.NEGATIVE_INFINITY);
    }
    long r = 0;
    for (; r <= rows - 4; r += 4) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      joinFourRows(x, rowBase, rowStride, y, base, n);
    }
    for (; r < rows; r++) {
      long rowBase = (r * cols + colBegin) * Float.BYTES;
      joinRow(x, rowBase, y, base, n);
    }
  }

  private static void joinFourRows(
      MemorySegment x, long xBase, long rowStride, MemorySegment y, long yBase, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = yBase + (long) i * Float.BYTES;
      FloatVector upper =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .max(FloatVector.fromMemorySegment(F32, x, at + rowStride, ByteOrder.nativeOrder()));
      FloatVector lower =
          FloatVector.fromMemorySegment(F32, x, at + 2 * rowStride, ByteOrder.nativeOrder())
              .max(
                  FloatVector.fromMemorySegment(
                      F32, x, at + 3 * rowStride, ByteOrder.nativeOrder()));
      FloatVector.fromMemorySegment(F32, y, to, ByteOrder.nativeOrder())
          .max(upper.max(lower))
          .intoMemorySegment(y, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = yBase + (long) i * Float.BYTES;
      float upper =
          Math.max(x.get(JAVA_FLOAT_UNALIGNED, at), x.get(JAVA_FLOAT_UNALIGNED, at + rowStride));
      float lower =
          Math.max(
              x.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowStride),
              x.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowStride));
      y.set(
          JAVA_FLOAT_UNALIGNED,
          to,
          Math.max(y.get(JAVA_FLOAT_UNALIGNED, to), Math.max(upper, lower)));
    }
  }

  private static void joinRow(MemorySegment x, long xBase, MemorySegment y, long yBase, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = xBase + (long) i * Float.BYTES;
      long to = yBase + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, y, to, ByteOrder.nativeOrder())
          .max(FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
          .intoMemorySegment(y, to, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = xBase + (long) i * Float.BYTES;
      long to = yBase + (long) i * Float.BYTES;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          to,
          Math.max(y.get(JAVA_FLOAT_UNALIGNED, to), x.get(JAVA_FLOAT_UNALIGNED, at)));
    }
  }
}
