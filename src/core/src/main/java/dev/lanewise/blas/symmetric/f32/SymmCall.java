package dev.lanewise.blas.symmetric.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.kernel.gemm.f32.MacroKernel;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One {@code C = alpha A B + beta C}, or {@code alpha B A}, on its way to the threads, with a
 * symmetric A of which one triangle lies in memory. Reused from call to call, so a product
 * allocates nothing.
 *
 * <p>C is computed in strips of {@link #EDGE} rows (A before B) or columns (A behind it). The part
 * of A that belongs to a strip is a rectangle of the triangle in memory, a square on the diagonal,
 * which is completed in scratch, and a rectangle read transposed: three products, one after the
 * other along k. Threads share out C. Each element is one chain over k as in {@link
 * dev.lanewise.blas.f32.GemmCall}, so neither the strips nor the threads change a bit.
 */
public final class SymmCall implements Workers.Task {
  /**
   * Below 4 MFLOP waking threads costs more than they save, as in {@link
   * dev.lanewise.blas.f32.GemmCall}.
   */
  private static final double PARALLEL_FLOPS = 4e6;

  /** The edge of a square on the diagonal: B is packed once per square. */
  private static final int EDGE = 256;

  /** Threads share out whole tiles. */
  private static final int UNIT = 64;

  private static final Pool<SymmCall> POOL = new Pool<>();

  private final Matrix asItLies = new Matrix();
  private final Matrix transposed = new Matrix();
  private final Matrix b = new Matrix();
  private final Matrix c = new Matrix();
  private final Elements rowsOfA = new Elements();
  private boolean left;
  private boolean lower;
  private int m;
  private int n;
  private int lda;
  private int ldb;
  private float alpha;
  private float beta;
  private boolean byRows;

  private SymmCall() {}

  /**
   * On arrays, row-major.
   *
   * @param left whether A stands before B
   * @param lower whether the lower triangle of A, as it lies row-major, is read
   */
  public static void run(
      boolean left,
      boolean lower,
      int m,
      int n,
      float alpha,
      float[] a,
      long a0,
      int lda,
      float[] b,
      long b0,
      int ldb,
      float beta,
      float[] c,
      long c0,
      int ldc,
      Workers workers) {
    SymmCall call = borrow();
    call.asItLies.set(a, a0, lda, false);
    call.transposed.set(a, a0, lda, true);
    call.rowsOfA.set(a, a0, lda);
    call.b.set(b, b0, ldb, false);
    call.c.set(c, c0, ldc, false);
    call.share(left, lower, m, n, alpha, lda, ldb, beta, workers);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean left,
      boolean lower,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long a0,
      int lda,
      MemorySegment b,
      long b0,
      int ldb,
      float beta,
      MemorySegment c,
      long c0,
      int ldc,
      Workers workers) {
    SymmCall call = borrow();
    call.asItLies.set(a, a0, lda, false);
    call.transposed.set(a, a0, lda, true);
    call.rowsOfA.set(a, a0, lda);
    call.b.set(b, b0, ldb, false);
    call.c.set(c, c0, ldc, false);
    call.share(left, lower, m, n, alpha, lda, ldb, beta, workers);
  }

  private void share(
      boolean left,
      boolean lower,
      int m,
      int n,
      float alpha,
      int lda,
      int ldb,
      float beta,
      Workers workers) {
    this.left = left;
    this.lower = lower;
    this.m = m;
    this.n = n;
    this.alpha = alpha;
    this.lda = lda;
    this.ldb = ldb;
    this.beta = beta;
    byRows = m >= n;
    int units = Math.ceilDiv(byRows ? m : n, UNIT);
    double flops = 2.0 * m * n * (left ? m : n);
    try {
      workers.run(units, flops < PARALLEL_FLOPS ? units : 1, this);
    } finally {
      asItLies.clear();
      transposed.clear();
      rowsOfA.clear();
      b.clear();
      c.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    int first = (int) (begin * UNIT);
    if (byRows) {
      block(first, (int) Math.min(m, end * UNIT), 0, n);
    } else {
      block(0, m, first, (int) Math.min(n, end * UNIT));
    }
  }

  private void block(int m0, int m1, int n0, int n1) {
    if (alpha == 0f) {
      MacroKernel.run(m0, m1, n0, n1, 0, alpha, asItLies, 0, b, 0, beta, c, 0);
      return;
    }
    DiagonalBlock square = DiagonalBlock.borrow();
    try {
      int end = left ? m1 : n1;
      for (int begin = left ? m0 : n0; begin < end; begin += EDGE) {
        int past = Math.min(end, begin + EDGE);
        square.complete(rowsOfA, lower, begin, past - begin);
        if (left) {
          rows(begin, past, n0, n1, square);
        } else {
          columns(m0, m1, begin, past, square);
        }
      }
    } finally {
      square.giveBack();
    }
  }

  /** Rows of C: {@code A[begin:past, :] B}, the columns of A in ascending order. */
  private void rows(int begin, int past, int n0, int n1, DiagonalBlock square) {
    float start = beta;
    if (begin > 0) {
      Matrix before = lower ? asItLies : transposed;
      MacroKernel.run(begin, past, n0, n1, begin, alpha, before, 0, b, 0, start, c, 0);
      start = 1f;
    }
    int k = past - begin;
    long shiftB = (long) begin * ldb;
    long shift = -(long) begin * DiagonalBlock.STRIDE;
    MacroKernel.run(begin, past, n0, n1, k, alpha, square.matrix, shift, b, shiftB, start, c, 0);
    if (past < m) {
      Matrix behind = lower ? transposed : asItLies;
      long shiftA = lower ? (long) past * lda : past;
      shiftB = (long) past * ldb;
      MacroKernel.run(begin, past, n0, n1, m - past, alpha, behind, shiftA, b, shiftB, 1f, c, 0);
    }
  }

  /** Columns of C: {@code B A[:, begin:past]}, the rows of A in ascending order. */
  private void columns(int m0, int m1, int begin, int past, DiagonalBlock square) {
    float start = beta;
    if (begin > 0) {
      Matrix above = lower ? transposed : asItLies;
      MacroKernel.run(m0, m1, begin, past, begin, alpha, b, 0, above, 0, start, c, 0);
      start = 1f;
    }
    int k = past - begin;
    MacroKernel.run(m0, m1, begin, past, k, alpha, b, begin, square.matrix, -begin, start, c, 0);
    if (past < n) {
      Matrix below = lower ? asItLies : transposed;
      long shiftA = lower ? (long) past * lda : past;
      MacroKernel.run(m0, m1, begin, past, n - past, alpha, b, past, below, shiftA, 1f, c, 0);
    }
  }

  private static SymmCall borrow() {
    SymmCall call = POOL.poll();
    return call == null ? new SymmCall() : call;
  }

  /** The scratch of one thread: a square on the diagonal, both of its triangles. */
  private static final class DiagonalBlock {
    /** The gap keeps the rows off the same cache sets. */
    static final int STRIDE = EDGE + 64 / Float.BYTES;

    private static final Pool<DiagonalBlock> POOL = new Pool<>();

    private final float[] square = new float[EDGE * STRIDE];
    final Matrix matrix = new Matrix();

    private DiagonalBlock() {
      matrix.set(square, 0, STRIDE, false);
    }

    static DiagonalBlock borrow() {
      DiagonalBlock block = POOL.poll();
      return block == null ? new DiagonalBlock() : block;
    }

    void complete(Elements a, boolean lower, int begin, int size) {
      for (int r = 0, row = 0; r < size; r++, row += STRIDE) {
        int first = lower ? 0 : r;
        int count = lower ? r + 1 : size - r;
        a.readRow(begin + r, begin + first, count, square, row + first);
      }
      for (int r = 0, row = 0; r < size; r++, row += STRIDE) {
        int first = lower ? r + 1 : 0;
        int past = lower ? size : r;
        for (int j = first, mirrored = first * STRIDE + r; j < past; j++, mirrored += STRIDE) {
          square[row + j] = square[mirrored];
        }
      }
    }

    void giveBack() {
      POOL.give(this);
    }
  }
}
