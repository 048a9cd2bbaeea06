package dev.lanewise.blas.f32;

import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.kernel.level2.f32.RowDots;
import dev.lanewise.kernel.level2.f32.RowSum;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One {@code y = alpha op(A) x + beta y} on its way to the threads, over a matrix whose rows lie
 * together. Threads share out the elements of y, so the split changes no bit. Reused from call to
 * call, so a product allocates nothing.
 *
 * <p>A not transposed: {@code y = fma(alpha, sum, beta * y)}, the sum of each row over blocks of
 * {@link Scratch#COLUMNS} in order, each as {@link RowDots} has it. A transposed: {@code fma(a,
 * alpha * x, y)} over the rows in ascending order, from {@code beta * y} on.
 */
public final class GemvCall implements Workers.Task {
  /** Elements of A that a thread needs to have for waking it to pay. */
  static final int GRAIN = 1 << 16;

  private static final Pool<GemvCall> POOL = new Pool<>();

  private final Elements a = new Elements();
  private final Elements x = new Elements();
  private final Elements y = new Elements();
  private boolean trans;
  private int m;
  private int n;
  private float alpha;
  private float beta;

  private GemvCall() {}

  /**
   * On arrays.
   *
   * @param trans whether y has n elements and x m, not the other way round
   * @param m rows of A as they lie in memory
   * @param n columns of A
   * @param x0 where the first element is, as {@code y0}; increments may be negative
   */
  public static void run(
      boolean trans,
      int m,
      int n,
      float alpha,
      float[] a,
      long a0,
      int lda,
      float[] x,
      long x0,
      int incX,
      float beta,
      float[] y,
      long y0,
      int incY,
      Workers workers) {
    boolean alone = workers.threads() == 1 || (long) m * n < 2 * GRAIN;
    if (alone && n <= Scratch.COLUMNS && incX == 1 && incY == 1) {
      inPlace(trans, m, n, alpha, a, (int) a0, lda, x, (int) x0, beta, y, (int) y0);
      return;
    }
    GemvCall call = borrow();
    call.a.set(a, a0, lda);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.share(trans, m, n, alpha, beta, workers);
  }

  /** What has one block of columns and one thread needs neither scratch memory nor a task. */
  private static void inPlace(
      boolean trans,
      int m,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float beta,
      float[] y,
      int y0) {
    if (!trans && alpha != 0f) {
      RowDots.run(m, n, alpha, a, a0, lda, x, x0, beta, y, y0);
      return;
    }
    int outputs = trans ? n : m;
    if (beta == 0f) {
      Arrays.fill(y, y0, y0 + outputs, 0f);
    } else if (beta != 1f) {
      Scal.run(outputs, beta, y, y0, 1);
    }
    if (alpha != 0f) {
      RowSum.run(m, n, alpha, a, a0, lda, x, x0, y, y0);
    }
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean trans,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long a0,
      int lda,
      MemorySegment x,
      long x0,
      int incX,
      float beta,
      MemorySegment y,
      long y0,
      int incY,
      Workers workers) {
    GemvCall call = borrow();
    call.a.set(a, a0, lda);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.share(trans, m, n, alpha, beta, workers);
  }

  private void share(boolean trans, int m, int n, float alpha, float beta, Workers workers) {
    this.trans = trans;
    this.m = m;
    this.n = n;
    this.alpha = alpha;
    this.beta = beta;
    try {
      int outputs = trans ? n : m;
      int terms = trans ? m : n;
      long grain = Math.max(16, GRAIN / Math.max(1, terms));
      if (trans) {
        // Few wide strips: the rows of a narrow one are too short for the prefetcher.
        long strip = Math.ceilDiv(Math.ceilDiv(outputs, workers.threads()), 16L) * 16;
        grain = Math.max(grain, strip);
      }
      workers.run(outputs, grain, this);
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
      if (alpha == 0f) {
        scale(begin, end, scratch);
      } else if (trans) {
        sumRows((int) begin, (int) end, scratch);
      } else {
        dotRows((int) begin, (int) end, scratch);
      }
    } finally {
      scratch.giveBack();
    }
  }

  private void scale(long begin, long end, Scratch scratch) {
    for (long i = begin; i < end; i += Scratch.COLUMNS) {
      int size = (int) Math.min(Scratch.COLUMNS, end - i);
      readScaled(i, size, scratch.columns);
      y.write(i, size, scratch.columns);
    }
  }

  /** {@code to = beta * y}; with beta = 0 y is not read. */
  private void readScaled(long i, int size, float[] to) {
    if (beta == 0f) {
      Arrays.fill(to, 0, size, 0f);
      return;
    }
    y.read(i, size, to);
    if (beta != 1f) {
      Scal.run(size, beta, to, 0, 1);
    }
  }

  private void dotRows(int begin, int end, Scratch scratch) {
    float[] sums = scratch.rows;
    for (int i = begin; i < end; i += Scratch.ROWS) {
      int rows = Math.min(Scratch.ROWS, end - i);
      Arrays.fill(sums, 0f);
      for (long j = 0; j < n; j += Scratch.COLUMNS) {
        int columns = (int) Math.min(Scratch.COLUMNS, n - j);
        x.read(j, columns, scratch.columns);
        addDots(i, rows, j, columns, scratch);
      }
      readScaled(i, rows, scratch.columns);
      for (int r = 0; r < rows; r++) {
        sums[r] = Math.fma(alpha, sums[r], scratch.columns[r]);
      }
      y.write(i, rows, sums);
    }
  }

  private void addDots(int i, int rows, long j, int columns, Scratch scratch) {
    float[] array = a.array();
    if (array != null) {
      RowDots.run(
          rows,
          columns,
          1f,
          array,
          (int) a.at(i, j),
          a.step(),
          scratch.columns,
          0,
          1f,
          scratch.rows,
          0);
    } else if (a.isNative()) {
      RowDots.run(
          rows, columns, a.segment(), a.at(i, j), a.step(), scratch.columns, scratch.rows, 0);
    } else {
      for (int r = 0; r < rows; r += RowDots.ROWS) {
        int some = Math.min(RowDots.ROWS, rows - r);
        stage(i + r, some, j, columns, scratch.staged);
        RowDots.run(
            some,
            columns,
            1f,
            scratch.staged,
            0,
            Scratch.COLUMNS,
            scratch.columns,
            0,
            1f,
            scratch.rows,
            r);
      }
    }
  }

  private void sumRows(int begin, int end, Scratch scratch) {
    for (int j = begin; j < end; j += Scratch.COLUMNS) {
      int columns = Math.min(Scratch.COLUMNS, end - j);
      readScaled(j, columns, scratch.columns);
      for (long i = 0; i < m; i += Scratch.ROWS) {
        int rows = (int) Math.min(Scratch.ROWS, m - i);
        x.read(i, rows, scratch.rows);
        Scal.run(rows, alpha, scratch.rows, 0, 1);
        addRows(i, rows, j, columns, scratch);
      }
      y.write(j, columns, scratch.columns);
    }
  }

  private void addRows(long i, int rows, int j, int columns, Scratch scratch) {
    float[] array = a.array();
    if (array != null) {
      RowSum.run(
          rows,
          columns,
          1f,
          array,
          (int) a.at(i, j),
          a.step(),
          scratch.rows,
          0,
          scratch.columns,
          0);
    } else if (a.isNative()) {
      RowSum.run(
          rows, columns, a.segment(), a.at(i, j), a.step(), scratch.rows, 0, scratch.columns);
    } else {
      for (int r = 0; r < rows; r += RowDots.ROWS) {
        int some = Math.min(RowDots.ROWS, rows - r);
        stage(i + r, some, j, columns, scratch.staged);
        RowSum.run(
            some,
            columns,
            1f,
            scratch.staged,
            0,
            Scratch.COLUMNS,
            scratch.rows,
            r,
            scratch.columns,
            0);
      }
    }
  }

  private void stage(long i, int rows, long j, int columns, float[] staged) {
    for (int r = 0; r < rows; r++) {
      a.readRow(i + r, j, columns, staged, r * Scratch.COLUMNS);
    }
  }

  private static GemvCall borrow() {
    GemvCall call = POOL.poll();
    return call == null ? new GemvCall() : call;
  }
}
