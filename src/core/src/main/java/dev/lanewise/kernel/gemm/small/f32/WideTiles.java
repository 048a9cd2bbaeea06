package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of a small product for 32 vector registers, {@code C = A * B} two to four vectors wide; see
 * {@link Tiles}. The wider a tile, the fewer rows of A it needs for its sums, each of which wants a
 * register for its index.
 *
 * <p>The loops end at a row of B, not at a number of terms: a counted loop has C2 put as much code
 * before and behind it as in it, and products of 20 to 96 are up to a sixth slower (a Zen 4).
 */
final class WideTiles {
  /** Most rows of {@link #x2}. */
  static final int ROWS_2 = 8;

  /** Most rows of {@link #x3}. */
  static final int ROWS_3 = 6;

  /** Most rows of {@link #x4}. */
  static final int ROWS_4 = 6;

  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private WideTiles() {}

  /**
   * {@code C = A * B}, a fused multiply-add for each term from 0 on, k ascending.
   *
   * @param rows of A and C, 1 to {@link #ROWS_2}
   * @param k columns of A and rows of B
   * @param a row-major from {@code a0} on
   * @param b two vectors in each row, row-major from {@code b0} on
   * @param last where the last vector of a row begins, behind its first element
   * @param c two vectors in each row, row-major from {@code c0} on
   */
  static void x2(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
      int last,
      float[] c,
      int c0,
      int ldc) {
    int a1 = rows > 1 ? a0 + lda : a0;
    int a2 = rows > 2 ? a1 + lda : a1;
    int a3 = rows > 3 ? a2 + lda : a2;
    int a4 = rows > 4 ? a3 + lda : a3;
    int a5 = rows > 5 ? a4 + lda : a4;
    int a6 = rows > 6 ? a5 + lda : a5;
    int a7 = rows > 7 ? a6 + lda : a6;
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5r = zero;
    FloatVector c6l = zero;
    FloatVector c6r = zero;
    FloatVector c7l = zero;
    FloatVector c7r = zero;
    int row = b0;
    int end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0l = x.fma(bl, c0l);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1l = x.fma(bl, c1l);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2l = x.fma(bl, c2l);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3l = x.fma(bl, c3l);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4l = x.fma(bl, c4l);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5l = x.fma(bl, c5l);
      c5r = x.fma(br, c5r);
      x = FloatVector.broadcast(S, a[a6 + p]);
      c6l = x.fma(bl, c6l);
      c6r = x.fma(br, c6r);
      x = FloatVector.broadcast(S, a[a7 + p]);
      c7l = x.fma(bl, c7l);
      c7r = x.fma(br, c7r);
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3r.intoArray(c, row + last);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoArray(c, row);
    c4r.intoArray(c, row + last);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoArray(c, row);
    c5r.intoArray(c, row + last);
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6l.intoArray(c, row);
    c6r.intoArray(c, row + last);
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7l.intoArray(c, row);
    c7r.intoArray(c, row + last);
  }

  /** The same three vectors wide, for up to {@link #ROWS_3} rows. */
  static void x3(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
      int last,
      float[] c,
      int c0,
      int ldc) {
    int a1 = rows > 1 ? a0 + lda : a0;
    int a2 = rows > 2 ? a1 + lda : a1;
    int a3 = rows > 3 ? a2 + lda : a2;
    int a4 = rows > 4 ? a3 + lda : a3;
    int a5 = rows > 5 ? a4 + lda : a4;
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0m = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1m = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2m = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3m = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4m = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5m = zero;
    FloatVector c5r = zero;
    int row = b0;
    int end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector bm = FloatVector.fromArray(S, b, row + L);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0l = x.fma(bl, c0l);
      c0m = x.fma(bm, c0m);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1l = x.fma(bl, c1l);
      c1m = x.fma(bm, c1m);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2l = x.fma(bl, c2l);
      c2m = x.fma(bm, c2m);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3l = x.fma(bl, c3l);
      c3m = x.fma(bm, c3m);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4l = x.fma(bl, c4l);
      c4m = x.fma(bm, c4m);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5l = x.fma(bl, c5l);
      c5m = x.fma(bm, c5m);
      c5r = x.fma(br, c5r);
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0m.intoArray(c, row + L);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1m.intoArray(c, row + L);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2m.intoArray(c, row + L);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3m.intoArray(c, row + L);
    c3r.intoArray(c, row + last);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoArray(c, row);
    c4m.intoArray(c, row + L);
    c4r.intoArray(c, row + last);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoArray(c, row);
    c5m.intoArray(c, row + L);
    c5r.intoArray(c, row + last);
  }

  /** The same four vectors wide, for up to {@link #ROWS_4} rows. */
  static void x4(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
      int last,
      float[] c,
      int c0,
      int ldc) {
    int a1 = rows > 1 ? a0 + lda : a0;
    int a2 = rows > 2 ? a1 + lda : a1;
    int a3 = rows > 3 ? a2 + lda : a2;
    int a4 = rows > 4 ? a3 + lda : a3;
    int a5 = rows > 5 ? a4 + lda : a4;
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0l = zero;
    FloatVector c0m = zero;
    FloatVector c0n = zero;
    FloatVector c0r = zero;
    FloatVector c1l = zero;
    FloatVector c1m = zero;
    FloatVector c1n = zero;
    FloatVector c1r = zero;
    FloatVector c2l = zero;
    FloatVector c2m = zero;
    FloatVector c2n = zero;
    FloatVector c2r = zero;
    FloatVector c3l = zero;
    FloatVector c3m = zero;
    FloatVector c3n = zero;
    FloatVector c3r = zero;
    FloatVector c4l = zero;
    FloatVector c4m = zero;
    FloatVector c4n = zero;
    FloatVector c4r = zero;
    FloatVector c5l = zero;
    FloatVector c5m = zero;
    FloatVector c5n = zero;
    FloatVector c5r = zero;
    int row = b0;
    int end = b0 + k * ldb;
    for (int p = 0; row != end; p++) {
      FloatVector bl = FloatVector.fromArray(S, b, row);
      FloatVector bm = FloatVector.fromArray(S, b, row + L);
      FloatVector bn = FloatVector.fromArray(S, b, row + 2 * L);
      FloatVector br = FloatVector.fromArray(S, b, row + last);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0l = x.fma(bl, c0l);
      c0m = x.fma(bm, c0m);
      c0n = x.fma(bn, c0n);
      c0r = x.fma(br, c0r);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1l = x.fma(bl, c1l);
      c1m = x.fma(bm, c1m);
      c1n = x.fma(bn, c1n);
      c1r = x.fma(br, c1r);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2l = x.fma(bl, c2l);
      c2m = x.fma(bm, c2m);
      c2n = x.fma(bn, c2n);
      c2r = x.fma(br, c2r);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3l = x.fma(bl, c3l);
      c3m = x.fma(bm, c3m);
      c3n = x.fma(bn, c3n);
      c3r = x.fma(br, c3r);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4l = x.fma(bl, c4l);
      c4m = x.fma(bm, c4m);
      c4n = x.fma(bn, c4n);
      c4r = x.fma(br, c4r);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5l = x.fma(bl, c5l);
      c5m = x.fma(bm, c5m);
      c5n = x.fma(bn, c5n);
      c5r = x.fma(br, c5r);
      row += ldb;
    }
    row = c0;
    c0l.intoArray(c, row);
    c0m.intoArray(c, row + L);
    c0n.intoArray(c, row + 2 * L);
    c0r.intoArray(c, row + last);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1l.intoArray(c, row);
    c1m.intoArray(c, row + L);
    c1n.intoArray(c, row + 2 * L);
    c1r.intoArray(c, row + last);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2l.intoArray(c, row);
    c2m.intoArray(c, row + L);
    c2n.intoArray(c, row + 2 * L);
    c2r.intoArray(c, row + last);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3l.intoArray(c, row);
    c3m.intoArray(c, row + L);
    c3n.intoArray(c, row + 2 * L);
    c3r.intoArray(c, row + last);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4l.intoArray(c, row);
    c4m.intoArray(c, row + L);
    c4n.intoArray(c, row + 2 * L);
    c4r.intoArray(c, row + last);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5l.intoArray(c, row);
    c5m.intoArray(c, row + L);
    c5n.intoArray(c, row + 2 * L);
    c5r.intoArray(c, row + last);
  }
}
