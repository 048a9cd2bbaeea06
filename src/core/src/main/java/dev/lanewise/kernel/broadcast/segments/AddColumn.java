package dev.lanewise.kernel.broadcast.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * The sum of every column of a matrix and one column: {@code y[r, c] = x[r, c] + column[r]}. With
 * one row the column is a scalar. Each result is rounded once; NaN and infinities follow IEEE 754.
 * No rows or no columns: nothing is done.
 *
 * <p>Gradients: {@code dx = dy}, and {@code dcolumn} is the sum of dy along the row. The sum runs
 * over 32 virtual lanes, element c in lane {@code c % 32} in order of c, folded as {@code j + (j +
 * 16)}, then 8, 4, 2, 1; the last {@code cols % 32} elements are summed on their own, in order, and
 * added. The order depends on {@code cols} alone: the same bits at every width and however the rows
 * are split. Error: at most {@code (cols / 32 + 38) u (|dcolumn[r]| + sum of |dy[r, c]|)}, u =
 * 2^-24.
 */
public final class AddColumn {
  private static final int VIRTUAL_LANES = 32;

  /** Vectors that make up the virtual lanes: 2, 4 or 8. */
  private static final int VECTORS = VIRTUAL_LANES / F32_LANES;

  /**
   * Lane j reads lane {@code j + distance}: the last folds, within a vector. A fold wider than the
   * vector is unused.
   */
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F32, 8, 1, true);

  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F32, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F32, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F32, 1, 1, true);

  private AddColumn() {}

  /**
   * {@code y[r, c] = x[r, c] + column[r]} for the rows {@code [rowBegin, rowEnd)}.
   *
   * @param x read: rows of {@code cols} elements
   * @param column read: one element per row
   * @param y overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols columns, less than 2^31
   */
  public static void forward(
      MemorySegment x,
      MemorySegment column,
      MemorySegment y,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = (r * cols) * Float.BYTES;
      long at = r * Float.BYTES;
      row(x, column.get(JAVA_FLOAT_UNALIGNED, at), y, base, n);
    }
  }

  private static void row(MemorySegment x, float value, MemorySegment y, long base, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector values = FloatVector.broadcast(F32, value);
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      vx.add(values).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) + value);
    }
  }

  /**
   * {@code dcolumn[r] += sum over c of dy[r, c]} for the rows {@code [rowBegin, rowEnd)}.
   *
   * @param dy read: rows of {@code cols} elements
   * @param dcolumn accumulated into: one element per row; must not overlap the others
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols columns, less than 2^31
   */
  public static void accumulate(
      MemorySegment dy, MemorySegment dcolumn, long rowBegin, long rowEnd, long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = (r * cols) * Float.BYTES;
      long to = r * Float.BYTES;
      float sum = sum(dy, base, n);
      dcolumn.set(JAVA_FLOAT_UNALIGNED, to, dcolumn.get(JAVA_FLOAT_UNALIGNED, to) + sum);
    }
  }

  private static float sum(MemorySegment dy, long base, int n) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole > 0 ? sumWhole(dy, base, whole) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      tail += dy.get(JAVA_FLOAT_UNALIGNED, at);
    }
    return sum + tail;
  }

  /** The whole blocks of 32 virtual lanes. */
  private static float sumWhole(MemorySegment dy, long base, int whole) {
    if (dy.getClass() != NATIVE) {
      throw SegmentClass.notNative(dy);
    }
    // One accumulator per vector of virtual lanes. They change places after each vector, so one
    // loop
    // body serves every width; after a multiple of 32 elements each is back in its place.
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector next = vdy.add(s0);
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
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    sum = sum.add(sum.rearrange(BY_1));
    return sum.lane(0);
  }
}
