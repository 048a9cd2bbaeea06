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
 * The sum of every row of a matrix and one row, a bias: {@code y[r, c] = x[r, c] + row[c]}. Each
 * result is rounded once; NaN and infinities follow IEEE 754. No rows or no columns: nothing is
 * done.
 *
 * <p>Gradients: {@code dx = dy}, and {@code drow} is the sum of dy over the rows, see the kernel
 * ColumnSum.
 */
public final class AddRow {
  private AddRow() {}

  /**
   * {@code y[r, c] = x[r, c] + row[c]} for the rows {@code [rowBegin, rowEnd)}.
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
      vx.add(vrow).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long column = (long) i * Float.BYTES;
      y.set(
          JAVA_FLOAT_UNALIGNED,
          at,
          x.get(JAVA_FLOAT_UNALIGNED, at) + row.get(JAVA_FLOAT_UNALIGNED, column));
    }
  }
}
