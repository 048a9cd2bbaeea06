package dev.lanewise.blas.symmetric.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.blas.f32.TriangleRows;
import dev.lanewise.kernel.level2.f32.TriangleUpdate;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One {@code A += alpha x x'} on its way to the threads, with a symmetric A of which one triangle
 * lies in memory, square or packed, its rows together. Threads share out the rows. Each element is
 * {@code fma(alpha * x[i], x[j], a[i][j])}; a row whose {@code x[i]} is 0 is left alone, as in the
 * reference. Reused from call to call, so an update allocates nothing.
 */
public final class SyrCall implements Workers.Task {
  /** Elements of A that a thread needs to have for waking it to pay; half of a square is there. */
  private static final long GRAIN = 1 << 17;

  private static final Pool<SyrCall> POOL = new Pool<>();

  private final TriangleRows a = new TriangleRows();
  private final Elements x = new Elements();
  private float alpha;

  private SyrCall() {}

  /**
   * On arrays.
   *
   * @param packed whether A is packed; {@code lda} is of no meaning then
   * @param lower whether the lower triangle of A, as its rows lie in memory, is there
   * @param x0 where the first element is; the increment may be negative
   */
  public static void run(
      boolean packed,
      boolean lower,
      int n,
      float alpha,
      float[] x,
      long x0,
      int incX,
      float[] a,
      long a0,
      int lda,
      Workers workers) {
    if (incX == 1 && (workers.threads() == 1 || (long) n * n < 2 * GRAIN)) {
      if (packed) {
        TriangleUpdate.packed(lower, n, alpha, x, (int) x0, a, (int) a0);
      } else {
        TriangleUpdate.square(lower, n, alpha, x, (int) x0, a, (int) a0, lda);
      }
      return;
    }
    SyrCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.share(packed, lower, n, lda, alpha, workers);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean packed,
      boolean lower,
      int n,
      float alpha,
      MemorySegment x,
      long x0,
      int incX,
      MemorySegment a,
      long a0,
      int lda,
      Workers workers) {
    SyrCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.share(packed, lower, n, lda, alpha, workers);
  }

  private void share(boolean packed, boolean lower, int n, int lda, float alpha, Workers workers) {
    this.alpha = alpha;
    if (packed) {
      a.packed(lower, n);
    } else {
      a.square(lower, n, lda);
    }
    try {
      workers.run(n, Math.max(16, GRAIN / Math.max(1, n)), this);
    } finally {
      a.clear();
      x.clear();
      POOL.give(this);
    }
  }

  @Override
  public void run(long begin, long end) {
    for (int i = (int) begin; i < end; i++) {
      float xi = x.get(i);
      if (xi != 0f) {
        a.add(i, alpha * xi, x);
      }
    }
  }

  private static SyrCall borrow() {
    SyrCall call = POOL.poll();
    return call == null ? new SyrCall() : call;
  }
}
