package dev.lanewise.blas.symmetric.f32;

import dev.lanewise.blas.f32.Elements;
import dev.lanewise.blas.f32.TriangleRows;
import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.kernel.level2.f32.SymmetricProduct;
import dev.lanewise.kernel.level2.f32.SymmetricRows;
import dev.lanewise.parallel.Pool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One {@code y = alpha A x + beta y} with a symmetric A of which one triangle lies in memory,
 * square or packed, its rows together, as {@link SymmetricProduct} computes it. On the calling
 * thread: two rows write to the same elements of y.
 *
 * <p>What the kernel does not load from is copied in passing: vectors with other increments or in
 * segments as a whole, A in a segment four rows at a time. Reused from call to call, so a product
 * allocates nothing once there was one as large.
 */
public final class SymvCall {
  private static final Pool<SymvCall> POOL = new Pool<>();

  private static final int COLUMNS = SymmetricProduct.COLUMNS;

  /** Where the staged rows begin, but for the first. */
  private static final int R1 = COLUMNS;

  private static final int R2 = 2 * COLUMNS;
  private static final int R3 = 3 * COLUMNS;

  private final TriangleRows a = new TriangleRows();
  private final Elements x = new Elements();
  private final Elements y = new Elements();

  /** x and y one behind the other. */
  private float[] vectors = new float[0];

  /** Four rows of a block of A, or of a square on the diagonal. */
  private final float[] staged = new float[4 * COLUMNS];

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
    if (incX == 1 && incY == 1) {
      if (beta == 0f) {
        Arrays.fill(y, (int) y0, (int) y0 + n, 0f);
      } else if (beta != 1f) {
        Scal.run(n, beta, y, (int) y0, 1);
      }
      if (alpha != 0f) {
        int x1 = (int) x0;
        SymmetricProduct.run(packed, lower, n, alpha, a, (int) a0, lda, x, x1, y, (int) y0);
      }
      return;
    }
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
      if (vectors.length < 2L * n) {
        vectors = new float[Math.multiplyExact(2, n)];
      }
      x.read(0, n, vectors);
      y.read(0, n, vectors, n);
      float[] array = a.array();
      if (array != null) {
        int a0 = (int) a.first();
        SymmetricProduct.run(packed, lower, n, alpha, array, a0, lda, vectors, 0, vectors, n);
      } else {
        multiplyStaged(lower, n, alpha);
      }
      y.write(0, n, vectors, n);
    } finally {
      a.clear();
      x.clear();
      y.clear();
      POOL.give(this);
    }
  }

  /** Block by block, as {@link SymmetricProduct#run}. */
  private void multiplyStaged(boolean lower, int n, float alpha) {
    int few = n % SymmetricRows.LANES;
    int begin = lower ? 0 : few;
    if (!lower) {
      stagedBlock(false, 0, few, n, alpha);
    }
    for (int i = begin; i <= n - SymmetricRows.LANES; i += SymmetricRows.LANES) {
      stagedBlock(lower, i, SymmetricRows.LANES, n, alpha);
    }
    if (lower) {
      stagedBlock(true, n - few, few, n, alpha);
    }
  }

  private void stagedBlock(boolean lower, int i, int count, int n, float alpha) {
    int past = lower ? i : n;
    for (int j = lower ? 0 : i + count; j < past; j += COLUMNS) {
      int columns = Math.min(COLUMNS, past - j);
      int p = i;
      for (; p <= i + count - 4; p += 4) {
        for (int r = 0; r < 4; r++) {
          a.readRow(p + r, j, columns, staged, r * COLUMNS);
        }
        SymmetricRows.four(
            columns, alpha, staged, 0, R1, R2, R3, vectors, j, p, vectors, n + j, n + p);
      }
      for (; p < i + count; p++) {
        a.readRow(p, j, columns, staged, 0);
        SymmetricRows.one(columns, alpha, staged, 0, vectors, j, p, vectors, n + j, n + p);
      }
    }
    for (int p = 0; p < count; p++) {
      int first = lower ? 0 : p;
      int size = lower ? p + 1 : count - p;
      a.readRow(i + p, i + first, size, staged, p * SymmetricRows.LANES + first);
    }
    int ld = SymmetricRows.LANES;
    SymmetricProduct.run(false, lower, count, alpha, staged, 0, ld, vectors, i, vectors, n + i);
  }

  private static SymvCall borrow() {
    SymvCall call = POOL.poll();
    return call == null ? new SymvCall() : call;
  }
}
