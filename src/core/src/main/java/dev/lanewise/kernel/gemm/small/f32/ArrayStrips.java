package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;

/**
 * A product on arrays, from where the operands lie.
 *
 * <p>C is cut into tiles. The last strip of columns is two vectors wide or more, so that its last
 * vector can begin early enough to end with the row and overlap with the one before it inside one
 * tile. Rows shorter than a vector go to tiles with a mask.
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
    } else if (n == L) {
      narrow(m, k, a, a0, lda, b, b0, ldb, beta, c, c0, ldc);
    } else if (SmallKernel.WIDE && beta == 0f) {
      wide(m, n, k, a, a0, lda, b, b0, ldb, c, c0, ldc);
    } else {
      Panel panel = Panel.borrow();
      try {
        int atA = a0;
        int atC = c0;
        int rows;
        for (int left = m; left > 0; left -= rows) {
          rows = Math.min(Panel.height(left), left);
          panel.read(a, atA, lda, rows, k);
          row(rows, n, k, panel.rows, b, b0, ldb, beta, c, atC, ldc);
          atA += rows * lda;
          atC += rows * ldc;
        }
      } finally {
        panel.giveBack();
      }
    }
  }

  /** One row of tiles for 16 registers. */
  static void row(
      int rows,
      int n,
      int k,
      float[] panel,
      float[] b,
      int b0,
      int ldb,
      float beta,
      float[] c,
      int c0,
      int ldc) {
    int j = 0;
    if (Math.ceilDiv(n, L) % 2 == 1) {
      if (beta == 0f) {
        PanelTiles.narrow(rows, k, panel, b, b0, ldb, c, c0, ldc);
      } else {
        PanelTiles.narrowAdd(rows, k, panel, b, b0, ldb, beta, c, c0, ldc);
      }
      j = L;
    }
    for (; j < n; j += 2 * L) {
      int last = Math.min(2 * L, n - j) - L;
      int atB = b0 + j;
      int atC = c0 + j;
      if (beta == 0f) {
        if (rows > 4) {
          PanelTiles.six(rows, k, panel, b, atB, ldb, last, c, atC, ldc);
        } else {
          PanelTiles.four(rows, k, panel, b, atB, ldb, last, c, atC, ldc);
        }
      } else if (rows > 4) {
        PanelTiles.sixAdd(rows, k, panel, b, atB, ldb, last, beta, c, atC, ldc);
      } else {
        PanelTiles.fourAdd(rows, k, panel, b, atB, ldb, last, beta, c, atC, ldc);
      }
    }
  }

  /** Rows of one vector. */
  private static void narrow(
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
    int atA = a0;
    int atC = c0;
    for (int left = m; left > 0; left -= Tiles.ROWS_1) {
      int rows = Math.min(Tiles.ROWS_1, left);
      if (beta == 0f) {
        Tiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
      } else {
        Tiles.x1Add(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }

  /** Strips of up to four vectors, for 32 registers; beta is 0. */
  private static void wide(
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
    int vectors = Math.ceilDiv(n, L);
    int j = 0;
    while (vectors > 0) {
      int strip = SmallKernel.strip(vectors);
      int last = (Math.min(strip * L, n - j) - L);
      wideStrip(strip, last, m, k, a, a0, lda, b, b0 + j, ldb, c, c0 + j, ldc);
      j += strip * L;
      vectors -= strip;
    }
  }

  private static void wideStrip(
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
      float[] c,
      int c0,
      int ldc) {
    int height =
        switch (vectors) {
          case 1 -> Tiles.ROWS_1;
          case 2 -> WideTiles.ROWS_2;
          case 3 -> WideTiles.ROWS_3;
          default -> WideTiles.ROWS_4;
        };
    int atA = a0;
    int atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      switch (vectors) {
        case 1 -> Tiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
        case 2 -> WideTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
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
