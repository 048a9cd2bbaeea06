package dev.lanewise.kernel.level2.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.kernel.level1.f32.Axpy;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y += A' x}, the sum of the rows of A with the elements of x as factors: the block of a
 * matrix-vector product in which A is transposed.
 *
 * <p>Each element of y is a chain {@code fma(a, x, y)} over the rows in ascending order, so the
 * bits depend neither on the width nor on the split of the columns nor on the kind of memory. Four
 * rows pass at a time, so that y is read and written once for four. NaN and infinities follow IEEE
 * 754.
 */
public final class RowSum {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private RowSum() {}

  /**
   * On an array.
   *
   * @param m rows
   * @param n columns
   * @param a read: element (i, j) at {@code a0 + i * lda + j}
   * @param x read: {@code m} elements from {@code x0} on
   * @param y accumulated into: {@code n} elements
   */
  public static void run(int m, int n, float[] a, int a0, int lda, float[] x, int x0, float[] y) {
    int i = 0;
    for (; i <= m - 4; i += 4) {
      int r0 = (int) (a0 + (long) i * lda);
      int r1 = (int) (a0 + (i + 1L) * lda);
      int r2 = (int) (a0 + (i + 2L) * lda);
      int r3 = (int) (a0 + (i + 3L) * lda);
      fourRows(n, a, r0, r1, r2, r3, x, x0 + i, y);
    }
    for (; i < m; i++) {
      Axpy.run(n, x[x0 + i], a, (int) (a0 + (long) i * lda), 1, y, 0, 1);
    }
  }

  /** On native memory, from element {@code a0} on; see the array. */
  public static void run(
      int m, int n, MemorySegment a, long a0, int lda, float[] x, int x0, float[] y) {
    int i = 0;
    for (; i <= m - 4; i += 4) {
      long r0 = Float.BYTES * (a0 + (long) i * lda);
      long r1 = Float.BYTES * (a0 + (i + 1L) * lda);
      long r2 = Float.BYTES * (a0 + (i + 2L) * lda);
      long r3 = Float.BYTES * (a0 + (i + 3L) * lda);
      fourRows(n, a, r0, r1, r2, r3, x, x0 + i, y);
    }
    for (; i < m; i++) {
      oneRow(n, a, Float.BYTES * (a0 + (long) i * lda), x[x0 + i], y);
    }
  }

  private static void fourRows(
      int n, float[] a, int r0, int r1, int r2, int r3, float[] x, int i, float[] y) {
    FloatVector x0 = FloatVector.broadcast(S, x[i]);
    FloatVector x1 = FloatVector.broadcast(S, x[i + 1]);
    FloatVector x2 = FloatVector.broadcast(S, x[i + 2]);
    FloatVector x3 = FloatVector.broadcast(S, x[i + 3]);
    int j = 0;
    for (; j <= n - L; j += L) {
      FloatVector sum = FloatVector.fromArray(S, y, j);
      sum = FloatVector.fromArray(S, a, r0 + j).fma(x0, sum);
      sum = FloatVector.fromArray(S, a, r1 + j).fma(x1, sum);
      sum = FloatVector.fromArray(S, a, r2 + j).fma(x2, sum);
      sum = FloatVector.fromArray(S, a, r3 + j).fma(x3, sum);
      sum.intoArray(y, j);
    }
    for (; j < n; j++) {
      float sum = y[j];
      sum = Math.fma(a[r0 + j], x[i], sum);
      sum = Math.fma(a[r1 + j], x[i + 1], sum);
      sum = Math.fma(a[r2 + j], x[i + 2], sum);
      sum = Math.fma(a[r3 + j], x[i + 3], sum);
      y[j] = sum;
    }
  }

  private static void fourRows(
      int n, MemorySegment a, long r0, long r1, long r2, long r3, float[] x, int i, float[] y) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    FloatVector x0 = FloatVector.broadcast(S, x[i]);
    FloatVector x1 = FloatVector.broadcast(S, x[i + 1]);
    FloatVector x2 = FloatVector.broadcast(S, x[i + 2]);
    FloatVector x3 = FloatVector.broadcast(S, x[i + 3]);
    int j = 0;
    for (; j <= n - L; j += L) {
      long at = (long) j * Float.BYTES;
      FloatVector sum = FloatVector.fromArray(S, y, j);
      sum = FloatVector.fromMemorySegment(S, a, r0 + at, nativeOrder()).fma(x0, sum);
      sum = FloatVector.fromMemorySegment(S, a, r1 + at, nativeOrder()).fma(x1, sum);
      sum = FloatVector.fromMemorySegment(S, a, r2 + at, nativeOrder()).fma(x2, sum);
      sum = FloatVector.fromMemorySegment(S, a, r3 + at, nativeOrder()).fma(x3, sum);
      sum.intoArray(y, j);
    }
    for (; j < n; j++) {
      long at = (long) j * Float.BYTES;
      float sum = y[j];
      sum = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r0 + at), x[i], sum);
      sum = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r1 + at), x[i + 1], sum);
      sum = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r2 + at), x[i + 2], sum);
      sum = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r3 + at), x[i + 3], sum);
      y[j] = sum;
    }
  }

  private static void oneRow(int n, MemorySegment a, long row, float factor, float[] y) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    FloatVector x = FloatVector.broadcast(S, factor);
    int j = 0;
    for (; j <= n - L; j += L) {
      long at = row + (long) j * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(S, a, at, nativeOrder());
      va.fma(x, FloatVector.fromArray(S, y, j)).intoArray(y, j);
    }
    for (; j < n; j++) {
      y[j] = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, row + (long) j * Float.BYTES), factor, y[j]);
    }
  }
}
