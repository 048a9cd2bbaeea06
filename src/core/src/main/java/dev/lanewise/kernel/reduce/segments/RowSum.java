package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Sums and means of rows: {@code y[r] = sum over c of x[r, c]}, divided by {@code cols} for the
 * mean. The gradient of a row is a constant, {@code dx[r, c] = dy[r]} or {@code dy[r] / cols}.
 *
 * <p>The sum runs over 32 virtual lanes, element i in lane {@code i % 32} in order of i, folded as
 * {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are summed on their
 * own, in order, and added at the end. Each row is computed alone: the same bits at every width and
 * however the rows are split.
 *
 * <p>Error: at most {@code (cols / 32 + 31 + 5) u sum of |x|}, u = 2^-24, and one rounding more for
 * the mean. NaN and infinities follow IEEE 754 and stay in their row. No columns: the sum is 0, the
 * mean NaN. No rows: nothing is done.
 */
public final class RowSum {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private RowSum() {}

  /**
   * {@code y[r] = sum over c of x[r, c]} for the given rows.
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
      y.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, sum(x, base, n));
    }
  }

  /**
   * {@code y[r] = (sum over c of x[r, c]) / cols} for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param y overwritten: one element per row; must not overlap {@code x}
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void mean(MemorySegment x, MemorySegment y, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      double sum = sum(x, base, n);
      y.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, (float) (sum / n));
    }
  }

  /**
   * {@code dx[r, c] = scale dy[r]} for the given rows: the gradient of the sum with a scale of 1,
   * of the mean with {@code 1 / cols}.
   *
   * @param dy read: one element per row
   * @param dx overwritten: rows of {@code cols} elements; must not overlap {@code dy}
   * @param scale factor of the whole gradient
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment dy, MemorySegment dx, float scale, long rowBegin, long rowEnd, long cols) {
    if (dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(dx);
    }
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float value = scale * dy.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        FloatVector.broadcast(F32, value)
            .intoMemorySegment(dx, base + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        dx.set(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES, value);
      }
    }
  }

  /**
   * The sum of one row of native memory, in the order that the class comment gives.
   *
   * @param x read
   * @param base byte at which the row begins
   * @param n its elements
   */
  public static float sum(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      FloatVector v =
          FloatVector.fromMemorySegment(
              F32, x, base + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      FloatVector next = v.add(s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    float tail = 0;
    for (; i < n; i++) {
      tail += x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }
}
