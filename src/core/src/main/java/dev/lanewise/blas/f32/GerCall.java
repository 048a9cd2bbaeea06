package dev.lanewise.blas.f32;

import dev.lanewise.kernel.level1.f32.Axpy;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.kernel.level2.f32.RowUpdate;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One {@code A += alpha x y'} on its way to the threads, over a matrix whose rows lie together.
 * Threads share out the rows. Each element is {@code fma(alpha * x, y, a)}. Reused from call to
 * call, so an update allocates nothing.
 */
public final class GerCall implements Workers.Task {
  private static final Pool<GerCall> POOL = new Pool<>();

  private final Elements a = new Elements();
  private final Elements x = new Elements();
  private final Elements y = new Elements();
  private int n;
  private float alpha;

  private GerCall() {}

  /**
   * On arrays.
   *
   * @param m rows of A as they lie in memory, and elements of x
   * @param n columns of A, and elements of y
   * @param x0 where the first element is, as {@code y0}; increments may be negative
   */
  public static void run(
      int m,
      int n,
      float alpha,
      float[] x,
      long x0,
      int incX,
      float[] y,
      long y0,
      int incY,
      float[] a,
      long a0,
      int lda,
      Workers workers) {
    boolean alone = workers.threads() == 1 || (long) m * n < 2 * GemvCall.GRAIN;
    if (alone && incX == 1 && incY == 1) {
      RowUpdate.run(m, n, alpha, x, (int) x0, y, (int) y0, a, (int) a0, lda);
      return;
    }
    GerCall call = borrow();
    call.a.set(a, a0, lda);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.share(m, n, alpha, workers);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      int m,
      int n,
      float alpha,
      MemorySegment x,
      long x0,
      int incX,
      MemorySegment y,
      long y0,
      int incY,
      MemorySegment a,
      long a0,
      int lda,
      Workers workers) {
    GerCall call = borrow();
    call.a.set(a, a0, lda);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.share(m, n, alpha, workers);
  }

  private void share(int m, int n, float alpha, Workers workers) {
    this.n = n;
    this.alpha = alpha;
    try {
      workers.run(m, Math.max(16, GemvCall.GRAIN / Math.max(1, n)), this);
    } finally {
      a.clear();
      x.clear();
      y.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    Scratch scratch = Scratch.borrow();
    try {
      for (long j = 0; j < n; j += Scratch.COLUMNS) {
        int columns = (int) Math.min(Scratch.COLUMNS, n - j);
        y.read(j, columns, scratch.columns);
        for (long i = begin; i < end; i += Scratch.ROWS) {
          int rows = (int) Math.min(Scratch.ROWS, end - i);
          x.read(i, rows, scratch.rows);
          Scal.run(rows, alpha, scratch.rows, 0, 1);
          update(i, rows, j, columns, scratch);
        }
      }
    } finally {
      scratch.giveBack();
    }
  }

  private void update(long i, int rows, long j, int columns, Scratch scratch) {
    float[] array = a.array();
    if (array != null) {
      RowUpdate.run(
          rows,
          columns,
          1f,
          scratch.rows,
          0,
          scratch.columns,
          0,
          array,
          (int) a.at(i, j),
          a.step());
    } else if (a.isNative()) {
      RowUpdate.run(
          rows, columns, scratch.rows, scratch.columns, a.segment(), a.at(i, j), a.step());
    } else {
      for (int r = 0; r < rows; r++) {
        a.readRow(i + r, j, columns, scratch.staged, 0);
        Axpy.run(columns, scratch.rows[r], scratch.columns, 0, 1, scratch.staged, 0, 1);
        a.writeRow(i + r, j, columns, scratch.staged, 0);
      }
    }
  }

  private static GerCall borrow() {
    GerCall call = POOL.poll();
    return call == null ? new GerCall() : call;
  }
}
