package dev.lanewise.blas;

import dev.lanewise.blas.f32.GemvCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The matrix-vector product {@code y = alpha * op(A) * x + beta * y}, with A of m x n and {@code
 * op} A itself or its transpose, in single and double precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>{@code beta = 0}: y is overwritten and never read, not even NaN survives in it. {@code
 *       alpha = 0}, or a product without terms: {@code y = beta * y}, A and x are not read; the
 *       reference leaves y alone where m or n is 0. {@code beta = 1} too: nothing happens.
 *       Otherwise NaN and infinities follow IEEE 754.
 *   <li>Where the sums run along the lines of memory (rows of A not transposed, row-major; columns
 *       of A transposed, column-major), each is taken in blocks of 16 KiB, a block over 64 bytes of
 *       virtual lanes, and {@code y = fma(alpha, sum, beta * y)}. Otherwise each element of y is a
 *       chain {@code fma(a, alpha * x, y)} in ascending order, from {@code beta * y} on.
 *   <li>Error: {@code |y - exact| <= gamma(k + 2) (|alpha| |op(A)| |x| + |beta| |y|)} element by
 *       element, k the length of x, gamma(k) = k u / (1 - k u), u = 2^-24 in single and 2^-53 in
 *       double precision.
 *   <li>The bits are the same for every number of threads, vector width and kind of memory: threads
 *       share out the elements of y, no sum is split.
 *   <li>Segments hold elements in native byte order. A in an arena is as fast as in an array; heap
 *       segments and mapped files are copied in passing.
 *   <li>With a negative increment x and y begin at the far end, as in {@link Level1}. y must not
 *       share elements with A or x.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       increment of 0, an offset below 0, memory that is too short, not aligned or read-only for
 *       y, and shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       their scratch memory, some 100 kB each.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Hanson, "An Extended Set of FORTRAN Basic Linear
 * Algebra Subprograms" (ACM TOMS 1988).
 */
public final class Gemv {
  static {
    VectorModule.require();
  }

  private Gemv() {}

  /**
   * The product on arrays, row-major, with neighbouring elements from the first on, by the shared
   * workers.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void sgemv(
      Transpose trans,
      int m,
      int n,
      float alpha,
      float[] a,
      int lda,
      float[] x,
      float beta,
      float[] y) {
    sgemv(
        Layout.ROW_MAJOR, trans, m, n, alpha, a, 0, lda, x, 0, 1, beta, y, 0, 1, Workers.shared());
  }

  /**
   * The product on arrays.
   *
   * @param layout whether the rows of A lie together or its columns
   * @param trans whether y has the length n and x the length m ({@code TRANS}), or y m and x n
   * @param m rows of A, at least 0
   * @param n columns of A, at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A to the next, at least n and 1; column-major: from one
   *     column to the next, at least m and 1
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one element of the vector to the next, not 0
   * @param beta factor of y
   * @param y overwritten with beta = 0, otherwise read and overwritten
   * @param offsetY as offsetX
   * @param incY as incX
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   */
  public static void sgemv(
      Layout layout,
      Transpose trans,
      int m,
      int n,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] x,
      long offsetX,
      int incX,
      float beta,
      float[] y,
      long offsetY,
      int incY,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    int nX = transposed ? rows : columns;
    int nY = transposed ? columns : rows;
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    int x0 = Vectors.first("x", x.length, nX, offsetX, incX);
    int y0 = Vectors.first("y", y.length, nY, offsetY, incY);
    if (Operand.same(y, a)) {
      Operand.checkDisjoint("y", "A", offsetA, rows, columns, lda, "y", y0, incY, nY);
    }
    if (Operand.same(y, x)) {
      Vectors.checkApart(x0, incX, nX, y0, incY, nY, false);
    }
    if (nY == 0 || ((alpha == 0 || nX == 0) && beta == 1)) {
      return;
    }
    GemvCall.run(
        transposed, rows, columns, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY, workers);
  }

  /**
   * The product on segments, row-major, with neighbouring elements from the first on, by the shared
   * workers.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void sgemv(
      Transpose trans,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      int lda,
      MemorySegment x,
      float beta,
      MemorySegment y) {
    sgemv(
        Layout.ROW_MAJOR, trans, m, n, alpha, a, 0, lda, x, 0, 1, beta, y, 0, 1, Workers.shared());
  }

  /**
   * The product on segments.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void sgemv(
      Layout layout,
      Transpose trans,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment x,
      long offsetX,
      int incX,
      float beta,
      MemorySegment y,
      long offsetY,
      int incY,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    int nX = transposed ? rows : columns;
    int nY = transposed ? columns : rows;
    Operand.check("A", a, Float.BYTES, offsetA, rows, columns, lda);
    long x0 = Vectors.first("x", x, Float.BYTES, nX, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, nY, offsetY, incY);
    Vectors.checkOutput("y", y, nY, incY);
    checkApart(Float.BYTES, a, offsetA, rows, columns, lda, x, x0, incX, nX, y, y0, incY, nY);
    if (nY == 0 || ((alpha == 0 || nX == 0) && beta == 1)) {
      return;
    }
    GemvCall.run(
        transposed, rows, columns, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY, workers);
  }

  /**
   * The product on arrays in double precision, row-major, with neighbouring elements from the first
   * on, by the shared workers.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void dgemv(
      Transpose trans,
      int m,
      int n,
      double alpha,
      double[] a,
      int lda,
      double[] x,
      double beta,
      double[] y) {
    dgemv(
        Layout.ROW_MAJOR, trans, m, n, alpha, a, 0, lda, x, 0, 1, beta, y, 0, 1, Workers.shared());
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void dgemv(
      Layout layout,
      Transpose trans,
      int m,
      int n,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] x,
      long offsetX,
      int incX,
      double beta,
      double[] y,
      long offsetY,
      int incY,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    int nX = transposed ? rows : columns;
    int nY = transposed ? columns : rows;
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    int x0 = Vectors.first("x", x.length, nX, offsetX, incX);
    int y0 = Vectors.first("y", y.length, nY, offsetY, incY);
    if (Operand.same(y, a)) {
      Operand.checkDisjoint("y", "A", offsetA, rows, columns, lda, "y", y0, incY, nY);
    }
    if (Operand.same(y, x)) {
      Vectors.checkApart(x0, incX, nX, y0, incY, nY, false);
    }
    if (nY == 0 || ((alpha == 0 || nX == 0) && beta == 1)) {
      return;
    }
    dev.lanewise.blas.f64.GemvCall.run(
        transposed, rows, columns, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY, workers);
  }

  /**
   * The product on segments in double precision, row-major, with neighbouring elements from the
   * first on, by the shared workers.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void dgemv(
      Transpose trans,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      int lda,
      MemorySegment x,
      double beta,
      MemorySegment y) {
    dgemv(
        Layout.ROW_MAJOR, trans, m, n, alpha, a, 0, lda, x, 0, 1, beta, y, 0, 1, Workers.shared());
  }

  /**
   * The product on segments in double precision.
   *
   * @see #sgemv(Layout, Transpose, int, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int, Workers)
   */
  public static void dgemv(
      Layout layout,
      Transpose trans,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment x,
      long offsetX,
      int incX,
      double beta,
      MemorySegment y,
      long offsetY,
      int incY,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    int nX = transposed ? rows : columns;
    int nY = transposed ? columns : rows;
    Operand.check("A", a, Double.BYTES, offsetA, rows, columns, lda);
    long x0 = Vectors.first("x", x, Double.BYTES, nX, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, nY, offsetY, incY);
    Vectors.checkOutput("y", y, nY, incY);
    checkApart(Double.BYTES, a, offsetA, rows, columns, lda, x, x0, incX, nX, y, y0, incY, nY);
    if (nY == 0 || ((alpha == 0 || nX == 0) && beta == 1)) {
      return;
    }
    dev.lanewise.blas.f64.GemvCall.run(
        transposed, rows, columns, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY, workers);
  }

  private static void checkSizes(int m, int n, int incX, int incY) {
    if (m < 0 || n < 0) {
      throw new IllegalArgumentException("m = " + m + ", n = " + n + ": sizes must be 0 or more");
    }
    if (incX == 0 || incY == 0) {
      throw new IllegalArgumentException(
          "x has increment " + incX + ", y has " + incY + ": they must not be 0");
    }
  }

  private static void checkApart(
      int bytes,
      MemorySegment a,
      long a0,
      int rows,
      int columns,
      int lda,
      MemorySegment x,
      long x0,
      int incX,
      int nX,
      MemorySegment y,
      long y0,
      int incY,
      int nY) {
    long yAt = y.address() / bytes + y0;
    if (Operand.shareMemory(a, y)) {
      long aAt = a.address() / bytes + a0;
      Operand.checkDisjoint("y", "A", aAt, rows, columns, lda, "y", yAt, incY, nY);
    }
    if (Operand.shareMemory(x, y)) {
      Vectors.checkApart(x.address() / bytes + x0, incX, nX, yAt, incY, nY, false);
    }
  }
}
