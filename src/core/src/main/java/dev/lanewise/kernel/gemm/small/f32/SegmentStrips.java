package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * {@link ArrayStrips} on memory of an arena; offsets and leading dimensions in bytes. Rows are not
 * shorter than a vector: with a mask beside the checks of a segment C2 was seen to box.
 */
final class SegmentStrips {
  private static final int L = Lanes.F32_LANES;
  private static final long BYTES = Float.BYTES;

  private SegmentStrips() {}

  /** {@code C = A * B + beta * C}; a row of C holds a vector at least. */
  static void run(
      int m,
      int n,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    if (n == L) {
      narrow(m, k, a, a0, lda, b, b0, ldb, beta, c, c0, ldc);
    } else if (SmallKernel.WIDE && beta == 0f) {
      wide(m, n, k, a, a0, lda, b, b0, ldb, c, c0, ldc);
    } else {
      Panel panel = Panel.borrow();
      try {
        long atA = a0;
        long atC = c0;
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
  private static void row(
      int rows,
      int n,
      int k,
      float[] panel,
      MemorySegment b,
      long b0,
      long ldb,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    int j = 0;
    if (Math.ceilDiv(n, L) % 2 == 1) {
      if (beta == 0f) {
        SegmentPanelTiles.narrow(rows, k, panel, b, b0, ldb, c, c0, ldc);
      } else {
        SegmentPanelTiles.narrowAdd(rows, k, panel, b, b0, ldb, beta, c, c0, ldc);
      }
      j = L;
    }
    for (; j < n; j += 2 * L) {
      long last = BYTES * (Math.min(2 * L, n - j) - L);
      long atB = b0 + BYTES * j;
      long atC = c0 + BYTES * j;
      if (beta == 0f) {
        if (rows > 4) {
          SegmentPanelTiles.six(rows, k, panel, b, atB, ldb, last, c, atC, ldc);
        } else {
          SegmentPanelTiles.four(rows, k, panel, b, atB, ldb, last, c, atC, ldc);
        }
      } else if (rows > 4) {
        SegmentPanelTiles.sixAdd(rows, k, panel, b, atB, ldb, last, beta, c, atC, ldc);
      } else {
        SegmentPanelTiles.fourAdd(rows, k, panel, b, atB, ldb, last, beta, c, atC, ldc);
      }
    }
  }

  /** Rows of one vector. */
  private static void narrow(
      int m,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    long atA = a0;
    long atC = c0;
    for (int left = m; left > 0; left -= Tiles.ROWS_1) {
      int rows = Math.min(Tiles.ROWS_1, left);
      if (beta == 0f) {
        SegmentTiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
      } else {
        SegmentTiles.x1Add(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
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
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      MemorySegment c,
      long c0,
      long ldc) {
    int vectors = Math.ceilDiv(n, L);
    int j = 0;
    while (vectors > 0) {
      int strip = SmallKernel.strip(vectors);
      long last = BYTES * (Math.min(strip * L, n - j) - L);
      wideStrip(strip, last, m, k, a, a0, lda, b, b0 + BYTES * j, ldb, c, c0 + BYTES * j, ldc);
      j += strip * L;
      vectors -= strip;
    }
  }

  private static void wideStrip(
      int vectors,
      long last,
      int m,
      int k,
      MemorySegment a,
      long a0,
      long lda,
      MemorySegment b,
      long b0,
      long ldb,
      MemorySegment c,
      long c0,
      long ldc) {
    int height =
        switch (vectors) {
          case 1 -> Tiles.ROWS_1;
          case 2 -> WideTiles.ROWS_2;
          case 3 -> WideTiles.ROWS_3;
          default -> WideTiles.ROWS_4;
        };
    long atA = a0;
    long atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      switch (vectors) {
        case 1 -> SegmentTiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
        case 2 -> WideSegmentTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        case 3 -> WideSegmentTiles.x3(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        default -> WideSegmentTiles.x4(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }
}
