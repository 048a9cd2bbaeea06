package dev.lanewise.blas.triangular.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.blas.f32.TriangleRows;
import dev.lanewise.parallel.Pool;
import java.lang.foreign.MemorySegment;

/**
 * One {@code x = op(A) x} or one {@code x = op(A)^-1 x} with a triangular A whose rows lie
 * together, in place and on the calling thread: each element needs those before it. Reused from
 * call to call, so a product or a solution allocates nothing.
 *
 * <p>A not transposed: an element at a time, from the inner product of the row beside its diagonal
 * with the elements that are still those of the argument (product) or already those of the result
 * (solution). A transposed: a row at a time, its multiple added to the elements beside. Either way
 * the order of the rows is the only one in which nothing is overwritten too early.
 */
public final class TriangularVectorCall {
  private static final Pool<TriangularVectorCall> POOL = new Pool<>();

  private final TriangleRows a = new TriangleRows();
  private final Elements x = new Elements();

  private TriangularVectorCall() {}

  /**
   * On arrays.
   *
   * @param solve whether by the inverse
   * @param lower whether the lower triangle of A, as its rows lie in memory, is there
   * @param trans whether by the transpose of A as it lies in memory
   * @param unit whether the diagonal is ones
   * @param x0 where the first element is; the increment may be negative
   */
  public static void run(
      boolean solve,
      boolean lower,
      boolean trans,
      boolean unit,
      int n,
      float[] a,
      long a0,
      int lda,
      float[] x,
      long x0,
      int incX) {
    TriangularVectorCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.apply(solve, lower, trans, unit, n, lda);
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      boolean solve,
      boolean lower,
      boolean trans,
      boolean unit,
      int n,
      MemorySegment a,
      long a0,
      int lda,
      MemorySegment x,
      long x0,
      int incX) {
    TriangularVectorCall call = borrow();
    call.a.set(a, a0);
    call.x.set(x, x0, incX);
    call.apply(solve, lower, trans, unit, n, lda);
  }

  private void apply(boolean solve, boolean lower, boolean trans, boolean unit, int n, int lda) {
    a.square(lower, n, lda);
    // A row takes from, or gives to, the elements on the side of its triangle.
    boolean ascending = solve == (lower != trans);
    try {
      for (int step = 0; step < n; step++) {
        int i = ascending ? step : n - 1 - step;
        float diagonal = unit ? 1f : a.diagonal(i);
        if (solve) {
          solveRow(i, trans, diagonal);
        } else {
          multiplyRow(i, trans, diagonal);
        }
      }
    } finally {
      a.clear();
      x.clear();
      POOL.give(this);
    }
  }

  private void multiplyRow(int i, boolean trans, float diagonal) {
    float xi = x.get(i);
    if (trans) {
      a.addTo(i, xi, x);
      x.put(i, diagonal * xi);
    } else {
      x.put(i, Math.fma(diagonal, xi, a.dot(i, x)));
    }
  }

  private void solveRow(int i, boolean trans, float diagonal) {
    if (trans) {
      float xi = x.get(i) / diagonal;
      x.put(i, xi);
      a.addTo(i, -xi, x);
    } else {
      x.put(i, (x.get(i) - a.dot(i, x)) / diagonal);
    }
  }

  private static TriangularVectorCall borrow() {
    TriangularVectorCall call = POOL.poll();
    return call == null ? new TriangularVectorCall() : call;
  }
}
