package dev.lanewise.blas.symmetric.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.blas.f32.TriangleRows;
import dev.lanewise.parallel.Pool;
import java.lang.foreign.MemorySegment;

/**
 * One {@code y = alpha A x + beta y} with a symmetric A of which one triangle lies in memory,
 * square or packed, its rows together. Each row is read once, as a row of A and as a column: its
 * inner product with x goes to one element of y, its multiple to the others. On the calling thread:
 * two rows write to the same elements of y. Reused from call to call, so a product allocates
 * nothing.
 *
 * <p>Row by row in ascending order: {@code y[i] = fma(alpha, fma(a[i][i], x[i], dot), y[i])} with
 * the inner product {@code dot} of the row beside its diagonal, then {@code y[j] = fma(alpha *
 * x[i], a[i][j], y[j])} for the elements beside the diagonal; from {@code beta * y} on.
 */
public final class SymvCall {
  private static final Pool<SymvCall> POOL = new Pool<>();

  private final TriangleRows a = new TriangleRows();
  private final Elements x = new Elements();
  private final Elements y = new Elements();

  private SymvCall() {}

  /**
   * On arrays.
   *
   * @param packed whether A is packed; {@code lda} is of no meaning then
   * @param lower whether the lower triangle of A, as its rows lie in memory, is there
   * @param x0 where the first element is, as {@code y0}; increments may be negative
   */
  public static void run(
      boolean packed,
      boolean lower,
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
      int incY) {
    SymvCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.multiply(packed, lower, n, lda, alpha, beta);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean packed,
      boolean lower,
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
      int incY) {
    SymvCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.y.set(y, y0, incY);
    call.multiply(packed, lower, n, lda, alpha, beta);
  }

  private void multiply(boolean packed, boolean lower, int n, int lda, float alpha, float beta) {
    try {
      y.scale(n, beta);
      if (alpha == 0f) {
        return;
      }
      if (packed) {
        a.packed(lower, n);
      } else {
        a.square(lower, n, lda);
      }
      for (int i = 0; i < n; i++) {
        float xi = x.get(i);
        float sum = Math.fma(a.diagonal(i), xi, a.dot(i, x));
        y.put(i, Math.fma(alpha, sum, y.get(i)));
        a.addTo(i, alpha * xi, y);
      }
    } finally {
      a.clear();
      x.clear();
      y.clear();
      POOL.give(this);
    }
  }

  private static SymvCall borrow() {
    SymvCall call = POOL.poll();
    return call == null ? new SymvCall() : call;
  }
}
