package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;

/**
 * A product on arrays, from where the operands lie.
 *
 * <p>C is cut into strips of columns, each into tiles of rows. The last strip is two vectors wide
 * or more, so that its last vector can begin early enough to end with the row and overlap with the
 * one before it inside one tile. Rows shorter than a vector go to tiles with a mask.
 */
final class ArrayStrips {
  private static final int L = Lanes.F32_LANES;

  private ArrayStrips() {}

  /** {@code C = A * B + beta * C}. */
  static void run(
      int m,
      int n,
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
    if (n < L) {
      shortRows(m, n, k, a, a0, lda, b, b0, ldb, c, c0, ldc);
      return;
    }
    boolean wide = SmallKernel.WIDE && beta == 0f;
    int most = wide ? 4 : 2;
    int vectors = Math.ceilDiv(n, L);
    int strip = (vectors - 1) % most + 1;
    int j = 0;
    while (vectors > 0) {
      int last = Math.min(strip * L, n - j) - L;
      strip(wide, strip, last, m, k, a, a0, lda, b, b0 + j, ldb, beta, c, c0 + j, ldc);
      j += strip * L;
      vectors -= strip;
      strip = most;
    }
  }

  private static void strip(
      boolean wide,
      int vectors,
      int last,
      int m,
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
    int height = SmallKernel.height(wide, vectors);
    int atA = a0;
    int atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      switch (vectors) {
        case 1 -> {
          if (beta == 0f) {
            Tiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
          } else {
            Tiles.x1Add(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
          }
        }
        case 2 -> {
          if (wide) {
            WideTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else if (beta == 0f) {
            Tiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else {
            Tiles.x2Add(rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
          }
        }
        case 3 -> WideTiles.x3(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        default -> WideTiles.x4(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }

  /** Rows of C that are shorter than a vector; beta is 0. */
  private static void shortRows(
      int m,
      int n,
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
    int atA = a0;
    int atC = c0;
    for (int left = m; left > 0; left -= Tiles.ROWS_1) {
      int rows = Math.min(Tiles.ROWS_1, left);
      Tiles.x1Part(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc, n);
      atA += rows * lda;
      atC += rows * ldc;
    }
  }
}
