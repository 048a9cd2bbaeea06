package dev.lanewise.kernel.level2.f32;

import static dev.lanewise.kernel.level2.f32.Folds.BY_1_16;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_2;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_4;
import static dev.lanewise.kernel.level2.f32.Folds.BY_1_8;
import static dev.lanewise.kernel.level2.f32.Folds.ODD_HALF;
import static dev.lanewise.kernel.level2.f32.Folds.ODD_QUARTERS;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y += alpha A x} with what lies beside the squares on the diagonal of a symmetric A, whose
 * rows lie together. Each element is loaded once for both of its places: as one of a row of A, for
 * an inner product with x, and as one of a column, for a multiple that is added to y.
 *
 * <p>{@code y[j] = fma(alpha * x[i], a[i][j], y[j])} in ascending order of i; the inner product of
 * each row by fused multiply-add over virtual lanes, 64 bytes of them, in order of the elements;
 * the lanes are folded as {@code k + (k + V/2)}, then V/4 down to 1, and {@code y[i] = fma(alpha,
 * sum, y[i])}. The order depends on sizes alone, so the bits are the same at every vector width and
 * whether rows are taken by four or one by one. NaN and infinities follow IEEE 754.
 */
public final class SymmetricRows {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** The virtual lanes of a row. */
  public static final int LANES = 64 / Float.BYTES;

  /** Vectors that make up the virtual lanes: 1, 2 or 4. */
  private static final int VECTORS = LANES / L;

  private SymmetricRows() {}

  /**
   * Four rows i beside a square on the diagonal.
   *
   * @param n elements of each, a multiple of {@link #LANES}
   * @param a read: the rows from {@code r0}, {@code r1}, {@code r2} and {@code r3} on
   * @param x read: {@code n} elements from {@code x0} on, and 4 from {@code xi} on
   * @param y accumulated into: {@code n} elements from {@code y0} on, and 4 from {@code yi} on
   */
  public static void four(
      int n,
      float alpha,
      float[] a,
      int r0,
      int r1,
      int r2,
      int r3,
      float[] x,
      int x0,
      int xi,
      float[] y,
      int y0,
      int yi) {
    FloatVector f0 = FloatVector.broadcast(S, alpha * x[xi]);
    FloatVector f1 = FloatVector.broadcast(S, alpha * x[xi + 1]);
    FloatVector f2 = FloatVector.broadcast(S, alpha * x[xi + 2]);
    FloatVector f3 = FloatVector.broadcast(S, alpha * x[xi + 3]);
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
    for (int j = 0; j < n; j += LANES) {
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + j);
      FloatVector w0 = FloatVector.fromArray(S, y, y0 + j);
      FloatVector a00 = FloatVector.fromArray(S, a, r0 + j);
      c00 = a00.fma(v0, c00);
      w0 = a00.fma(f0, w0);
      FloatVector a10 = FloatVector.fromArray(S, a, r1 + j);
      c10 = a10.fma(v0, c10);
      w0 = a10.fma(f1, w0);
      FloatVector a20 = FloatVector.fromArray(S, a, r2 + j);
      c20 = a20.fma(v0, c20);
      w0 = a20.fma(f2, w0);
      FloatVector a30 = FloatVector.fromArray(S, a, r3 + j);
      c30 = a30.fma(v0, c30);
      w0 = a30.fma(f3, w0);
      w0.intoArray(y, y0 + j);
      if (VECTORS > 1) {
        FloatVector v1 = FloatVector.fromArray(S, x, x0 + j + L);
        FloatVector w1 = FloatVector.fromArray(S, y, y0 + j + L);
        FloatVector a01 = FloatVector.fromArray(S, a, r0 + j + L);
        c01 = a01.fma(v1, c01);
        w1 = a01.fma(f0, w1);
        FloatVector a11 = FloatVector.fromArray(S, a, r1 + j + L);
        c11 = a11.fma(v1, c11);
        w1 = a11.fma(f1, w1);
        FloatVector a21 = FloatVector.fromArray(S, a, r2 + j + L);
        c21 = a21.fma(v1, c21);
        w1 = a21.fma(f2, w1);
        FloatVector a31 = FloatVector.fromArray(S, a, r3 + j + L);
        c31 = a31.fma(v1, c31);
        w1 = a31.fma(f3, w1);
        w1.intoArray(y, y0 + j + L);
      }
      if (VECTORS > 2) {
        FloatVector v2 = FloatVector.fromArray(S, x, x0 + j + 2 * L);
        FloatVector w2 = FloatVector.fromArray(S, y, y0 + j + 2 * L);
        FloatVector a02 = FloatVector.fromArray(S, a, r0 + j + 2 * L);
        c02 = a02.fma(v2, c02);
        w2 = a02.fma(f0, w2);
        FloatVector a12 = FloatVector.fromArray(S, a, r1 + j + 2 * L);
        c12 = a12.fma(v2, c12);
        w2 = a12.fma(f1, w2);
        FloatVector a22 = FloatVector.fromArray(S, a, r2 + j + 2 * L);
        c22 = a22.fma(v2, c22);
        w2 = a22.fma(f2, w2);
        FloatVector a32 = FloatVector.fromArray(S, a, r3 + j + 2 * L);
        c32 = a32.fma(v2, c32);
        w2 = a32.fma(f3, w2);
        w2.intoArray(y, y0 + j + 2 * L);
        FloatVector v3 = FloatVector.fromArray(S, x, x0 + j + 3 * L);
        FloatVector w3 = FloatVector.fromArray(S, y, y0 + j + 3 * L);
        FloatVector a03 = FloatVector.fromArray(S, a, r0 + j + 3 * L);
        c03 = a03.fma(v3, c03);
        w3 = a03.fma(f0, w3);
        FloatVector a13 = FloatVector.fromArray(S, a, r1 + j + 3 * L);
        c13 = a13.fma(v3, c13);
        w3 = a13.fma(f1, w3);
        FloatVector a23 = FloatVector.fromArray(S, a, r2 + j + 3 * L);
        c23 = a23.fma(v3, c23);
        w3 = a23.fma(f2, w3);
        FloatVector a33 = FloatVector.fromArray(S, a, r3 + j + 3 * L);
        c33 = a33.fma(v3, c33);
        w3 = a33.fma(f3, w3);
        w3.intoArray(y, y0 + j + 3 * L);
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
    y[yi] = Math.fma(alpha, s0, y[yi]);
    y[yi + 1] = Math.fma(alpha, s1, y[yi + 1]);
    y[yi + 2] = Math.fma(alpha, s2, y[yi + 2]);
    y[yi + 3] = Math.fma(alpha, s3, y[yi + 3]);
  }

  /**
   * One row beside a square on the diagonal.
   *
   * @param r where the row begins
   * @see #four
   */
  public static void one(
      int n, float alpha, float[] a, int r, float[] x, int x0, int xi, float[] y, int y0, int yi) {
    FloatVector f = FloatVector.broadcast(S, alpha * x[xi]);
    FloatVector c0 = FloatVector.zero(S);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    for (int j = 0; j < n; j += LANES) {
      FloatVector a0 = FloatVector.fromArray(S, a, r + j);
      c0 = a0.fma(FloatVector.fromArray(S, x, x0 + j), c0);
      a0.fma(f, FloatVector.fromArray(S, y, y0 + j)).intoArray(y, y0 + j);
      if (VECTORS > 1) {
        FloatVector a1 = FloatVector.fromArray(S, a, r + j + L);
        c1 = a1.fma(FloatVector.fromArray(S, x, x0 + j + L), c1);
        a1.fma(f, FloatVector.fromArray(S, y, y0 + j + L)).intoArray(y, y0 + j + L);
      }
      if (VECTORS > 2) {
        FloatVector a2 = FloatVector.fromArray(S, a, r + j + 2 * L);
        c2 = a2.fma(FloatVector.fromArray(S, x, x0 + j + 2 * L), c2);
        a2.fma(f, FloatVector.fromArray(S, y, y0 + j + 2 * L)).intoArray(y, y0 + j + 2 * L);
        FloatVector a3 = FloatVector.fromArray(S, a, r + j + 3 * L);
        c3 = a3.fma(FloatVector.fromArray(S, x, x0 + j + 3 * L), c3);
        a3.fma(f, FloatVector.fromArray(S, y, y0 + j + 3 * L)).intoArray(y, y0 + j + 3 * L);
      }
    }
    c0 = VECTORS > 2 ? c0.add(c2).add(c1.add(c3)) : VECTORS > 1 ? c0.add(c1) : c0;
    c0 = L > 2 ? c0.add(c0.rearrange(BY_1_2)) : c0;
    c0 = L > 4 ? c0.add(c0.rearrange(BY_1_4)) : c0;
    c0 = L > 8 ? c0.add(c0.rearrange(BY_1_8)) : c0;
    y[yi] = Math.fma(alpha, c0.lane(0) + c0.lane(1), y[yi]);
  }
}
