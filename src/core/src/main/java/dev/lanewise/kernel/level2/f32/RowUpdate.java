package dev.lanewise.kernel.level2.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code A += x y'}, row by row: the block of a rank-one update. Each element is one {@code fma(x,
 * y, a)}. NaN and infinities follow IEEE 754.
 */
public final class RowUpdate {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private RowUpdate() {}

  /**
   * On an array.
   *
   * @param m rows
   * @param n columns
   * @param alpha factor of x, rounded before anything is multiplied by it
   * @param x read: {@code m} elements from {@code x0} on
   * @param y read: {@code n} elements from {@code y0} on
   * @param a accumulated into: element (i, j) at {@code a0 + i * lda + j}
   */
  public static void run(
      int m, int n, float alpha, float[] x, int x0, float[] y, int y0, float[] a, int a0, int lda) {
    int i = 0;
    int row = a0;
    if (n >= L) {
      for (; i <= m - 4; i += 4) {
        fourRows(n, alpha, x, x0 + i, y, y0, a, row, lda);
        row += 4 * lda;
      }
    }
    for (; i < m; i++) {
      row(n, alpha * x[x0 + i], y, y0, a, row);
      row += lda;
    }
  }

  /** At least one vector wide; y is read once for all. See {@link #vectors} for the last one. */
  private static void fourRows(
      int n, float alpha, float[] x, int i, float[] y, int y0, float[] a, int r0, int lda) {
    int r1 = r0 + lda;
    int r2 = r1 + lda;
    int r3 = r2 + lda;
    FloatVector x0 = FloatVector.broadcast(S, alpha * x[i]);
    FloatVector x1 = FloatVector.broadcast(S, alpha * x[i + 1]);
    FloatVector x2 = FloatVector.broadcast(S, alpha * x[i + 2]);
    FloatVector x3 = FloatVector.broadcast(S, alpha * x[i + 3]);
    int end = n - L;
    int j = 0;
    for (; j <= end - L; j += L) {
      FloatVector v = FloatVector.fromArray(S, y, y0 + j);
      v.fma(x0, FloatVector.fromArray(S, a, r0 + j)).intoArray(a, r0 + j);
      v.fma(x1, FloatVector.fromArray(S, a, r1 + j)).intoArray(a, r1 + j);
      v.fma(x2, FloatVector.fromArray(S, a, r2 + j)).intoArray(a, r2 + j);
      v.fma(x3, FloatVector.fromArray(S, a, r3 + j)).intoArray(a, r3 + j);
    }
    FloatVector v = FloatVector.fromArray(S, y, y0 + end);
    FloatVector last0 = v.fma(x0, FloatVector.fromArray(S, a, r0 + end));
    FloatVector last1 = v.fma(x1, FloatVector.fromArray(S, a, r1 + end));
    FloatVector last2 = v.fma(x2, FloatVector.fromArray(S, a, r2 + end));
    FloatVector last3 = v.fma(x3, FloatVector.fromArray(S, a, r3 + end));
    if (j < end) {
      v = FloatVector.fromArray(S, y, y0 + j);
      v.fma(x0, FloatVector.fromArray(S, a, r0 + j)).intoArray(a, r0 + j);
      v.fma(x1, FloatVector.fromArray(S, a, r1 + j)).intoArray(a, r1 + j);
      v.fma(x2, FloatVector.fromArray(S, a, r2 + j)).intoArray(a, r2 + j);
      v.fma(x3, FloatVector.fromArray(S, a, r3 + j)).intoArray(a, r3 + j);
    }
    last0.intoArray(a, r0 + end);
    last1.intoArray(a, r1 + end);
    last2.intoArray(a, r2 + end);
    last3.intoArray(a, r3 + end);
  }

  /**
   * One row on an array: {@code a += factor * y}.
   *
   * @param n elements
   */
  public static void row(int n, float factor, float[] y, int y0, float[] a, int row) {
    if (n >= L) {
      vectors(n, factor, y, y0, a, row);
      return;
    }
    for (int j = 0; j < n; j++) {
      a[row + j] = Math.fma(factor, y[y0 + j], a[row + j]);
    }
  }

  /**
   * At least one vector wide. The last vector ends with the row, whatever it shares with the one
   * before: it is taken from the row before that one is stored, and gets the same bits.
   */
  private static void vectors(int n, float factor, float[] y, int y0, float[] a, int row) {
    FloatVector x = FloatVector.broadcast(S, factor);
    int end = n - L;
    int j = 0;
    for (; j <= end - L; j += L) {
      FloatVector va = FloatVector.fromArray(S, a, row + j);
      x.fma(FloatVector.fromArray(S, y, y0 + j), va).intoArray(a, row + j);
    }
    FloatVector last = FloatVector.fromArray(S, a, row + end);
    last = x.fma(FloatVector.fromArray(S, y, y0 + end), last);
    if (j < end) {
      FloatVector va = FloatVector.fromArray(S, a, row + j);
      x.fma(FloatVector.fromArray(S, y, y0 + j), va).intoArray(a, row + j);
    }
    last.intoArray(a, row + end);
  }

  /** On native memory, from element {@code a0} on; see the array. */
  public static void run(int m, int n, float[] x, float[] y, MemorySegment a, long a0, int lda) {
    for (int i = 0; i < m; i++) {
      oneRow(n, x[i], y, a, Float.BYTES * (a0 + (long) i * lda));
    }
  }

  private static void oneRow(int n, float factor, float[] y, MemorySegment a, long row) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    FloatVector x = FloatVector.broadcast(S, factor);
    int j = 0;
    for (; j <= n - L; j += L) {
      long at = row + (long) j * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(S, a, at, nativeOrder());
      x.fma(FloatVector.fromArray(S, y, j), va).intoMemorySegment(a, at, nativeOrder());
    }
    for (; j < n; j++) {
      long at = row + (long) j * Float.BYTES;
      a.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(factor, y[j], a.get(JAVA_FLOAT_UNALIGNED, at)));
    }
  }
}
