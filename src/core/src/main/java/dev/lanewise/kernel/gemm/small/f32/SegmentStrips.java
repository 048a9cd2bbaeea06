package dev.lanewise.kernel.gemm.small.f32;

import dev.lanewise.kernel.gemm.small.f32.full.SegmentTiles;
import dev.lanewise.kernel.gemm.small.f32.full.Tiles;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/** {@link ArrayStrips} on memory of an arena; offsets and leading dimensions in bytes. */
final class SegmentStrips {
  private static final int L = Lanes.F32_LANES;
  private static final int HALF = Lanes.F32_HALF.length();
  private static final int QUARTER = Lanes.F32_QUARTER.length();
  private static final long BYTES = Float.BYTES;

  private SegmentStrips() {}

  /** {@code C = A * B + beta * C}; n is {@link SmallKernel#SHORTEST} or more. */
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
      strip(
          wide,
          strip,
          BYTES * last,
          m,
          k,
          a,
          a0,
          lda,
          b,
          b0 + BYTES * j,
          ldb,
          beta,
          c,
          c0 + BYTES * j,
          ldc);
      j += strip * L;
      vectors -= strip;
      strip = most;
    }
  }

  private static void strip(
      boolean wide,
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
      float beta,
      MemorySegment c,
      long c0,
      long ldc) {
    int height = SmallKernel.height(wide, vectors);
    long atA = a0;
    long atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      switch (vectors) {
        case 1 -> SegmentTiles.x1(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
        case 2 -> {
          if (wide) {
            WideSegmentTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else {
            SegmentTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
          }
        }
        case 3 -> WideSegmentTiles.x3(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        default -> WideSegmentTiles.x4(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
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
    int lanes = n >= HALF ? HALF : QUARTER;
    long last = BYTES * (n - lanes);
    int height = last == 0 ? Tiles.ROWS_1 : Tiles.ROWS_2;
    long atA = a0;
    long atC = c0;
    for (int left = m; left > 0; left -= height) {
      int rows = Math.min(height, left);
      if (n >= HALF) {
        if (last == 0) {
          dev.lanewise.kernel.gemm.small.f32.half.SegmentTiles.x1(
              rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
        } else {
          dev.lanewise.kernel.gemm.small.f32.half.SegmentTiles.x2(
              rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
        }
      } else if (last == 0) {
        dev.lanewise.kernel.gemm.small.f32.quarter.SegmentTiles.x1(
            rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
      } else {
        dev.lanewise.kernel.gemm.small.f32.quarter.SegmentTiles.x2(
            rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }
}
