package dev.lanewise.blas;

import dev.lanewise.blas.f32.GerCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The rank-one update {@code A = alpha * x * y' + A}, with A of m x n, in single and double
 * precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>{@code alpha = 0}, {@code m = 0} or {@code n = 0}: nothing happens, x and y are not read.
 *       Otherwise NaN and infinities follow IEEE 754, also where x is 0, which the reference leaves
 *       out.
 *   <li>Each element is one {@code fma(alpha * x, y, a)}, column-major {@code fma(alpha * y, x,
 *       a)}: the same bits for every number of threads, vector width and kind of memory. Error: at
 *       most {@code gamma(2) (|alpha| |x| |y| + |a|)}, u = 2^-24 in single and 2^-53 in double
 *       precision.
 *   <li>Segments hold elements in native byte order. A in an arena is as fast as in an array; heap
 *       segments and mapped files are copied in passing.
 *   <li>With a negative increment x and y begin at the far end, as in {@link Level1}. A must not
 *       share elements with x or y; x and y may.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       increment of 0, an offset below 0, memory that is too short, not aligned or read-only for
 *       A, and shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       their scratch memory, some 100 kB each.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Hanson, "An Extended Set of FORTRAN Basic Linear
 * Algebra Subprograms" (ACM TOMS 1988).
 */
public final class Ger {
  static {
    VectorModule.require();
  }

  private Ger() {}

  /**
   * The update on arrays, row-major, with neighbouring elements from the first on, by the shared
   * workers.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void sger(int m, int n, float alpha, float[] x, float[] y, float[] a, int lda) {
    sger(Layout.ROW_MAJOR, m, n, alpha, x, 0, 1, y, 0, 1, a, 0, lda, Workers.shared());
  }

  /**
   * The update on arrays.
   *
   * @param layout whether the rows of A lie together or its columns
   * @param m rows of A and elements of x, at least 0
   * @param n columns of A and elements of y, at least 0
   * @param alpha factor of the product
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one element of the vector to the next, not 0
   * @param y read
   * @param offsetY as offsetX
   * @param incY as incX
   * @param a accumulated into
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A to the next, at least n and 1; column-major: from one
   *     column to the next, at least m and 1
   * @param workers the threads that compute; an update too small to be shared out stays on the
   *     calling thread
   */
  public static void sger(
      Layout layout,
      int m,
      int n,
      float alpha,
      float[] x,
      long offsetX,
      int incX,
      float[] y,
      long offsetY,
      int incY,
      float[] a,
      long offsetA,
      int lda,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int x0 = Vectors.first("x", x.length, m, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    if (Operand.same(a, x)) {
      Operand.checkDisjoint("A", "A", offsetA, rows, columns, lda, "x", x0, incX, m);
    }
    if (Operand.same(a, y)) {
      Operand.checkDisjoint("A", "A", offsetA, rows, columns, lda, "y", y0, incY, n);
    }
    if (m == 0 || n == 0 || alpha == 0) {
      return;
    }
    if (byRows) {
      GerCall.run(rows, columns, alpha, x, x0, incX, y, y0, incY, a, offsetA, lda, workers);
    } else {
      GerCall.run(rows, columns, alpha, y, y0, incY, x, x0, incX, a, offsetA, lda, workers);
    }
  }

  /**
   * The update on segments, row-major, with neighbouring elements from the first on, by the shared
   * workers.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void sger(
      int m, int n, float alpha, MemorySegment x, MemorySegment y, MemorySegment a, int lda) {
    sger(Layout.ROW_MAJOR, m, n, alpha, x, 0, 1, y, 0, 1, a, 0, lda, Workers.shared());
  }

  /**
   * The update on segments.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void sger(
      Layout layout,
      int m,
      int n,
      float alpha,
      MemorySegment x,
      long offsetX,
      int incX,
      MemorySegment y,
      long offsetY,
      int incY,
      MemorySegment a,
      long offsetA,
      int lda,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    long x0 = Vectors.first("x", x, Float.BYTES, m, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Operand.check("A", a, Float.BYTES, offsetA, rows, columns, lda);
    if (a.isReadOnly()) {
      throw new IllegalArgumentException(
          "A lies in a read-only segment, the update is written to it");
    }
    checkApart("x", Float.BYTES, a, offsetA, rows, columns, lda, x, x0, incX, m);
    checkApart("y", Float.BYTES, a, offsetA, rows, columns, lda, y, y0, incY, n);
    if (m == 0 || n == 0 || alpha == 0) {
      return;
    }
    if (byRows) {
      GerCall.run(rows, columns, alpha, x, x0, incX, y, y0, incY, a, offsetA, lda, workers);
    } else {
      GerCall.run(rows, columns, alpha, y, y0, incY, x, x0, incX, a, offsetA, lda, workers);
    }
  }

  /**
   * The update on arrays in double precision, row-major, with neighbouring elements from the first
   * on, by the shared workers.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void dger(int m, int n, double alpha, double[] x, double[] y, double[] a, int lda) {
    dger(Layout.ROW_MAJOR, m, n, alpha, x, 0, 1, y, 0, 1, a, 0, lda, Workers.shared());
  }

  /**
   * The update on arrays in double precision.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void dger(
      Layout layout,
      int m,
      int n,
      double alpha,
      double[] x,
      long offsetX,
      int incX,
      double[] y,
      long offsetY,
      int incY,
      double[] a,
      long offsetA,
      int lda,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int x0 = Vectors.first("x", x.length, m, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    if (Operand.same(a, x)) {
      Operand.checkDisjoint("A", "A", offsetA, rows, columns, lda, "x", x0, incX, m);
    }
    if (Operand.same(a, y)) {
      Operand.checkDisjoint("A", "A", offsetA, rows, columns, lda, "y", y0, incY, n);
    }
    if (m == 0 || n == 0 || alpha == 0) {
      return;
    }
    if (byRows) {
      dev.lanewise.blas.f64.GerCall.run(
          rows, columns, alpha, x, x0, incX, y, y0, incY, a, offsetA, lda, workers);
    } else {
      dev.lanewise.blas.f64.GerCall.run(
          rows, columns, alpha, y, y0, incY, x, x0, incX, a, offsetA, lda, workers);
    }
  }

  /**
   * The update on segments in double precision, row-major, with neighbouring elements from the
   * first on, by the shared workers.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void dger(
      int m, int n, double alpha, MemorySegment x, MemorySegment y, MemorySegment a, int lda) {
    dger(Layout.ROW_MAJOR, m, n, alpha, x, 0, 1, y, 0, 1, a, 0, lda, Workers.shared());
  }

  /**
   * The update on segments in double precision.
   *
   * @see #sger(Layout, int, int, float, float[], long, int, float[], long, int, float[], long, int,
   *     Workers)
   */
  public static void dger(
      Layout layout,
      int m,
      int n,
      double alpha,
      MemorySegment x,
      long offsetX,
      int incX,
      MemorySegment y,
      long offsetY,
      int incY,
      MemorySegment a,
      long offsetA,
      int lda,
      Workers workers) {
    checkSizes(m, n, incX, incY);
    boolean byRows = layout == Layout.ROW_MAJOR;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    long x0 = Vectors.first("x", x, Double.BYTES, m, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Operand.check("A", a, Double.BYTES, offsetA, rows, columns, lda);
    if (a.isReadOnly()) {
      throw new IllegalArgumentException(
          "A lies in a read-only segment, the update is written to it");
    }
    checkApart("x", Double.BYTES, a, offsetA, rows, columns, lda, x, x0, incX, m);
    checkApart("y", Double.BYTES, a, offsetA, rows, columns, lda, y, y0, incY, n);
    if (m == 0 || n == 0 || alpha == 0) {
      return;
    }
    if (byRows) {
      dev.lanewise.blas.f64.GerCall.run(
          rows, columns, alpha, x, x0, incX, y, y0, incY, a, offsetA, lda, workers);
    } else {
      dev.lanewise.blas.f64.GerCall.run(
          rows, columns, alpha, y, y0, incY, x, x0, incX, a, offsetA, lda, workers);
    }
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
      String name,
      int bytes,
      MemorySegment a,
      long a0,
      int rows,
      int columns,
      int lda,
      MemorySegment v,
      long v0,
      int inc,
      int n) {
    if (Operand.shareMemory(a, v)) {
      long aAt = a.address() / bytes + a0;
      long vAt = v.address() / bytes + v0;
      Operand.checkDisjoint("A", "A", aAt, rows, columns, lda, name, vAt, inc, n);
    }
  }
}
