package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The largest element of each row, {@code y[r] = max over c of x[r, c]}, and where it stands first;
 * the gradient of the maximum is {@code dy[r]} at that place and 0 elsewhere.
 *
 * <p>NaN counts as larger than everything and +0 as larger than -0 in the value; the index is that
 * of the first NaN, else of the first element that equals the maximum, -0 and +0 being equal.
 * Exact, so no order of the elements matters: the same bits at every width and however the rows are
 * split. No columns: the maximum is -infinity. No rows: nothing is done.
 */
public final class RowMax {
  // The bits of infinity and of -infinity.
  private static final int INFINITY = 0x7f80_0000;
  private static final int NONE = 0xff80_0000;

  private RowMax() {}

  /**
   * {@code y[r] = max over c of x[r, c]} for the given rows.
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
      y.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, max(x, base, n));
    }
  }

  /**
   * {@code indices[r]} = the first c at which {@code x[r, c]} is the maximum, for the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param indices overwritten: one int32 per row; must not overlap {@code x}
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void argmax(
      MemorySegment x, MemorySegment indices, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && (cols >= 1 || rowBegin == rowEnd);
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      int index = find(x, base, n, max(x, base, n));
      indices.set(JAVA_INT_UNALIGNED, r * Integer.BYTES, index);
    }
  }

  /**
   * {@code dx[r, indices[r]] = dy[r]}, 0 elsewhere, for the given rows.
   *
   * @param indices read: one int32 per row, each in {@code [0, cols)}: what {@link #argmax} gave
   * @param dy read: one element per row
   * @param dx overwritten: rows of {@code cols} elements; must not overlap the others
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, from 1 to 2^31 - 1
   */
  public static void backward(
      MemorySegment indices,
      MemorySegment dy,
      MemorySegment dx,
      long rowBegin,
      long rowEnd,
      long cols) {
    if (dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(dx);
    }
    assert 0 <= rowBegin && rowBegin <= rowEnd && (cols >= 1 || rowBegin == rowEnd);
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector.zero(F32).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        dx.set(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES, 0);
      }
      long index = indices.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      assert 0 <= index && index < n : "index " + index + " of row " + r + " of " + n + " columns";
      dx.set(
          JAVA_FLOAT_UNALIGNED,
          base + index * Float.BYTES,
          dy.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES));
    }
  }

  private static float max(MemorySegment x, long base, int n) {
    int whole = n - n % (2 * F32_LANES);
    float max = whole > 0 ? maxOfWhole(x, base, whole) : Float.NEGATIVE_INFINITY;
    for (int i = whole; i < n; i++) {
      max = Math.max(max, x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES));
    }
    return max;
  }

  /**
   * Pairs of vectors, at least one: a method that is entered for none boxes.
   *
   * <p>The bits of floats that are not negative are ordered as ints, NaN above infinity; those of
   * negative ones the other way round, and as unsigned ints a NaN among them is above -infinity. So
   * three integer instructions a vector find the maximum, where that of floats takes five and waits
   * for four of them.
   */
  private static float maxOfWhole(MemorySegment x, long base, int whole) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    IntVector largest0 = IntVector.broadcast(I32, NONE);
    IntVector smallest0 = largest0;
    IntVector size0 = IntVector.zero(I32);
    IntVector largest1 = largest0;
    IntVector smallest1 = largest0;
    IntVector size1 = size0;
    for (int i = 0; i < whole; i += 2 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      IntVector v0 =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).reinterpretAsInts();
      IntVector v1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder())
              .reinterpretAsInts();
      largest0 = v0.max(largest0);
      smallest0 = v0.min(smallest0);
      size0 = v0.lanewise(VectorOperators.UMAX, size0);
      largest1 = v1.max(largest1);
      smallest1 = v1.min(smallest1);
      size1 = v1.lanewise(VectorOperators.UMAX, size1);
    }
    int largest = largest0.max(largest1).reduceLanes(VectorOperators.MAX);
    IntVector size = size0.lanewise(VectorOperators.UMAX, size1);
    if (largest > INFINITY
        || size.compare(VectorOperators.GT, NONE)
            .and(size.compare(VectorOperators.LT, 0))
            .anyTrue()) {
      return Float.NaN;
    }
    return Float.intBitsToFloat(
        largest >= 0 ? largest : smallest0.min(smallest1).reduceLanes(VectorOperators.MIN));
  }

  /** The first place of the maximum, which is there. */
  private static int find(MemorySegment x, long base, int n, float max) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    if (!Float.isNaN(max)) {
      while (i <= n - F32_LANES
          && !FloatVector.fromMemorySegment(
                  F32, x, base + (long) i * Float.BYTES, ByteOrder.nativeOrder())
              .compare(VectorOperators.EQ, max)
              .anyTrue()) {
        i += F32_LANES;
      }
    }
    while (i < n - 1) {
      float value = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      if (value == max || Float.isNaN(value)) {
        return i;
      }
      i++;
    }
    return i;
  }
}
