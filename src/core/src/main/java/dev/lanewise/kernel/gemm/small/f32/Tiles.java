package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of a small product, one vector wide or less, on operands where they lie.
 *
 * <p>Nothing is packed, so nothing is a constant apart: each row of A has an index of its own. A
 * tile with fewer rows than it is high computes its last one several times, to the same bits, and
 * stores it once. Only rows shorter than a vector need a mask. Vectors of half the width would be a
 * third faster there, but a second species in a JVM takes from C2 what it knows of the types
 * everywhere else, and vectors are boxed.
 */
final class Tiles {
  /** Most rows of {@link #x1}: as many sums hide the latency of two multiply-add units. */
  static final int ROWS_1 = 8;

  private static final VectorSpecies<Float> S = Lanes.F32;

  private Tiles() {}

  /**
   * {@code C = A * B}, a fused multiply-add for each term from 0 on, k ascending.
   *
   * @param rows of A and C, 1 to {@link #ROWS_1}
   * @param k columns of A and rows of B
   * @param a row-major from {@code a0} on
   * @param b a vector in each row, row-major from {@code b0} on
   * @param c a vector in each row, row-major from {@code c0} on
   */
  static void x1(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
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
    FloatVector c0c = zero;
    FloatVector c1c = zero;
    FloatVector c2c = zero;
    FloatVector c3c = zero;
    FloatVector c4c = zero;
    FloatVector c5c = zero;
    FloatVector c6c = zero;
    FloatVector c7c = zero;
    int row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromArray(S, b, row);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0c = x.fma(bc, c0c);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1c = x.fma(bc, c1c);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2c = x.fma(bc, c2c);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3c = x.fma(bc, c3c);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4c = x.fma(bc, c4c);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5c = x.fma(bc, c5c);
      x = FloatVector.broadcast(S, a[a6 + p]);
      c6c = x.fma(bc, c6c);
      x = FloatVector.broadcast(S, a[a7 + p]);
      c7c = x.fma(bc, c7c);
      row += ldb;
    }
    row = c0;
    c0c.intoArray(c, row);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoArray(c, row);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoArray(c, row);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoArray(c, row);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoArray(c, row);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoArray(c, row);
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6c.intoArray(c, row);
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7c.intoArray(c, row);
  }

  /**
   * {@code C = A * B + beta * C}: as {@link #x1}, the chain begins with what is in C times beta.
   */
  static void x1Add(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
      float beta,
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
    int row = c0;
    FloatVector c0c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 1 ? row + ldc : row;
    FloatVector c1c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 2 ? row + ldc : row;
    FloatVector c2c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 3 ? row + ldc : row;
    FloatVector c3c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 4 ? row + ldc : row;
    FloatVector c4c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 5 ? row + ldc : row;
    FloatVector c5c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 6 ? row + ldc : row;
    FloatVector c6c = FloatVector.fromArray(S, c, row).mul(beta);
    row = rows > 7 ? row + ldc : row;
    FloatVector c7c = FloatVector.fromArray(S, c, row).mul(beta);
    row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromArray(S, b, row);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0c = x.fma(bc, c0c);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1c = x.fma(bc, c1c);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2c = x.fma(bc, c2c);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3c = x.fma(bc, c3c);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4c = x.fma(bc, c4c);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5c = x.fma(bc, c5c);
      x = FloatVector.broadcast(S, a[a6 + p]);
      c6c = x.fma(bc, c6c);
      x = FloatVector.broadcast(S, a[a7 + p]);
      c7c = x.fma(bc, c7c);
      row += ldb;
    }
    row = c0;
    c0c.intoArray(c, row);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoArray(c, row);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoArray(c, row);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoArray(c, row);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoArray(c, row);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoArray(c, row);
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6c.intoArray(c, row);
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7c.intoArray(c, row);
  }

  /**
   * As {@link #x1}, the first {@code columns} of a vector wide. Without a twin that adds to C: with
   * masked loads as well C2 was seen to box.
   */
  static void x1Part(
      int rows,
      int k,
      float[] a,
      int a0,
      int lda,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      int columns) {
    int a1 = rows > 1 ? a0 + lda : a0;
    int a2 = rows > 2 ? a1 + lda : a1;
    int a3 = rows > 3 ? a2 + lda : a2;
    int a4 = rows > 4 ? a3 + lda : a3;
    int a5 = rows > 5 ? a4 + lda : a4;
    int a6 = rows > 6 ? a5 + lda : a5;
    int a7 = rows > 7 ? a6 + lda : a6;
    VectorMask<Float> mask = S.indexInRange(0, columns);
    FloatVector zero = FloatVector.zero(S);
    FloatVector c0c = zero;
    FloatVector c1c = zero;
    FloatVector c2c = zero;
    FloatVector c3c = zero;
    FloatVector c4c = zero;
    FloatVector c5c = zero;
    FloatVector c6c = zero;
    FloatVector c7c = zero;
    int row = b0;
    for (int p = 0; p < k; p++) {
      FloatVector bc = FloatVector.fromArray(S, b, row, mask);
      FloatVector x = FloatVector.broadcast(S, a[a0 + p]);
      c0c = x.fma(bc, c0c);
      x = FloatVector.broadcast(S, a[a1 + p]);
      c1c = x.fma(bc, c1c);
      x = FloatVector.broadcast(S, a[a2 + p]);
      c2c = x.fma(bc, c2c);
      x = FloatVector.broadcast(S, a[a3 + p]);
      c3c = x.fma(bc, c3c);
      x = FloatVector.broadcast(S, a[a4 + p]);
      c4c = x.fma(bc, c4c);
      x = FloatVector.broadcast(S, a[a5 + p]);
      c5c = x.fma(bc, c5c);
      x = FloatVector.broadcast(S, a[a6 + p]);
      c6c = x.fma(bc, c6c);
      x = FloatVector.broadcast(S, a[a7 + p]);
      c7c = x.fma(bc, c7c);
      row += ldb;
    }
    row = c0;
    c0c.intoArray(c, row, mask);
    if (rows == 1) {
      return;
    }
    row += ldc;
    c1c.intoArray(c, row, mask);
    if (rows == 2) {
      return;
    }
    row += ldc;
    c2c.intoArray(c, row, mask);
    if (rows == 3) {
      return;
    }
    row += ldc;
    c3c.intoArray(c, row, mask);
    if (rows == 4) {
      return;
    }
    row += ldc;
    c4c.intoArray(c, row, mask);
    if (rows == 5) {
      return;
    }
    row += ldc;
    c5c.intoArray(c, row, mask);
    if (rows == 6) {
      return;
    }
    row += ldc;
    c6c.intoArray(c, row, mask);
    if (rows == 7) {
      return;
    }
    row += ldc;
    c7c.intoArray(c, row, mask);
  }
}
