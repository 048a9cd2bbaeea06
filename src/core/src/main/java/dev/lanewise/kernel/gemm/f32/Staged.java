package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.kernel.gemm.small.f32.Panel;
import dev.lanewise.kernel.gemm.small.f32.SmallKernel;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * A small product whose operands cannot be read where they lie: transposed, with a factor, short
 * rows in segments, or memory of several kinds. They are copied as plain row-major matrices, and
 * {@link SmallKernel} multiplies the copies; C goes the same way. With 16 registers so does every
 * product off the heap with more than a few rows: at n = 64 and 256 bits the copies take 0.9 us,
 * checks of segments inside the tiles 2.2 us.
 */
public final class Staged {
  /** Most terms: beyond, panels in the form of the micro-kernel are as fast or faster. */
  private static final long MOST_TERMS = Blocking.WIDE ? 64 * 64 * 64 : 1_400_000;

  /** Least columns: fewer make vectors a waste. */
  private static final int LEAST_COLUMNS = 4;

  /** Rows of a copy begin a multiple of this many elements apart. */
  private static final int ALIGN = Math.max(8, Lanes.F32_LANES);

  private Staged() {}

  /** Whether such a product is to be computed here. */
  public static boolean serves(int m, int n, int k, float alpha) {
    return alpha != 0f
        && k > 0
        && n >= LEAST_COLUMNS
        && (long) m * n <= MOST_TERMS
        && (long) m * n * k <= MOST_TERMS
        && size(m, k) + size(k, n) + size(m, n) + ALIGN <= Blocking.B_SIZE;
  }

  private static long size(int rows, int columns) {
    return (long) rows * stride(columns);
  }

  private static int stride(int columns) {
    return Math.multiplyExact(Math.ceilDiv(columns, ALIGN), ALIGN);
  }

  /** {@code C = alpha * op(A) * op(B) + beta * C}, row-major; the arguments have been checked. */
  public static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc) {
    Panels panels = Panels.borrow();
    try {
      panels.a.set(a, offsetA, lda, transA);
      panels.b.set(b, offsetB, ldb, transB);
      panels.c.set(c, offsetC, ldc, false);
      run(0, m, 0, n, k, alpha, beta, panels);
    } finally {
      panels.giveBack();
    }
  }

  /** The same on memory segments. */
  public static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
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
      panels.a.set(a, offsetA, lda, transA);
      panels.b.set(b, offsetB, ldb, transB);
      panels.c.set(c, offsetC, ldc, false);
      run(0, m, 0, n, k, alpha, beta, panels);
    } finally {
      panels.giveBack();
    }
  }

  /** {@code C[m0:m1, n0:n1] = alpha * op(A) * op(B) + beta * C} on the operands of the panels. */
  static void run(int m0, int m1, int n0, int n1, int k, float alpha, float beta, Panels panels) {
    int m = m1 - m0;
    int n = n1 - n0;
    if (!Blocking.WIDE && n > Lanes.F32_LANES) {
      byRows(m0, m, n0, n, k, alpha, beta, panels);
      return;
    }
    // A row shorter than a vector is computed as one. Its last columns come from whatever lies
    // behind in the copies; in C the next row overwrites them, or they have room of their own where
    // C is added to, as it is by each block of the depth but the first.
    int columns = Math.max(n, Lanes.F32_LANES);
    int lda = panels.a.transposed ? stride(k) : k;
    int ldb = panels.b.transposed ? stride(n) : n;
    int ldc = beta == 0f && k <= Panel.DEPTH ? n : stride(columns);
    float[] copies = panels.packed;
    int a0 = Panels.B0;
    int b0 = a0 + Math.multiplyExact(m, lda);
    int c0 = b0 + Math.multiplyExact(k, ldb) + ALIGN;
    copyA(panels.a, m0, m, k, alpha, copies, a0, lda, panels.stage);
    copyB(panels.b, n0, n, k, copies, b0, ldb, panels.stage);
    if (beta != 0f) {
      Rows.read(panels.c, panels.c.at(m0, n0), m, n, copies, c0, ldc);
    }
    SmallKernel.run(
        false, false, m, columns, k, 1f, copies, a0, lda, copies, b0, ldb, beta, copies, c0, ldc);
    Rows.write(copies, c0, ldc, m, n, panels.c, panels.c.at(m0, n0));
  }

  /**
   * The same for 16 registers: a {@link Panel} of A after the other. A and B are copied unless they
   * lie in arrays as they are, of C the rows in hand.
   */
  private static void byRows(
      int m0, int m, int n0, int n, int k, float alpha, float beta, Panels panels) {
    Matrix a = panels.a;
    Matrix b = panels.b;
    Matrix c = panels.c;
    float[] copies = panels.packed;
    float[] as = a.array;
    int lda = a.ld;
    int atA = (int) a.at(m0, 0);
    int b0 = Panels.B0;
    if (!a.onHeap || a.transposed || alpha != 1f) {
      as = copies;
      lda = a.transposed ? stride(k) : k;
      atA = Panels.B0;
      copyA(a, m0, m, k, alpha, copies, Panels.B0, lda, panels.stage);
      b0 += Math.multiplyExact(m, lda);
    }
    float[] bs = b.array;
    int ldb = b.ld;
    int atB = (int) b.at(0, n0);
    int c0 = b0;
    if (!b.onHeap || b.transposed) {
      bs = copies;
      ldb = b.transposed ? stride(n) : n;
      atB = b0;
      copyB(b, n0, n, k, copies, b0, ldb, panels.stage);
      c0 += Math.multiplyExact(k, ldb) + ALIGN;
    }
    int ldc = c.onHeap ? c.ld : beta == 0f ? n : stride(n);
    float[] cs = c.onHeap ? c.array : copies;
    Panel panel = Panel.borrow();
    try {
      int rows;
      for (int i = 0; i < m; i += rows) {
        rows = Math.min(Panel.height(m - i), m - i);
        long inC = c.at(m0 + i, n0);
        int atC = c.onHeap ? (int) inC : c0;
        if (!c.onHeap && beta != 0f) {
          Rows.read(c, inC, rows, n, copies, c0, ldc);
        }
        for (int p = 0; p < k; p += Panel.DEPTH) {
          int kc = Math.min(Panel.DEPTH, k - p);
          panel.read(as, atA + p, lda, rows, kc);
          int rowB = atB + Math.multiplyExact(p, ldb);
          panel.multiply(rows, n, kc, bs, rowB, ldb, p == 0 ? beta : 1f, cs, atC, ldc);
        }
        if (!c.onHeap) {
          Rows.write(copies, c0, ldc, rows, n, c, inC);
        }
        atA += Math.multiplyExact(rows, lda);
      }
    } finally {
      panel.giveBack();
    }
  }

  private static void copyB(
      Matrix b, int n0, int n, int k, float[] to, int b0, int ldb, float[] stage) {
    if (b.transposed) {
      Transposer.run(b, b.at(n0, 0), n, k, to, b0, ldb, stage);
    } else {
      Rows.read(b, b.at(0, n0), k, n, to, b0, ldb);
    }
  }

  private static void copyA(
      Matrix a, int m0, int m, int k, float alpha, float[] to, int a0, int lda, float[] stage) {
    if (a.transposed) {
      Transposer.run(a, a.at(0, m0), k, m, to, a0, lda, stage);
    } else {
      Rows.read(a, a.at(m0, 0), m, k, to, a0, lda);
    }
    if (alpha != 1f) {
      int end = a0 + Math.multiplyExact(m, lda);
      for (int i = a0; i < end; i++) {
        to[i] *= alpha;
      }
    }
  }
}
