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
 * bits depend neither on the width nor on the split of the columns nor on the kind of memory. Eight
 * rows of an array pass at a time, four of native memory, so that y is read and written once for
 * all of them. NaN and infinities follow IEEE 754.
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
   * @param alpha factor of x, rounded before anything is multiplied by it
   * @param a read: element (i, j) at {@code a0 + i * lda + j}
   * @param x read: {@code m} elements from {@code x0} on
   * @param y accumulated into: {@code n} elements from {@code y0} on
   */
  public static void run(
      int m, int n, float alpha, float[] a, int a0, int lda, float[] x, int x0, float[] y, int y0) {
    if (n < L) {
      narrow(m, n, alpha, a, a0, lda, x, x0, y, y0);
      return;
    }
    int i = 0;
    int row = a0;
    for (; i <= m - 8; i += 8, row += 8 * lda) {
      eightRows(n, alpha, a, row, lda, x, x0 + i, y, y0);
    }
    for (; i <= m - 2; i += 2, row += 2 * lda) {
      twoRows(n, alpha * x[x0 + i], alpha * x[x0 + i + 1], a, row, row + lda, y, y0);
    }
    if (i < m) {
      Axpy.run(n, alpha * x[x0 + i], a, row, 1, y, y0, 1);
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

  /**
   * At least one vector wide. The last vector ends with the last column, whatever it shares with
   * the one before: it is taken from y before that one is stored, and gets the same bits.
   */
  private static void eightRows(
      int n, float alpha, float[] a, int r0, int lda, float[] x, int i, float[] y, int y0) {
    int r1 = r0 + lda;
    int r2 = r1 + lda;
    int r3 = r2 + lda;
    int r4 = r3 + lda;
    int r5 = r4 + lda;
    int r6 = r5 + lda;
    int r7 = r6 + lda;
    FloatVector x0 = FloatVector.broadcast(S, alpha * x[i]);
    FloatVector x1 = FloatVector.broadcast(S, alpha * x[i + 1]);
    FloatVector x2 = FloatVector.broadcast(S, alpha * x[i + 2]);
    FloatVector x3 = FloatVector.broadcast(S, alpha * x[i + 3]);
    FloatVector x4 = FloatVector.broadcast(S, alpha * x[i + 4]);
    FloatVector x5 = FloatVector.broadcast(S, alpha * x[i + 5]);
    FloatVector x6 = FloatVector.broadcast(S, alpha * x[i + 6]);
    FloatVector x7 = FloatVector.broadcast(S, alpha * x[i + 7]);
    int end = n - L;
    int j = 0;
    for (; j <= end - L; j += L) {
      FloatVector sum = FloatVector.fromArray(S, y, y0 + j);
      sum = FloatVector.fromArray(S, a, r0 + j).fma(x0, sum);
      sum = FloatVector.fromArray(S, a, r1 + j).fma(x1, sum);
      sum = FloatVector.fromArray(S, a, r2 + j).fma(x2, sum);
      sum = FloatVector.fromArray(S, a, r3 + j).fma(x3, sum);
      sum = FloatVector.fromArray(S, a, r4 + j).fma(x4, sum);
      sum = FloatVector.fromArray(S, a, r5 + j).fma(x5, sum);
      sum = FloatVector.fromArray(S, a, r6 + j).fma(x6, sum);
      sum = FloatVector.fromArray(S, a, r7 + j).fma(x7, sum);
      sum.intoArray(y, y0 + j);
    }
    FloatVector last = FloatVector.fromArray(S, y, y0 + end);
    last = FloatVector.fromArray(S, a, r0 + end).fma(x0, last);
    last = FloatVector.fromArray(S, a, r1 + end).fma(x1, last);
    last = FloatVector.fromArray(S, a, r2 + end).fma(x2, last);
    last = FloatVector.fromArray(S, a, r3 + end).fma(x3, last);
    last = FloatVector.fromArray(S, a, r4 + end).fma(x4, last);
    last = FloatVector.fromArray(S, a, r5 + end).fma(x5, last);
    last = FloatVector.fromArray(S, a, r6 + end).fma(x6, last);
    last = FloatVector.fromArray(S, a, r7 + end).fma(x7, last);
    if (j < end) {
      FloatVector sum = FloatVector.fromArray(S, y, y0 + j);
      sum = FloatVector.fromArray(S, a, r0 + j).fma(x0, sum);
      sum = FloatVector.fromArray(S, a, r1 + j).fma(x1, sum);
      sum = FloatVector.fromArray(S, a, r2 + j).fma(x2, sum);
      sum = FloatVector.fromArray(S, a, r3 + j).fma(x3, sum);
      sum = FloatVector.fromArray(S, a, r4 + j).fma(x4, sum);
      sum = FloatVector.fromArray(S, a, r5 + j).fma(x5, sum);
      sum = FloatVector.fromArray(S, a, r6 + j).fma(x6, sum);
      sum = FloatVector.fromArray(S, a, r7 + j).fma(x7, sum);
      sum.intoArray(y, y0 + j);
    }
    last.intoArray(y, y0 + end);
  }

  private static void twoRows(
      int n, float factor0, float factor1, float[] a, int r0, int r1, float[] y, int y0) {
    FloatVector x0 = FloatVector.broadcast(S, factor0);
    FloatVector x1 = FloatVector.broadcast(S, factor1);
    int end = n - L;
    int j = 0;
    for (; j <= end - L; j += L) {
      FloatVector sum = FloatVector.fromArray(S, y, y0 + j);
      sum = FloatVector.fromArray(S, a, r0 + j).fma(x0, sum);
      sum = FloatVector.fromArray(S, a, r1 + j).fma(x1, sum);
      sum.intoArray(y, y0 + j);
    }
    FloatVector last = FloatVector.fromArray(S, y, y0 + end);
    last = FloatVector.fromArray(S, a, r0 + end).fma(x0, last);
    last = FloatVector.fromArray(S, a, r1 + end).fma(x1, last);
    if (j < end) {
      FloatVector sum = FloatVector.fromArray(S, y, y0 + j);
      sum = FloatVector.fromArray(S, a, r0 + j).fma(x0, sum);
      sum = FloatVector.fromArray(S, a, r1 + j).fma(x1, sum);
      sum.intoArray(y, y0 + j);
    }
    last.intoArray(y, y0 + end);
  }

  /** Fewer columns than a vector has lanes. */
  private static void narrow(
      int m, int n, float alpha, float[] a, int a0, int lda, float[] x, int x0, float[] y, int y0) {
    int row = a0;
    for (int i = 0; i < m; i++, row += lda) {
      float factor = alpha * x[x0 + i];
      for (int j = 0; j < n; j++) {
        y[y0 + j] = Math.fma(a[row + j], factor, y[y0 + j]);
      }
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
