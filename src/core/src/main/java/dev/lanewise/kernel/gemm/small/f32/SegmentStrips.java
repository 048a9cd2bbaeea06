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
        case 1 -> {
          if (beta == 0f) {
            SegmentTiles.x1(rows, k, a, atA, lda, b, b0, ldb, c, atC, ldc);
          } else {
            SegmentTiles.x1Add(rows, k, a, atA, lda, b, b0, ldb, beta, c, atC, ldc);
          }
        }
        case 2 -> {
          if (wide) {
            WideSegmentTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else if (beta == 0f) {
            SegmentTiles.x2(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
          } else {
            SegmentTiles.x2Add(rows, k, a, atA, lda, b, b0, ldb, last, beta, c, atC, ldc);
          }
        }
        case 3 -> WideSegmentTiles.x3(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
        default -> WideSegmentTiles.x4(rows, k, a, atA, lda, b, b0, ldb, last, c, atC, ldc);
      }
      atA += rows * lda;
      atC += rows * ldc;
    }
  }
}
