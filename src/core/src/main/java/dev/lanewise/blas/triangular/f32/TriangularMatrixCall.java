package dev.lanewise.blas.triangular.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.kernel.gemm.f32.MacroKernel;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One {@code B = alpha op(A) B} or {@code B = alpha op(A)^-1 B}, or the same with op(A) behind B,
 * on its way to the threads, with a triangular A, in place. Reused from call to call, so nothing is
 * allocated.
 *
 * <p>With A behind, the product is read as its transpose. So there is always a triangle S before
 * lines X: the rows of B (A before) or its columns (A behind). A triangle is two of half its edge
 * and a rectangle, and so on; the rectangles are products straight into B, the triangles of at most
 * {@link TriangularBlock#EDGE} rows that are left are taken line by line, in scratch. Threads share
 * out the columns of X. The cuts follow from the edge of A alone, so the bits do not depend on the
 * threads.
 */
public final class TriangularMatrixCall implements Workers.Task {
  /**
   * Below 4 MFLOP waking threads costs more than they save, as in {@link
   * dev.lanewise.blas.f32.GemmCall}.
   */
  private static final double PARALLEL_FLOPS = 4e6;

  /** Threads share out whole tiles. */
  private static final int UNIT = 32;

  private static final Pool<TriangularMatrixCall> POOL = new Pool<>();

  private final Matrix s = new Matrix();
  private final Matrix b = new Matrix();
  private final Elements rowsOfA = new Elements();
  private final Elements rowsOfB = new Elements();
  private boolean solve;
  private boolean left;
  private boolean lower;
  private boolean transposed;
  private boolean unit;
  private int edge;
  private int width;
  private int lda;
  private int ldb;
  private float alpha;

  private TriangularMatrixCall() {}

  /**
   * On arrays, row-major.
   *
   * @param solve whether by the inverse
   * @param left whether op(A) stands before B
   * @param lower whether the lower triangle of A, as it lies row-major, is read
   * @param trans whether op is the transpose
   * @param unit whether the diagonal is ones
   */
  public static void run(
      boolean solve,
      boolean left,
      boolean lower,
      boolean trans,
      boolean unit,
      int m,
      int n,
      float alpha,
      float[] a,
      long a0,
      int lda,
      float[] b,
      long b0,
      int ldb,
      Workers workers) {
    TriangularMatrixCall call = borrow();
    // Before X stands op(A), or its transpose where X is the transpose of B; and where the
    // rectangles are the right operand, they are transposed once more.
    call.s.set(a, a0, lda, trans);
    call.rowsOfA.set(a, a0, lda);
    call.b.set(b, b0, ldb, false);
    call.rowsOfB.set(b, b0, ldb);
    call.share(solve, left, lower, trans, unit, m, n, alpha, lda, ldb, workers);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean solve,
      boolean left,
      boolean lower,
      boolean trans,
      boolean unit,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long a0,
      int lda,
      MemorySegment b,
      long b0,
      int ldb,
      Workers workers) {
    TriangularMatrixCall call = borrow();
    call.s.set(a, a0, lda, trans);
    call.rowsOfA.set(a, a0, lda);
    call.b.set(b, b0, ldb, false);
    call.rowsOfB.set(b, b0, ldb);
    call.share(solve, left, lower, trans, unit, m, n, alpha, lda, ldb, workers);
  }

  private void share(
      boolean solve,
      boolean left,
      boolean lower,
      boolean trans,
      boolean unit,
      int m,
      int n,
      float alpha,
      int lda,
      int ldb,
      Workers workers) {
    this.solve = solve;
    this.left = left;
    this.unit = unit;
    this.alpha = alpha;
    this.lda = lda;
    this.ldb = ldb;
    edge = left ? m : n;
    width = left ? n : m;
    transposed = trans == left;
    this.lower = lower != transposed;
    int units = Math.ceilDiv(width, UNIT);
    double flops = (double) width * edge * edge;
    try {
      workers.run(units, flops < PARALLEL_FLOPS ? units : 1, this);
    } finally {
      s.clear();
      b.clear();
      rowsOfA.clear();
      rowsOfB.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    int first = (int) (begin * UNIT);
    int past = (int) Math.min(width, end * UNIT);
    TriangularBlock block = TriangularBlock.borrow();
    try {
      if (alpha == 0f || (solve && alpha != 1f)) {
        scale(first, past, block.line);
      }
      if (alpha != 0f) {
        triangle(0, edge, first, past, block);
      }
    } finally {
      block.giveBack();
    }
  }

  /** {@code X = alpha X}; with alpha = 0 it is not read. */
  private void scale(int first, int past, float[] line) {
    int rows = left ? edge : past - first;
    int row0 = left ? 0 : first;
    int column0 = left ? first : 0;
    int columns = left ? past - first : edge;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j += line.length) {
        int count = Math.min(line.length, columns - j);
        if (alpha == 0f) {
          Arrays.fill(line, 0, count, 0f);
        } else {
          rowsOfB.readRow(row0 + i, column0 + (long) j, count, line, 0);
          Scal.run(count, alpha, line, 0, 1);
        }
        rowsOfB.writeRow(row0 + i, column0 + (long) j, count, line, 0);
      }
    }
  }

  /** The lines {@code [begin, end)} of X, those columns of it that are asked for. */
  private void triangle(int begin, int end, int first, int past, TriangularBlock block) {
    int size = end - begin;
    if (size <= TriangularBlock.EDGE) {
      block.read(rowsOfA, begin, size, lower, transposed, unit, solve ? 1f : alpha, solve);
      for (int column = first; column < past; column += TriangularBlock.COLUMNS) {
        int count = Math.min(TriangularBlock.COLUMNS, past - column);
        block.readLines(rowsOfB, left, begin, size, column, count);
        block.apply(size, count, lower, solve);
        block.writeLines(rowsOfB, left, begin, size, column, count);
      }
      return;
    }
    int half = Math.ceilDiv(size / 2, TriangularBlock.EDGE);
    int middle = begin + Math.multiplyExact(half, TriangularBlock.EDGE);
    // A solution goes on from what is solved; a product takes what is not yet overwritten.
    if (lower == solve) {
      triangle(begin, middle, first, past, block);
      if (solve) {
        rectangle(middle, end, begin, middle, first, past);
        triangle(middle, end, first, past, block);
      } else {
        rectangle(begin, middle, middle, end, first, past);
        triangle(middle, end, first, past, block);
      }
    } else {
      triangle(middle, end, first, past, block);
      if (solve) {
        rectangle(begin, middle, middle, end, first, past);
      } else {
        rectangle(middle, end, begin, middle, first, past);
      }
      triangle(begin, middle, first, past, block);
    }
  }

  /** {@code X[to] += factor * S[to, from] X[from]}. */
  private void rectangle(int to, int toEnd, int from, int fromEnd, int first, int past) {
    float factor = solve ? -1f : alpha;
    int k = fromEnd - from;
    if (left) {
      // S is A as the kernel reads it, transposed or not: k begins at column `from` of op(A).
      long shiftA = s(0, from);
      MacroKernel.run(to, toEnd, first, past, k, factor, s, shiftA, b, (long) from * ldb, 1f, b, 0);
    } else {
      long shiftA = s(from, 0);
      MacroKernel.run(first, past, to, toEnd, k, factor, b, from, s, shiftA, 1f, b, 0);
    }
  }

  /** How far the element (i, j) of op(A) is from the first one. */
  private long s(int i, int j) {
    boolean trans = transposed == left;
    return trans ? (long) j * lda + i : (long) i * lda + j;
  }

  private static TriangularMatrixCall borrow() {
    TriangularMatrixCall call = POOL.poll();
    return call == null ? new TriangularMatrixCall() : call;
  }
}
