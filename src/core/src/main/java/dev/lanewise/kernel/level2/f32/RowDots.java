package dev.lanewise.kernel.level2.f32;

import static dev.lanewise.kernel.level2.f32.Folds.BY_1_16;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_2;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_4;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_8;
import static dev.lanewise.kernel.level2.f32.Folds.ODD_HALF;
import static dev.lanewise.kernel.level2.f32.Folds.ODD_QUARTERS;
import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code sums += A x}, row by row: the block of a matrix-vector product in which A is not
 * transposed.
 *
 * <p>Within a row element i goes by fused multiply-add to the virtual lane {@code i % V} (V = 64
 * bytes of them), in order of i; the lanes are folded as {@code j + (j + V/2)}, then V/4 down to 1;
 * the last {@code n % V} elements are a chain of their own, added at the end. The order depends on
 * {@code n} alone: the bits of a row are the same at every vector width, in every kind of memory
 * and whatever rows are computed with it. NaN and infinities follow IEEE 754.
 */
public final class RowDots {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /**
   * Rows that share the loads of x: with two vectors each they make the 8 chains of two FMA units.
   */
  public static final int ROWS = 4;

  private static final int VIRTUAL_LANES = 64 / Float.BYTES;

  /** Vectors that make up the virtual lanes of a row: 1, 2 or 4. */
  private static final int VECTORS = VIRTUAL_LANES / L;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);

  private RowDots() {}

  /**
   * On an array: {@code y = fma(alpha, sum, beta * y)} with the sum of each row; y is not read
   * where beta is 0.
   *
   * @param m rows
   * @param n columns
   * @param a read: element (i, j) at {@code a0 + i * lda + j}
   * @param x read: {@code n} elements from {@code x0} on
   * @param y overwritten: {@code m} elements from {@code y0} on
   */
  public static void run(
      int m,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float beta,
      float[] y,
      int y0) {
    int i = 0;
    int row = a0;
    if (n >= VIRTUAL_LANES) {
      for (; i <= m - ROWS; i += ROWS, row += ROWS * lda) {
        fourRows(n, alpha, a, row, lda, x, x0, beta, y, y0 + i);
      }
    }
    for (; i < m; i++, row += lda) {
      float sum = n >= VIRTUAL_LANES ? oneRow(n, a, row, x, x0) : 0f + tail(0, n, a, row, x, x0);
      y[y0 + i] = Math.fma(alpha, sum, scaled(beta, y, y0 + i));
    }
  }

  private static float scaled(float beta, float[] y, int i) {
    return beta == 0f ? 0f : beta * y[i];
  }

  /** On native memory, from element {@code a0} on; see the array. */
  public static void run(
      int m, int n, MemorySegment a, long a0, int lda, float[] x, float[] sums, int s0) {
    for (int i = 0; i < m; i += ROWS) {
      long last = m - 1L;
      long r0 = Float.BYTES * (a0 + (long) i * lda);
      long r1 = Float.BYTES * (a0 + Math.min(i + 1, last) * lda);
      long r2 = Float.BYTES * (a0 + Math.min(i + 2, last) * lda);
      long r3 = Float.BYTES * (a0 + Math.min(i + 3, last) * lda);
      fourRows(n, a, r0, r1, r2, r3, x, sums, s0 + i);
    }
  }

  private static void fourRows(
      int n,
      float alpha,
      float[] a,
      int r0,
      int lda,
      float[] x,
      int x0,
      float beta,
      float[] y,
      int y0) {
    int r1 = r0 + lda;
    int r2 = r1 + lda;
    int r3 = r2 + lda;
    int whole = n - n % VIRTUAL_LANES;
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = c00;
    FloatVector c02 = c00;
    FloatVector c03 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c12 = c00;
    FloatVector c13 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c22 = c00;
    FloatVector c23 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c32 = c00;
    FloatVector c33 = c00;
    for (int i = 0; i < whole; i += VIRTUAL_LANES) {
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + i);
      c00 = FloatVector.fromArray(S, a, r0 + i).fma(v0, c00);
      c10 = FloatVector.fromArray(S, a, r1 + i).fma(v0, c10);
      c20 = FloatVector.fromArray(S, a, r2 + i).fma(v0, c20);
      c30 = FloatVector.fromArray(S, a, r3 + i).fma(v0, c30);
      if (VECTORS > 1) {
        FloatVector v1 = FloatVector.fromArray(S, x, x0 + i + L);
        c01 = FloatVector.fromArray(S, a, r0 + i + L).fma(v1, c01);
        c11 = FloatVector.fromArray(S, a, r1 + i + L).fma(v1, c11);
        c21 = FloatVector.fromArray(S, a, r2 + i + L).fma(v1, c21);
        c31 = FloatVector.fromArray(S, a, r3 + i + L).fma(v1, c31);
      }
      if (VECTORS > 2) {
        FloatVector v2 = FloatVector.fromArray(S, x, x0 + i + 2 * L);
        c02 = FloatVector.fromArray(S, a, r0 + i + 2 * L).fma(v2, c02);
        c12 = FloatVector.fromArray(S, a, r1 + i + 2 * L).fma(v2, c12);
        c22 = FloatVector.fromArray(S, a, r2 + i + 2 * L).fma(v2, c22);
        c32 = FloatVector.fromArray(S, a, r3 + i + 2 * L).fma(v2, c32);
        FloatVector v3 = FloatVector.fromArray(S, x, x0 + i + 3 * L);
        c03 = FloatVector.fromArray(S, a, r0 + i + 3 * L).fma(v3, c03);
        c13 = FloatVector.fromArray(S, a, r1 + i + 3 * L).fma(v3, c13);
        c23 = FloatVector.fromArray(S, a, r2 + i + 3 * L).fma(v3, c23);
        c33 = FloatVector.fromArray(S, a, r3 + i + 3 * L).fma(v3, c33);
      }
    }
    if (VECTORS > 2) {
      c00 = c00.add(c02);
      c01 = c01.add(c03);
      c10 = c10.add(c12);
      c11 = c11.add(c13);
      c20 = c20.add(c22);
      c21 = c21.add(c23);
      c30 = c30.add(c32);
      c31 = c31.add(c33);
    }
    if (VECTORS > 1) {
      c00 = c00.add(c01);
      c10 = c10.add(c11);
      c20 = c20.add(c21);
      c30 = c30.add(c31);
    }
    float s0 = c00.lane(0) + c00.lane(1);
    float s1 = c10.lane(0) + c10.lane(1);
    float s2 = c20.lane(0) + c20.lane(1);
    float s3 = c30.lane(0) + c30.lane(1);
    if (L > 2) { // C2 has no rearrangement of two lanes
      c00 = c00.add(c00.rearrange(BY_1_2));
      c10 = c10.add(c10.rearrange(BY_1_2));
      c20 = c20.add(c20.rearrange(BY_1_2));
      c30 = c30.add(c30.rearrange(BY_1_2));
      // Both halves of each are the same now: two go on as the halves of one, then four as
      // quarters.
      FloatVector d0 = c00.blend(c10, ODD_HALF);
      FloatVector d1 = c20.blend(c30, ODD_HALF);
      d0 = d0.add(d0.rearrange(BY_1_4));
      d1 = d1.add(d1.rearrange(BY_1_4));
      if (L > 4) {
        d0 = d0.blend(d1, ODD_QUARTERS);
        d0 = d0.add(d0.rearrange(BY_1_8));
        d0 = L > 8 ? d0.add(d0.rearrange(BY_1_16)) : d0;
        d1 = d0.rearrange(BY_1_4);
      }
      s0 = d0.lane(0);
      s1 = d0.lane(L / 2);
      s2 = d1.lane(0);
      s3 = d1.lane(L / 2);
    }
    float t0 = 0;
    float t1 = 0;
    float t2 = 0;
    float t3 = 0;
    for (int i = whole; i < n; i++) {
      float xi = x[x0 + i];
      t0 = Math.fma(a[r0 + i], xi, t0);
      t1 = Math.fma(a[r1 + i], xi, t1);
      t2 = Math.fma(a[r2 + i], xi, t2);
      t3 = Math.fma(a[r3 + i], xi, t3);
    }
    y[y0] = Math.fma(alpha, s0 + t0, scaled(beta, y, y0));
    y[y0 + 1] = Math.fma(alpha, s1 + t1, scaled(beta, y, y0 + 1));
    y[y0 + 2] = Math.fma(alpha, s2 + t2, scaled(beta, y, y0 + 2));
    y[y0 + 3] = Math.fma(alpha, s3 + t3, scaled(beta, y, y0 + 3));
  }

  private static float oneRow(int n, float[] a, int row, float[] x, int x0) {
    int whole = n - n % VIRTUAL_LANES;
    FloatVector c0 = FloatVector.zero(S);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    for (int i = 0; i < whole; i += VIRTUAL_LANES) {
      int r = row + i;
      int p = x0 + i;
      c0 = FloatVector.fromArray(S, a, r).fma(FloatVector.fromArray(S, x, p), c0);
      if (VECTORS > 1) {
        c1 = FloatVector.fromArray(S, a, r + L).fma(FloatVector.fromArray(S, x, p + L), c1);
      }
      if (VECTORS > 2) {
        c2 = FloatVector.fromArray(S, a, r + 2 * L).fma(FloatVector.fromArray(S, x, p + 2 * L), c2);
        c3 = FloatVector.fromArray(S, a, r + 3 * L).fma(FloatVector.fromArray(S, x, p + 3 * L), c3);
      }
    }
    FloatVector c = c0.add(c2).add(c1.add(c3));
    c = L > 8 ? c.add(c.rearrange(BY_8)) : c;
    c = L > 4 ? c.add(c.rearrange(BY_4)) : c;
    c = L > 2 ? c.add(c.rearrange(BY_2)) : c;
    return (c.lane(0) + c.lane(1)) + tail(whole, n, a, row, x, x0);
  }

  /** The chain of the elements behind the virtual lanes. */
  private static float tail(int begin, int n, float[] a, int row, float[] x, int x0) {
    float sum = 0;
    for (int i = begin; i < n; i++) {
      sum = Math.fma(a[row + i], x[x0 + i], sum);
    }
    return sum;
  }

  private static void fourRows(
      int n, MemorySegment a, long r0, long r1, long r2, long r3, float[] x, float[] sums, int s0) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    int whole = n - n % VIRTUAL_LANES;
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = c00;
    FloatVector c02 = c00;
    FloatVector c03 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c12 = c00;
    FloatVector c13 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c22 = c00;
    FloatVector c23 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c32 = c00;
    FloatVector c33 = c00;
    int i = 0;
    for (; i < whole; i += VIRTUAL_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromArray(S, x, i);
      c00 = FloatVector.fromMemorySegment(S, a, r0 + at, nativeOrder()).fma(x0, c00);
      c10 = FloatVector.fromMemorySegment(S, a, r1 + at, nativeOrder()).fma(x0, c10);
      c20 = FloatVector.fromMemorySegment(S, a, r2 + at, nativeOrder()).fma(x0, c20);
      c30 = FloatVector.fromMemorySegment(S, a, r3 + at, nativeOrder()).fma(x0, c30);
      if (VECTORS > 1) {
        FloatVector x1 = FloatVector.fromArray(S, x, i + L);
        c01 =
            FloatVector.fromMemorySegment(S, a, r0 + at + Lanes.BYTES, nativeOrder()).fma(x1, c01);
        c11 =
            FloatVector.fromMemorySegment(S, a, r1 + at + Lanes.BYTES, nativeOrder()).fma(x1, c11);
        c21 =
            FloatVector.fromMemorySegment(S, a, r2 + at + Lanes.BYTES, nativeOrder()).fma(x1, c21);
        c31 =
            FloatVector.fromMemorySegment(S, a, r3 + at + Lanes.BYTES, nativeOrder()).fma(x1, c31);
      }
      if (VECTORS > 2) {
        FloatVector x2 = FloatVector.fromArray(S, x, i + 2 * L);
        c02 =
            FloatVector.fromMemorySegment(S, a, r0 + at + 2L * Lanes.BYTES, nativeOrder())
                .fma(x2, c02);
        c12 =
            FloatVector.fromMemorySegment(S, a, r1 + at + 2L * Lanes.BYTES, nativeOrder())
                .fma(x2, c12);
        c22 =
            FloatVector.fromMemorySegment(S, a, r2 + at + 2L * Lanes.BYTES, nativeOrder())
                .fma(x2, c22);
        c32 =
            FloatVector.fromMemorySegment(S, a, r3 + at + 2L * Lanes.BYTES, nativeOrder())
                .fma(x2, c32);
        FloatVector x3 = FloatVector.fromArray(S, x, i + 3 * L);
        c03 =
            FloatVector.fromMemorySegment(S, a, r0 + at + 3L * Lanes.BYTES, nativeOrder())
                .fma(x3, c03);
        c13 =
            FloatVector.fromMemorySegment(S, a, r1 + at + 3L * Lanes.BYTES, nativeOrder())
                .fma(x3, c13);
        c23 =
            FloatVector.fromMemorySegment(S, a, r2 + at + 3L * Lanes.BYTES, nativeOrder())
                .fma(x3, c23);
        c33 =
            FloatVector.fromMemorySegment(S, a, r3 + at + 3L * Lanes.BYTES, nativeOrder())
                .fma(x3, c33);
      }
    }
    float t0 = 0;
    float t1 = 0;
    float t2 = 0;
    float t3 = 0;
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      t0 = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r0 + at), x[i], t0);
      t1 = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r1 + at), x[i], t1);
      t2 = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r2 + at), x[i], t2);
      t3 = Math.fma(a.get(JAVA_FLOAT_UNALIGNED, r3 + at), x[i], t3);
    }
    c00 = c00.add(c02).add(c01.add(c03));
    c10 = c10.add(c12).add(c11.add(c13));
    c20 = c20.add(c22).add(c21.add(c23));
    c30 = c30.add(c32).add(c31.add(c33));
    if (L > 8) {
      c00 = c00.add(c00.rearrange(BY_8));
      c10 = c10.add(c10.rearrange(BY_8));
      c20 = c20.add(c20.rearrange(BY_8));
      c30 = c30.add(c30.rearrange(BY_8));
    }
    if (L > 4) {
      c00 = c00.add(c00.rearrange(BY_4));
      c10 = c10.add(c10.rearrange(BY_4));
      c20 = c20.add(c20.rearrange(BY_4));
      c30 = c30.add(c30.rearrange(BY_4));
    }
    if (L > 2) {
      c00 = c00.add(c00.rearrange(BY_2));
      c10 = c10.add(c10.rearrange(BY_2));
      c20 = c20.add(c20.rearrange(BY_2));
      c30 = c30.add(c30.rearrange(BY_2));
    }
    sums[s0] += (c00.lane(0) + c00.lane(1)) + t0;
    sums[s0 + 1] += (c10.lane(0) + c10.lane(1)) + t1;
    sums[s0 + 2] += (c20.lane(0) + c20.lane(1)) + t2;
    sums[s0 + 3] += (c30.lane(0) + c30.lane(1)) + t3;
  }
}
