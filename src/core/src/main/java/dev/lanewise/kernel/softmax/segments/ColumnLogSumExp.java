package dev.lanewise.kernel.softmax.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The logarithm of the sum of exponentials of each column: {@code y[c] = m + log(sum over r of
 * exp(x[r, c] - m))}, {@code m} the maximum of the column; the gradient is {@code dx[r, c] = dy[c]
 * exp(x[r, c] - y[c])}.
 *
 * <p>A NaN or a +infinity makes the result and the gradient of its column NaN. A column of nothing
 * but -infinity, or of no rows, gives -infinity and a gradient of 0. No columns: nothing is done.
 *
 * <p>The sum runs in order of the rows: the same bits at every width and however the columns are
 * split.
 *
 * <p>Error, u = 2^-24, {@code eps = (rows + 4 + log rows) u}: {@code |y - y'| <= eps + u |y|}, and
 * {@code |dx - dx'| <= (eps + (4 + 2 |y| + |x - y|) u) |dx|} while nothing is subnormal.
 */
public final class ColumnLogSumExp {
  private ColumnLogSumExp() {}

  /**
   * {@code y[c] = log(sum over r of exp(x[r, c]))} for the columns {@code [colBegin, colEnd)}.
   *
   * @param x read: {@code rows} x {@code cols}
   * @param y overwritten: {@code cols} elements; must not overlap {@code x}
   * @param rows rows of {@code x}, less than 2^31
   * @param cols columns of {@code x}, less than 2^31
   * @param colBegin first column
   * @param colEnd one past the last column
   */
  public static void forward(
      MemorySegment x, MemorySegment y, long rows, long cols, long colBegin, long colEnd) {
    assert rows >= 0 && 0 <= colBegin && colBegin <= colEnd && colEnd <= cols;
    int n = Math.toIntExact(rows);
    long rowStride = cols * Float.BYTES;
    long c = colBegin;
    for (; c <= colEnd - F32_LANES; c += F32_LANES) {
      long base = c * Float.BYTES;
      vectorMax(x, base, n, rowStride, y);
      vectorSum(x, base, n, rowStride, y);
    }
    for (; c < colEnd; c++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int r = 0; r < n; r++) {
        max = Math.max(max, x.get(JAVA_FLOAT_UNALIGNED, (r * cols + c) * Float.BYTES));
      }
      float shift = max == Float.NEGATIVE_INFINITY ? 0 : max;
      float sum = 0;
      for (int r = 0; r < n; r++) {
        sum += Exp.exp(x.get(JAVA_FLOAT_UNALIGNED, (r * cols + c) * Float.BYTES) - shift);
      }
      y.set(JAVA_FLOAT_UNALIGNED, c * Float.BYTES, shift + Log.log(sum));
    }
  }

  /** As many columns as a vector has lanes: a cache line of each row, or less. */
  private static void vectorMax(
      MemorySegment x, long base, int rows, long rowStride, MemorySegment y) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector max = FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY);
    for (int r = 0; r < rows; r++) {
      max =
          FloatVector.fromMemorySegment(F32, x, base + r * rowStride, ByteOrder.nativeOrder())
              .max(max);
    }
    max.intoMemorySegment(y, base, ByteOrder.nativeOrder());
  }

  /** {@code y} holds the maxima, then the result. */
  private static void vectorSum(
      MemorySegment x, long base, int rows, long rowStride, MemorySegment y) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector max = FloatVector.fromMemorySegment(F32, y, base, ByteOrder.nativeOrder());
    FloatVector shift = max.blend(0, max.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
    FloatVector sum = FloatVector.zero(F32);
    for (int r = 0; r < rows; r++) {
      FloatVector v =
          FloatVector.fromMemorySegment(F32, x, base + r * rowStride, ByteOrder.nativeOrder());
      // What is below the normal numbers would not change a sum of 1 and more.
      FloatVector d = v.sub(shift);
      sum = Exp.normal(d).blend(0, d.compare(VectorOperators.LT, -Exp.NORMAL)).add(sum);
    }
    Log.log(sum).add(shift).intoMemorySegment(y, base, ByteOrder.nativeOrder());
  }

  /**
   * {@code dx[r, c] = dy[c] exp(x[r, c] - y[c])} for the given rows.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param y read: the output of the forward pass, {@code cols} elements
   * @param dy read: {@code cols} elements
   * @param dx overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment x,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    int whole = n - n % F32_LANES;
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      if (whole > 0) {
        backwardWhole(x, y, dy, dx, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = (long) i * Float.BYTES;
        float lse = y.get(JAVA_FLOAT_UNALIGNED, at);
        float share = Exp.exp(x.get(JAVA_FLOAT_UNALIGNED, base + at) - lse);
        dx.set(
            JAVA_FLOAT_UNALIGNED,
            base + at,
            lse == Float.NEGATIVE_INFINITY ? 0 : share * dy.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }

  /** Whole vectors, at least one: a method that is entered for none boxes. */
  private static void backwardWhole(
      MemorySegment x, MemorySegment y, MemorySegment dy, MemorySegment dx, long base, int whole) {
    if (x.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y, dy, dx);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector lse = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector v = FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      Exp.exp(v.sub(lse))
          .mul(vdy)
          .blend(0, lse.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
          .intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
    }
  }
}
