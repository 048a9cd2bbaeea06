package dev.lanewise.kernel.step.factored;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.step.gradient.f32.segments.Zero;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Row and column sums of squares of a part of a matrix, in one pass over it (N. Shazeer, M. Stern:
 * Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018, algorithm 4, lines 5 and 6):
 *
 * <pre>
 * q[r, c]    = (scale g[r, c])^2 + eps
 * rowSums[r] = sum over c of q[r, c]
 * colSums[c] = sum over r of q[r, c]
 * </pre>
 *
 * <p>A row is summed over 32 virtual lanes, element i in lane {@code i % 32}, folded as {@code j +
 * (j + 16)}, then 8, 4, 2, 1, its last {@code n % 32} elements on their own and added at the end; a
 * column in order of the rows: the same bits at every width. Error, u = 2^-24, relative: {@code (n
 * / 32 + 31 + 9) u} for a row, {@code (rows + 2) u} for a column. NaN and infinities follow IEEE
 * 754; the square of what is larger than 2^64 is +infinity.
 */
public final class SquareSums {
  private static final int VECTORS = VirtualLanes.VECTORS;

  private SquareSums() {}

  /**
   * Sums of the rows {@code [rowBegin, rowBegin + rows)}, columns {@code [colBegin, colBegin + n)}.
   *
   * @param g read: rows of {@code cols} elements
   * @param cols elements of a row
   * @param rowBegin first row
   * @param rows rows
   * @param colBegin first column
   * @param n columns
   * @param scale factor of g
   * @param eps added to each square
   * @param rowSums overwritten: that of row k of the part at element {@code rowFirst + k rowStride}
   * @param rowFirst first element of {@code rowSums}
   * @param rowStride elements from one to the next
   * @param colSums overwritten: {@code n} elements
   * @param colFirst first element of {@code colSums}
   */
  public static void part(
      MemorySegment g,
      long cols,
      long rowBegin,
      int rows,
      long colBegin,
      int n,
      float scale,
      float eps,
      MemorySegment rowSums,
      long rowFirst,
      long rowStride,
      MemorySegment colSums,
      long colFirst) {
    Zero.fill(colSums, colFirst * Float.BYTES, n);
    int whole = n - n % VirtualLanes.COUNT;
    for (int r = 0; r < rows; r++) {
      long base = ((rowBegin + r) * cols + colBegin) * Float.BYTES;
      long colBase = colFirst * Float.BYTES;
      float sum = whole == 0 ? 0 : wholeLanes(g, base, whole, scale, eps, colSums, colBase);
      sum += tail(g, base, whole, n, scale, eps, colSums, colBase);
      rowSums.set(JAVA_FLOAT_UNALIGNED, (rowFirst + r * rowStride) * Float.BYTES, sum);
    }
  }

  private static float wholeLanes(
      MemorySegment g,
      long base,
      int whole,
      float scale,
      float eps,
      MemorySegment colSums,
      long colBase) {
    if (g.getClass() != NATIVE || colSums.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, colSums);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector v =
          FloatVector.fromMemorySegment(F32, g, base + at, ByteOrder.nativeOrder()).mul(scale);
      FloatVector q = v.fma(v, FloatVector.broadcast(F32, eps));
      FloatVector.fromMemorySegment(F32, colSums, colBase + at, ByteOrder.nativeOrder())
          .add(q)
          .intoMemorySegment(colSums, colBase + at, ByteOrder.nativeOrder());
      q = q.add(s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = q;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = q;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = q;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }

  private static float tail(
      MemorySegment g,
      long base,
      int whole,
      int n,
      float scale,
      float eps,
      MemorySegment colSums,
      long colBase) {
    if (g.getClass() != NATIVE || colSums.getClass() != NATIVE) {
      throw SegmentClass.notNative(g, colSums);
    }
    float sum = 0;
    for (int i = whole; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float v = g.get(JAVA_FLOAT_UNALIGNED, base + at) * scale;
      float q = Math.fma(v, v, eps);
      colSums.set(
          JAVA_FLOAT_UNALIGNED, colBase + at, colSums.get(JAVA_FLOAT_UNALIGNED, colBase + at) + q);
      sum += q;
    }
    return sum;
  }
}
