package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.F64;
import static dev.lanewise.simd.Lanes.F64_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The Euclidean norm of each column, {@code y[c] = sqrt(sum over r of x[r, c]^2)}; the gradient is
 * {@code dx[r, c] = dy[c] x[r, c] / y[c]}, 0 in a column of norm 0.
 *
 * <p>The squares are summed in double precision, where those of floats neither overflow nor
 * underflow, in order of the rows: the same bits at every width and however the columns are split.
 * NaN gives NaN, otherwise an infinity or a norm that is more than the largest float +infinity; the
 * gradient of such a column is 0, NaN at the infinity. No rows: 0. No columns: nothing is done.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (1 + rows 2^-29) u y}, {@code |dx - dx'| <= (4 + rows
 * 2^-29) u |dx|} while the gradient is not subnormal.
 */
public final class ColumnNorm {
  private ColumnNorm() {}

  /**
   * {@code y[c] = sqrt(sum over r of x[r, c]^2)} for the columns {@code [colBegin, colEnd)}.
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
      vector(x, base, n, rowStride, y, base);
    }
    for (; c < colEnd; c++) {
      double sum = 0;
      for (int r = 0; r < n; r++) {
        double v = x.get(JAVA_FLOAT_UNALIGNED, (r * cols + c) * Float.BYTES);
        sum = Math.fma(v, v, sum);
      }
      y.set(JAVA_FLOAT_UNALIGNED, c * Float.BYTES, (float) Math.sqrt(sum));
    }
  }

  /** As many columns as a vector has lanes: a cache line of each row, or less. */
  private static void vector(
      MemorySegment x, long base, int rows, long rowStride, MemorySegment y, long yBase) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    DoubleVector low = DoubleVector.zero(F64);
    DoubleVector high = low;
    for (int r = 0; r < rows; r++) {
      FloatVector v =
          FloatVector.fromMemorySegment(F32, x, base + r * rowStride, ByteOrder.nativeOrder());
      DoubleVector lower = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector upper = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 1);
      low = lower.fma(lower, low);
      high = upper.fma(upper, high);
    }
    // Lanes by constant numbers: any other would be boxed.
    DoubleVector l = low.sqrt();
    DoubleVector h = high.sqrt();
    set(y, yBase, 0, l.lane(0));
    set(y, yBase, F64_LANES + 0, h.lane(0));
    set(y, yBase, 1, l.lane(1));
    set(y, yBase, F64_LANES + 1, h.lane(1));
    if (F64_LANES >= 4) {
      set(y, yBase, 2, l.lane(2));
      set(y, yBase, F64_LANES + 2, h.lane(2));
      set(y, yBase, 3, l.lane(3));
      set(y, yBase, F64_LANES + 3, h.lane(3));
    }
    if (F64_LANES == 8) {
      set(y, yBase, 4, l.lane(4));
      set(y, yBase, F64_LANES + 4, h.lane(4));
      set(y, yBase, 5, l.lane(5));
      set(y, yBase, F64_LANES + 5, h.lane(5));
      set(y, yBase, 6, l.lane(6));
      set(y, yBase, F64_LANES + 6, h.lane(6));
      set(y, yBase, 7, l.lane(7));
      set(y, yBase, F64_LANES + 7, h.lane(7));
    }
  }

  private static void set(MemorySegment y, long base, int lane, double value) {
    y.set(JAVA_FLOAT_UNALIGNED, base + (long) lane * Float.BYTES, (float) value);
  }

  /**
   * {@code dx[r, c] = dy[c] x[r, c] / y[c]} for the given rows, 0 where {@code y[c]} is 0.
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
    if (x.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y, dy, dx);
    }
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = (long) i * Float.BYTES;
        FloatVector norm = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
        // x is 0 where the norm is: 0 / 1 in place of 0 / 0.
        FloatVector divisor = norm.blend(1, norm.compare(VectorOperators.EQ, 0));
        FloatVector.fromMemorySegment(F32, x, base + at, ByteOrder.nativeOrder())
            .div(divisor)
            .mul(FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder()))
            .intoMemorySegment(dx, base + at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = (long) i * Float.BYTES;
        float norm = y.get(JAVA_FLOAT_UNALIGNED, at);
        float divisor = norm == 0 ? 1 : norm;
        dx.set(
            JAVA_FLOAT_UNALIGNED,
            base + at,
            x.get(JAVA_FLOAT_UNALIGNED, base + at) / divisor * dy.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }
}
