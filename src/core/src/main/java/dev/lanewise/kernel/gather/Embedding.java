package dev.lanewise.kernel.gather;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Rows of a table by index: {@code y[r, :] = table[indices[r], :]}, and the gradient of the table.
 *
 * <p>Forward copies bits, NaN too; backward adds as IEEE 754 has it. No rows or an empty dimension:
 * nothing is done. The caller has checked that each index is a row of the table; an index outside
 * is an {@link IndexOutOfBoundsException} where it leaves the segment.
 */
public final class Embedding {
  private Embedding() {}

  /**
   * {@code y[r, :] = table[indices[r], :]} for the given rows of {@code y}.
   *
   * @param table read: rows of {@code dim} elements; must not overlap {@code y}
   * @param indices read: one int32 per row of {@code y}
   * @param y overwritten: rows of {@code dim} elements
   * @param rowBegin first row of {@code y}
   * @param rowEnd one past the last row of {@code y}
   * @param dim elements of a row
   */
  public static void forward(
      MemorySegment table,
      MemorySegment indices,
      MemorySegment y,
      long rowBegin,
      long rowEnd,
      long dim) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && dim >= 0;
    long rowBytes = dim * Float.BYTES;
    for (long r = rowBegin; r < rowEnd; r++) {
      long index = indices.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      MemorySegment.copy(table, index * rowBytes, y, r * rowBytes, rowBytes);
    }
  }

  /**
   * {@code dTable[indices[r], :] += dy[r, :]} for each row whose index lies in {@code
   * [tableRowBegin, tableRowEnd)}.
   *
   * <p>The split is by destination: every range walks all indices and adds the rows that are its
   * own, in row order, so the bits do not depend on the split. Error of an element that k rows are
   * added to: k u times the sum of magnitudes.
   *
   * @param indices read: {@code rows} int32
   * @param dy read: {@code rows} rows of {@code dim} elements; must not overlap {@code dTable}
   * @param dTable accumulated into: rows of {@code dim} elements
   * @param rows rows of {@code dy}
   * @param dim elements of a row
   * @param tableRowBegin first row of the table that this call adds to
   * @param tableRowEnd one past the last
   */
  public static void backward(
      MemorySegment indices,
      MemorySegment dy,
      MemorySegment dTable,
      long rows,
      long dim,
      long tableRowBegin,
      long tableRowEnd) {
    assert rows >= 0 && 0 <= tableRowBegin && tableRowBegin <= tableRowEnd;
    int n = Math.toIntExact(dim);
    long rowBytes = dim * Float.BYTES;
    for (long r = 0; r < rows; r++) {
      long index = indices.get(JAVA_INT_UNALIGNED, r * Integer.BYTES);
      if (tableRowBegin <= index && index < tableRowEnd) {
        addRow(dy, r * rowBytes, dTable, index * rowBytes, n);
      }
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
