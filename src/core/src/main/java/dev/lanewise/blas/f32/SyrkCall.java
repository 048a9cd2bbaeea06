package dev.lanewise.blas.f32;

import dev.lanewise.kernel.gemm.f32.MacroKernel;
import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One {@code C = alpha * op(A) * op(A)' + beta * C} on its way to the threads, of which one
 * triangle is computed. Reused from call to call, so a product allocates nothing.
 *
 * <p>A triangle is a rectangle and two triangles of half its edge, and so on; the rectangles are
 * products straight into C. The squares of {@link #LEAF} rows that are left on the diagonal are
 * computed in scratch, and only their triangle is copied from and to C. Threads share out the tiles
 * of a grid over the triangle. Each element is one chain over k, so neither split changes a bit.
 */
public final class SyrkCall implements Workers.Task {
  /** Below 4 MFLOP waking threads costs more than they save, as in {@link GemmCall}. */
  private static final double PARALLEL_FLOPS = 4e6;

  /** Most rows of a square on the diagonal, half of which is computed in vain. */
  private static final int LEAF = 64;

  /** Cuts lie on multiples of this many rows: whole tiles at each vector width. */
  private static final int UNIT = 32;

  private static final Pool<SyrkCall> POOL = new Pool<>();

  private final Matrix left = new Matrix();
  private final Matrix right = new Matrix();
  private final Matrix c = new Matrix();
  private final Elements rowsOfC = new Elements();
  private boolean lower;
  private int n;
  private int k;
  private float alpha;
  private float beta;
  private int strips;
  private long tiles;

  private SyrkCall() {}

  /**
   * On arrays.
   *
   * @param lower whether the lower triangle of C, as it lies row-major, is computed
   * @param transposed whether A lies as k x n
   */
  public static void run(
      boolean lower,
      boolean transposed,
      int n,
      int k,
      float alpha,
      float[] a,
      long a0,
      int lda,
      float beta,
      float[] c,
      long c0,
      int ldc,
      Workers workers) {
    SyrkCall call = borrow();
    call.left.set(a, a0, lda, transposed);
    call.right.set(a, a0, lda, !transposed);
    call.c.set(c, c0, ldc, false);
    call.rowsOfC.set(c, c0, ldc);
    call.share(lower, n, k, alpha, beta, workers);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean lower,
      boolean transposed,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long a0,
      int lda,
      float beta,
      MemorySegment c,
      long c0,
      int ldc,
      Workers workers) {
    SyrkCall call = borrow();
    call.left.set(a, a0, lda, transposed);
    call.right.set(a, a0, lda, !transposed);
    call.c.set(c, c0, ldc, false);
    call.rowsOfC.set(c, c0, ldc);
    call.share(lower, n, k, alpha, beta, workers);
  }

  private void share(boolean lower, int n, int k, float alpha, float beta, Workers workers) {
    this.lower = lower;
    this.n = n;
    this.k = k;
    this.alpha = alpha;
    this.beta = beta;
    int threads = (double) n * n * Math.max(1, k) < PARALLEL_FLOPS ? 1 : workers.threads();
    // With twice the root of 2 t strips a tile is at most a quarter of a thread's share.
    int wanted = threads == 1 ? 1 : (int) Math.ceil(2 * Math.sqrt(2.0 * threads));
    strips = Math.min(wanted, Math.ceilDiv(n, LEAF));
    tiles = strips * (strips + 1L) / 2;
    try {
      workers.run(tiles, 1, this);
    } finally {
      left.clear();
      right.clear();
      c.clear();
      rowsOfC.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    Corner corner = Corner.borrow();
    try {
      if (end - begin == tiles) {
        triangle(0, n, corner);
        return;
      }
      for (long tile = begin; tile < end; tile++) {
        compute(tile, corner);
      }
    } finally {
      corner.giveBack();
    }
  }

  /** The squares first, row by row, then the triangles, which are half of the work each. */
  private void compute(long tile, Corner corner) {
    long squares = tiles - strips;
    if (tile >= squares) {
      long strip = tile - squares;
      triangle(bound(strip), bound(strip + 1), corner);
      return;
    }
    long row = 1;
    long column = tile;
    while (column >= row) {
      column -= row;
      row++;
    }
    rectangle(bound(column), bound(column + 1), bound(row), bound(row + 1));
  }

  /** Where a strip begins; the last ones are the shorter ones. */
  private int bound(long strip) {
    long units = Math.ceilDiv(n, UNIT);
    return (int) Math.min(n, Math.ceilDiv(strip * units, (long) strips) * UNIT);
  }

  private void triangle(int begin, int end, Corner corner) {
    int size = end - begin;
    if (size <= LEAF) {
      diagonal(begin, size, corner);
      return;
    }
    int middle = begin + Math.multiplyExact(Math.ceilDiv(size / 2, UNIT), UNIT);
    triangle(begin, middle, corner);
    rectangle(begin, middle, middle, end);
    triangle(middle, end, corner);
  }

  /** The elements between a range and a later one, on the side of the diagonal that is computed. */
  private void rectangle(int begin, int end, int laterBegin, int laterEnd) {
    if (lower) {
      MacroKernel.run(laterBegin, laterEnd, begin, end, k, alpha, left, 0, right, 0, beta, c, 0);
    } else {
      MacroKernel.run(begin, end, laterBegin, laterEnd, k, alpha, left, 0, right, 0, beta, c, 0);
    }
  }

  /** What the scratch holds beyond the triangle is neither from C nor goes there. */
  private void diagonal(int begin, int size, Corner corner) {
    float[] square = corner.square;
    int end = begin + size;
    if (beta != 0f) {
      for (int r = 0, row = 0; r < size; r++, row += Corner.STRIDE) {
        int first = lower ? 0 : r;
        int count = lower ? r + 1 : size - r;
        rowsOfC.readRow(begin + r, begin + first, count, square, row + first);
        if (beta != 1f) {
          Scal.run(count, beta, square, row + first, 1);
        }
      }
    }
    // The scratch begins at the first element of the square, the kernel counts from that of C.
    long shift = -(long) begin * (Corner.STRIDE + 1);
    MacroKernel.run(
        begin,
        end,
        begin,
        end,
        k,
        alpha,
        left,
        0,
        right,
        0,
        beta == 0f ? 0f : 1f,
        corner.matrix,
        shift);
    for (int r = 0, row = 0; r < size; r++, row += Corner.STRIDE) {
      int first = lower ? 0 : r;
      int count = lower ? r + 1 : size - r;
      rowsOfC.writeRow(begin + r, begin + first, count, square, row + first);
    }
  }

  private static SyrkCall borrow() {
    SyrkCall call = POOL.poll();
    return call == null ? new SyrkCall() : call;
  }

  /** The scratch of one thread: a square on the diagonal. */
  private static final class Corner {
    /** The gap keeps the rows off the same cache sets. */
    static final int STRIDE = LEAF + 64 / Float.BYTES;

    private static final Pool<Corner> POOL = new Pool<>();

    final float[] square = new float[LEAF * STRIDE];
    final Matrix matrix = new Matrix();

    private Corner() {
      matrix.set(square, 0, STRIDE, false);
    }

    static Corner borrow() {
      Corner corner = POOL.poll();
      return corner == null ? new Corner() : corner;
    }

    void giveBack() {
      POOL.give(this);
    }
  }
}
