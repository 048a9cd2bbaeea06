package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.kernel.gemm.small.f32.full.Tiles;
import dev.lanewise.simd.Lanes;

/**
 * A product on arrays, from where the operands lie.
 *
 * <p>C is cut into strips of columns, each into tiles of rows. The last strip is two vectors wide
 * or more, so that its last vector can begin early enough to end with the row and overlap with the
 * one before it inside one tile. Rows shorter than a vector go to tiles of narrower vectors.
 */
final class ArrayStrips {
  private static final int L = Lanes.F32_LANES;
  private static final int HALF = Lanes.F32_HALF.length();
  private static final int QUARTER = Lanes.F32_QUARTER.length();

  private ArrayStrips() {}

  /** {@code C = A * B + beta * C}; n is {@link SmallKernel#SHORTEST} or more. */
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
      shortRows(m, n, k, a, a0, lda, b, b0, ldb, beta, c, c0, ldc);
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
        case 1 -> Tiles.x1(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
        case 2 -> {
          if (wide) {
            WideTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else {
            Tiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
          }
        }
        case 3 -> WideTiles.x3(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        default -> WideTiles.x4(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }

  /** Rows of C that are shorter than a vector. */
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
      float beta,
      float[] c,
      int c0,
      int ldc) {
    int lanes = n >= HALF ? HALF : QUARTER;
    int last = n - lanes;
    int height = last == 0 ? Tiles.ROWS_1 : Tiles.ROWS_2;
    int atA = a0;
    int atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      if (n >= HALF) {
        if (last == 0) {
          dev.lanewise.kernel.gemm.small.f32.half.Tiles.x1(
              rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
        } else {
          dev.lanewise.kernel.gemm.small.f32.half.Tiles.x2(
              rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
        }
      } else if (last == 0) {
        dev.lanewise.kernel.gemm.small.f32.quarter.Tiles.x1(
            rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
      } else {
        dev.lanewise.kernel.gemm.small.f32.quarter.Tiles.x2(
            rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }
}
