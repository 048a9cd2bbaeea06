package dev.lanewise.blas.symmetric;

import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.f32.SymvCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The product of a symmetric matrix and a vector, {@code y = alpha * A * x + beta * y}, with A of n
 * x n of which one triangle is in memory; in single and double precision, on arrays and on memory
 * segments.
 *
 * <ul>
 *   <li>Of A only the triangle asked for, diagonal included, has an influence.
 *   <li>{@code beta = 0}: y is overwritten and never read, not even NaN survives in it. {@code
 *       alpha = 0}: {@code y = beta * y}, A and x are not read. {@code n = 0}: nothing happens.
 *       Otherwise NaN and infinities follow IEEE 754.
 *   <li>Each line of the triangle in memory is read once, as a line of A and as one across the
 *       lines: 64 bytes of lines at a time, beside their square on the diagonal an inner product
 *       with x in virtual lanes for one element of y, and its multiple for the others.
 *   <li>Error: {@code |y - exact| <= gamma(n + 3) (|alpha| |A| |x| + |beta| |y|)} element by
 *       element, gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision.
 *   <li>The bits are the same for every vector width and kind of memory.
 *   <li>Segments hold elements in native byte order; any kind will do, those of an arena are the
 *       fast ones.
 *   <li>With a negative increment x and y begin at the far end, as in {@link
 *       dev.lanewise.blas.Level1}. y must not share elements with A or x.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       increment of 0, an offset below 0, memory that is too short, not aligned or read-only for
 *       the result, and shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated, but for a copy of vectors that are in segments or have other
 *       increments than 1, kept for the next such call; everything is computed on the calling
 *       thread, since two lines write to the same elements of y.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Hanson, "An Extended Set of FORTRAN Basic Linear
 * Algebra Subprograms" (ACM TOMS 1988).
 */
public final class Symv {
  static {
    VectorModule.require();
  }

  private Symv() {}

  /**
   * The product on arrays.
   *
   * @param layout whether the rows of A lie together or its columns
   * @param triangle the half of A that is read
   * @param n rows and columns of A, at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row, or column, of A to the next, at least its edge and 1
   * @param x read
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one element of the vector to the next, not 0
   * @param beta factor of y
   * @param y overwritten with beta = 0, otherwise read and overwritten
   * @param offsetY as offsetX
   * @param incY as incX
   */
  public static void ssymv(
      Layout layout,
      Triangle triangle,
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
      int incY) {
    checkSizes(n, incX, incY);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    Operand.check("A", a.length, offsetA, n, n, lda);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    if (Operand.same(a, y)) {
      Operand.checkDisjoint("y", "A", offsetA, n, n, lda, "y", y0, incY, n);
    }
    if (Operand.same(x, y)) {
      Vectors.checkApart(x0, incX, n, y0, incY, n, false);
    }
    if (n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    SymvCall.run(false, lower, n, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY);
  }

  /**
   * The product on memory segments of 32-bit floats.
   *
   * @see #ssymv(Layout, Triangle, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int)
   */
  public static void ssymv(
      Layout layout,
      Triangle triangle,
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
      int incY) {
    checkSizes(n, incX, incY);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    Operand.check("A", a, Float.BYTES, offsetA, n, n, lda);
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Float.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    if (Operand.shareMemory(a, y)) {
      Operand.checkDisjoint(
          "y",
          "A",
          a.address() / Float.BYTES + offsetA,
          n,
          n,
          lda,
          "y",
          y.address() / Float.BYTES + y0,
          incY,
          n);
    }
    if (Operand.shareMemory(x, y)) {
      Vectors.checkApart(
          x.address() / Float.BYTES + x0, incX, n, y.address() / Float.BYTES + y0, incY, n, false);
    }
    if (n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    SymvCall.run(false, lower, n, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY);
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #ssymv(Layout, Triangle, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int)
   */
  public static void dsymv(
      Layout layout,
      Triangle triangle,
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
      int incY) {
    checkSizes(n, incX, incY);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    Operand.check("A", a.length, offsetA, n, n, lda);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    int y0 = Vectors.first("y", y.length, n, offsetY, incY);
    if (Operand.same(a, y)) {
      Operand.checkDisjoint("y", "A", offsetA, n, n, lda, "y", y0, incY, n);
    }
    if (Operand.same(x, y)) {
      Vectors.checkApart(x0, incX, n, y0, incY, n, false);
    }
    if (n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SymvCall.run(
        false, lower, n, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY);
  }

  /**
   * The product on memory segments of 64-bit doubles.
   *
   * @see #ssymv(Layout, Triangle, int, float, float[], long, int, float[], long, int, float,
   *     float[], long, int)
   */
  public static void dsymv(
      Layout layout,
      Triangle triangle,
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
      int incY) {
    checkSizes(n, incX, incY);
    boolean lower = (triangle == Triangle.LOWER) == (layout == Layout.ROW_MAJOR);
    Operand.check("A", a, Double.BYTES, offsetA, n, n, lda);
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    long y0 = Vectors.first("y", y, Double.BYTES, n, offsetY, incY);
    Vectors.checkOutput("y", y, n, incY);
    if (Operand.shareMemory(a, y)) {
      Operand.checkDisjoint(
          "y",
          "A",
          a.address() / Double.BYTES + offsetA,
          n,
          n,
          lda,
          "y",
          y.address() / Double.BYTES + y0,
          incY,
          n);
    }
    if (Operand.shareMemory(x, y)) {
      Vectors.checkApart(
          x.address() / Double.BYTES + x0,
          incX,
          n,
          y.address() / Double.BYTES + y0,
          incY,
          n,
          false);
    }
    if (n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SymvCall.run(
        false, lower, n, alpha, a, offsetA, lda, x, x0, incX, beta, y, y0, incY);
  }

  private static void checkSizes(int n, int incX, int incY) {
    if (n < 0) {
      throw new IllegalArgumentException("n = " + n + ": it must be 0 or more");
    }
    if (incX == 0 || incY == 0) {
      throw new IllegalArgumentException(
          "x has increment " + incX + ", y has " + incY + ": they must not be 0");
    }
  }
}
