package dev.lanewise.blas.triangular;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.triangular.f32.TriangularVectorCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.operand.Vectors;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The product of a triangular matrix and a vector in place, {@code x = op(A) * x}, with a
 * triangular A of n x n; {@code op} is A itself or its transpose. In single and double precision,
 * on arrays and on memory segments.
 *
 * <ul>
 *   <li>Of A only the triangle asked for has an influence, its diagonal unless it is {@link
 *       dev.lanewise.blas.Diagonal#UNIT}. {@code n = 0}: nothing happens.
 *   <li>NaN and infinities follow IEEE 754.
 *   <li>Where the lines of memory are those of op(A), each element of x comes from one inner
 *       product as {@link dev.lanewise.blas.Level1} has it; otherwise multiples of the lines are
 *       added to x, one after the other.
 *   <li>Error: {@code |result - exact| <= gamma(n + 2) |op(A)| |x|} element by element, gamma(n) =
 *       n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision.
 *   <li>The bits are the same for every vector width and kind of memory.
 *   <li>Segments hold elements in native byte order; any kind will do, those of an arena are the
 *       fast ones.
 *   <li>With a negative increment x begins at the far end, as in {@link dev.lanewise.blas.Level1}.
 *       x must not share elements with A.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       increment of 0, an offset below 0, memory that is too short, not aligned or read-only for
 *       the result, and shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated; everything is computed on the calling thread, since each element
 *       needs those before it.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Hanson, "An Extended Set of FORTRAN Basic Linear
 * Algebra Subprograms" (ACM TOMS 1988).
 */
public final class Trmv {
  static {
    VectorModule.require();
  }

  private Trmv() {}

  /**
   * The product on arrays.
   *
   * @param layout whether the rows of A lie together or its columns
   * @param triangle the half of A that is read
   * @param trans whether op is the transpose
   * @param diagonal whether the diagonal is in memory or ones
   * @param n rows and columns of A, at least 0
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row, or column, of A to the next, at least its edge and 1
   * @param x read and overwritten
   * @param offsetX element of {@code x} at which the vector lies
   * @param incX elements from one element of the vector to the next, not 0
   */
  public static void strmv(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int n,
      float[] a,
      long offsetA,
      int lda,
      float[] x,
      long offsetX,
      int incX) {
    checkSizes(n, incX);
    // A column-major matrix is its transpose row-major, and its triangle the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean unit = diagonal == Diagonal.UNIT;
    Operand.check("A", a.length, offsetA, n, n, lda);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (Operand.same(a, x)) {
      Operand.checkDisjoint("x", "A", offsetA, n, n, lda, "x", x0, incX, n);
    }
    if (n == 0) {
      return;
    }
    TriangularVectorCall.run(false, lower, transposed, unit, n, a, offsetA, lda, x, x0, incX);
  }

  /**
   * The product on memory segments of 32-bit floats.
   *
   * @see #strmv(Layout, Triangle, Transpose, Diagonal, int, float[], long, int, float[], long, int)
   */
  public static void strmv(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int n,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment x,
      long offsetX,
      int incX) {
    checkSizes(n, incX);
    // A column-major matrix is its transpose row-major, and its triangle the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean unit = diagonal == Diagonal.UNIT;
    Operand.check("A", a, Float.BYTES, offsetA, n, n, lda);
    long x0 = Vectors.first("x", x, Float.BYTES, n, offsetX, incX);
    Vectors.checkOutput("x", x, n, incX);
    if (Operand.shareMemory(a, x)) {
      Operand.checkDisjoint(
          "x",
          "A",
          a.address() / Float.BYTES + offsetA,
          n,
          n,
          lda,
          "x",
          x.address() / Float.BYTES + x0,
          incX,
          n);
    }
    if (n == 0) {
      return;
    }
    TriangularVectorCall.run(false, lower, transposed, unit, n, a, offsetA, lda, x, x0, incX);
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #strmv(Layout, Triangle, Transpose, Diagonal, int, float[], long, int, float[], long, int)
   */
  public static void dtrmv(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int n,
      double[] a,
      long offsetA,
      int lda,
      double[] x,
      long offsetX,
      int incX) {
    checkSizes(n, incX);
    // A column-major matrix is its transpose row-major, and its triangle the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean unit = diagonal == Diagonal.UNIT;
    Operand.check("A", a.length, offsetA, n, n, lda);
    int x0 = Vectors.first("x", x.length, n, offsetX, incX);
    if (Operand.same(a, x)) {
      Operand.checkDisjoint("x", "A", offsetA, n, n, lda, "x", x0, incX, n);
    }
    if (n == 0) {
      return;
    }
    dev.lanewise.blas.triangular.f64.TriangularVectorCall.run(
        false, lower, transposed, unit, n, a, offsetA, lda, x, x0, incX);
  }

  /**
   * The product on memory segments of 64-bit doubles.
   *
   * @see #strmv(Layout, Triangle, Transpose, Diagonal, int, float[], long, int, float[], long, int)
   */
  public static void dtrmv(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int n,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment x,
      long offsetX,
      int incX) {
    checkSizes(n, incX);
    // A column-major matrix is its transpose row-major, and its triangle the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean unit = diagonal == Diagonal.UNIT;
    Operand.check("A", a, Double.BYTES, offsetA, n, n, lda);
    long x0 = Vectors.first("x", x, Double.BYTES, n, offsetX, incX);
    Vectors.checkOutput("x", x, n, incX);
    if (Operand.shareMemory(a, x)) {
      Operand.checkDisjoint(
          "x",
          "A",
          a.address() / Double.BYTES + offsetA,
          n,
          n,
          lda,
          "x",
          x.address() / Double.BYTES + x0,
          incX,
          n);
    }
    if (n == 0) {
      return;
    }
    dev.lanewise.blas.triangular.f64.TriangularVectorCall.run(
        false, lower, transposed, unit, n, a, offsetA, lda, x, x0, incX);
  }

  private static void checkSizes(int n, int incX) {
    if (n < 0) {
      throw new IllegalArgumentException("n = " + n + ": it must be 0 or more");
    }
    if (incX == 0) {
      throw new IllegalArgumentException("x has increment 0: it must not be 0");
    }
  }
}
