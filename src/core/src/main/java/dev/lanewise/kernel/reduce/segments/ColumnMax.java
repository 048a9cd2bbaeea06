package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The largest element of each column, {@code y[c] = max over r of x[r, c]}, and where it stands
 * first; the gradient of the maximum is {@code dy[c]} at that place and 0 elsewhere.
 *
 * <p>NaN counts as larger than everything and +0 as larger than -0 in the value; the index is that
 * of the first NaN, else of the first element that equals the maximum, -0 and +0 being equal.
 * Exact, so no order of the rows matters: the same bits at every width and however the columns are
 * split. No rows: the maximum is -infinity, its index -1. No columns: nothing is done.
 */
public final class ColumnMax {
  private static final int INFINITY = 0x7f80_0000;

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

  /**
   * {@code indices[c]} = the first r at which {@code x[r, c]} is the maximum, for the columns
   * {@code [colBegin, colEnd)}.
   *
   * @param x read: {@code rows} x {@code cols}
   * @param indices overwritten: {@code cols} elements of int32; must not overlap {@code x}
   * @param rows rows of {@code x}, less than 2^31
   * @param cols columns of {@code x}, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void argmax(
      MemorySegment x, MemorySegment indices, long rows, long cols, long colBegin, long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(rows);
    long rowStride = cols * Float.BYTES;
    long c = colBegin;
    for (; c <= colEnd - F32_LANES; c += F32_LANES) {
      long base = c * Float.BYTES;
      findInVector(x, base, n, rowStride, indices);
    }
    for (; c < colEnd; c++) {
      int best = Integer.MIN_VALUE;
      int index = -1;
      for (int r = 0; r < n; r++) {
        int key = key(x.get(JAVA_FLOAT_UNALIGNED, (r * cols + c) * Float.BYTES));
        index = key > best ? r : index;
        best = Math.max(best, key);
      }
      indices.set(JAVA_INT_UNALIGNED, c * Integer.BYTES, index);
    }
  }

  /** As many columns as a vector has lanes: a cache line of each row, or less. */
  private static void findInVector(
      MemorySegment x, long base, int rows, long rowStride, MemorySegment indices) {
    if (x.getClass() != NATIVE || indices.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, indices);
    }
    IntVector best = IntVector.broadcast(I32, Integer.MIN_VALUE);
    IntVector index = IntVector.broadcast(I32, -1);
    for (int r = 0; r < rows; r++) {
      FloatVector v =
          FloatVector.fromMemorySegment(F32, x, base + r * rowStride, ByteOrder.nativeOrder());
      IntVector bits = v.add(0).reinterpretAsInts();
      IntVector key =
          bits.lanewise(
                  VectorOperators.XOR,
                  bits.lanewise(VectorOperators.ASHR, 31).lanewise(VectorOperators.LSHR, 1))
              .blend(
                  Integer.MAX_VALUE,
                  bits.and(Integer.MAX_VALUE).compare(VectorOperators.GT, INFINITY));
      index = IntVector.broadcast(I32, r).blend(index, key.compare(VectorOperators.LE, best));
      best = key.max(best);
    }
    index.intoMemorySegment(indices, base, ByteOrder.nativeOrder());
  }

  /** An int that is as much more than others as the float is; NaN is the largest, -0 is 0. */
  private static int key(float x) {
    int bits = Float.floatToRawIntBits(x + 0f);
    return Float.isNaN(x) ? Integer.MAX_VALUE : bits ^ (bits >> 31 >>> 1);
  }

  /**
   * {@code dx[indices[c], c] = dy[c]}, 0 elsewhere, for the given rows.
   *
   * @param indices read: {@code cols} elements of int32: what {@link #argmax} gave; the column of
   *     an index that is no row has no gradient
   * @param dy read: {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; must not overlap the others
   * @param rowBegin first row
   * @param rowEnd one past the last row, less than 2^31
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment indices,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long rowBase = r * cols * Float.BYTES;
      scatter(indices, dy, dx, rowBase, Math.toIntExact(r), n);
    }
  }

  private static void scatter(
      MemorySegment indices, MemorySegment dy, MemorySegment dx, long rowBase, int row, int n) {
    if (indices.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(indices, dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      IntVector index = IntVector.fromMemorySegment(I32, indices, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      IntVector.zero(I32)
          .blend(vdy.reinterpretAsInts(), index.compare(VectorOperators.EQ, row))
          .reinterpretAsFloats()
          .intoMemorySegment(dx, rowBase + at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      boolean here = indices.get(JAVA_INT_UNALIGNED, at) == row;
      dx.set(JAVA_FLOAT_UNALIGNED, rowBase + at, here ? dy.get(JAVA_FLOAT_UNALIGNED, at) : 0);
    }
  }
}
