package dev.lanewise.kernel.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * {@code C = alpha * op(A) * op(B) + beta * C} in single precision, row-major, on one thread and a
 * block of C.
 *
 * <p>Each element of C is {@code fma(a, b, ...)} over k in ascending order, started with {@code
 * beta * C} (0 if beta is 0), with alpha multiplied into A first. The bits therefore depend neither
 * on the block that is asked for, nor on the vector width, nor on cache blocks. {@code |C - exact|
 * <= gamma(k + 2) (|alpha| |A| |B| + |beta| |C|)}, gamma(n) = n u / (1 - n u) (Higham, "Accuracy
 * and Stability of Numerical Algorithms", 2002, section 3.1).
 *
 * <p>Loops, from outside: ic over blocks of MC rows, pc over panels of KC, pack A, jc over blocks
 * of NC columns, pack B, ir over tiles of rows, jr over tiles of columns. The panel of A that a row
 * of tiles uses stays in the first-level cache, the strips of B stream from the second, and C is
 * walked along its rows.
 */
public final class GemmKernel {
  private static final int MR = Blocking.MR;
  private static final int NR = Blocking.NR;

  private GemmKernel() {}

  /**
   * Computes {@code C[m0:m1, n0:n1]}; the arguments have been checked.
   *
   * @param k at least 1
   * @param offsetA in elements, as the other offsets
   */
  public static void run(
      boolean transA,
      boolean transB,
      int m0,
      int m1,
      int n0,
      int n1,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc) {
    Panels panels = Panels.borrow();
    try {
      int mcEven = roundUp(Blocking.evenBlock(m1 - m0, Blocking.MC), MR);
      int kcEven = Blocking.evenBlock(k, Blocking.KC);
      int ncEven = roundUp(Blocking.evenBlock(n1 - n0, Blocking.NC), NR);
      for (int ic = m0; ic < m1; ic += mcEven) {
        int mc = Math.min(mcEven, m1 - ic);
        for (int pc = 0; pc < k; pc += kcEven) {
          int kc = Math.min(kcEven, k - pc);
          float start = pc == 0 ? beta : 1f;
          PackA.pack(transA, a, offsetA, lda, ic, mc, pc, kc, alpha, panels);
          for (int jc = n0; jc < n1; jc += ncEven) {
            int nc = Math.min(ncEven, n1 - jc);
            PackB.pack(transB, b, offsetB, ldb, pc, kc, jc, nc, panels);
            macroKernel(mc, nc, kc, panels, start, c, offsetC + (long) ic * ldc + jc, ldc);
          }
        }
      }
    } finally {
      panels.giveBack();
    }
  }

  /** {@code C[0:mc, 0:nc] = start * C + packed A * packed B}. */
  private static void macroKernel(
      int mc, int nc, int kc, Panels panels, float start, MemorySegment c, long c0, int ldc) {
    float[] packed = panels.packed;
    int panelStride = Blocking.panelStride(kc);
    int rowStride = Blocking.rowStride(kc);
    int stripStride = Blocking.stripStride(kc);
    for (int ir = 0; ir < mc; ir += MR) {
      int mr = Math.min(MR, mc - ir);
      int panel = Panels.A0 + ir / MR * panelStride;
      for (int jr = 0; jr < nc; jr += NR) {
        int nr = Math.min(NR, nc - jr);
        int strip = Panels.B0 + jr / NR * stripStride;
        long at = c0 + (long) ir * ldc + jr;
        Tile.load(c, at, ldc, mr, nr, start, packed, Panels.TILE);
        if (Blocking.WIDE) {
          MicroKernel12.run(kc, packed, panel, packed, strip, packed, Panels.TILE);
        } else {
          MicroKernel6.run(kc, packed, panel, rowStride, packed, strip, packed, Panels.TILE);
        }
        Tile.store(packed, Panels.TILE, c, at, ldc, mr, nr);
      }
    }
  }

  /**
   * {@code C[0:m, 0:n] *= beta}, which is what is left of a product without terms; beta = 0
   * overwrites even NaN.
   */
  public static void scale(int m, int n, float beta, MemorySegment c, long offsetC, int ldc) {
    for (int i = 0; i < m; i++) {
      long row = offsetC + (long) i * ldc;
      for (int j = 0; j < n; j++) {
        float value = beta == 0f ? 0f : beta * c.get(JAVA_FLOAT, 4 * (row + j));
        c.set(JAVA_FLOAT, 4 * (row + j), value);
      }
    }
  }

  private static int roundUp(int size, int multiple) {
    return Math.multiplyExact(Math.ceilDiv(size, multiple), multiple);
  }
}
