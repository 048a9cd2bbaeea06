package dev.lanewise.kernel.gemm.f32;

import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import dev.lanewise.kernel.gemm.small.f32.SmallKernel;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * A small product whose operands cannot be read where they lie: transposed, with a factor, short
 * rows in segments, or memory of several kinds. They are copied as plain row-major matrices, and
 * {@link SmallKernel} multiplies the copies; C goes the same way.
 */
public final class Staged {
  /** Most terms: beyond, panels in the form of the micro-kernel are as fast. */
  private static final long MOST_TERMS = 64 * 64 * 64;

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
    // A row shorter than a vector is computed as one. Its last columns come from whatever lies
    // behind in the copies, and in C the next row overwrites them.
    int columns = Math.max(n, Lanes.F32_LANES);
    int lda = panels.a.transposed ? stride(k) : k;
    int ldb = panels.b.transposed ? stride(n) : n;
    int ldc = beta == 0f ? n : stride(columns);
    float[] copies = panels.packed;
    int a0 = Panels.B0;
    int b0 = a0 + Math.multiplyExact(m, lda);
    int c0 = b0 + Math.multiplyExact(k, ldb) + ALIGN;
    copyA(panels.a, m0, m, k, alpha, copies, a0, lda, panels.stage);
    if (panels.b.transposed) {
      Transposer.run(panels.b, panels.b.at(n0, 0), n, k, copies, b0, ldb, panels.stage);
    } else {
      Rows.read(panels.b, panels.b.at(0, n0), k, n, copies, b0, ldb);
    }
    if (beta != 0f) {
      Rows.read(panels.c, panels.c.at(m0, n0), m, n, copies, c0, ldc);
    }
    SmallKernel.run(
        false, false, m, columns, k, 1f, copies, a0, lda, copies, b0, ldb, beta, copies, c0, ldc);
    Rows.write(copies, c0, ldc, m, n, panels.c, panels.c.at(m0, n0));
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
