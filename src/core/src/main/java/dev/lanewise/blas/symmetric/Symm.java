package dev.lanewise.blas.symmetric;

import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.f32.SymmCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The product with a symmetric matrix, {@code C = alpha * A * B + beta * C} or {@code C = alpha * B
 * * A + beta * C}, with B and C of m x n and a symmetric A of which one triangle is in memory; in
 * single and double precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>Of A only the triangle asked for, diagonal included, has an influence.
 *   <li>{@code beta = 0}: C is overwritten and never read, not even NaN survives in it. {@code
 *       alpha = 0}: {@code C = beta * C}, A and B are not read. {@code m = 0} or {@code n = 0}:
 *       nothing happens. Otherwise NaN and infinities spread as IEEE 754 has it for a chain of
 *       fused multiply-adds.
 *   <li>Error: {@code |C - exact| <= gamma(k + 2) (|alpha| |A| |B| + |beta| |C|)} element by
 *       element, k the edge of A, gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in
 *       double precision.
 *   <li>The bits are those of {@link dev.lanewise.blas.Gemm} with all of A in memory, and so the
 *       same for every number of threads, vector width and kind of memory.
 *   <li>C must not share elements with A or B.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       offset below 0, memory that is too short, not aligned or read-only for the result, and
 *       shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       the panels of {@link dev.lanewise.blas.Gemm} and a square of 256 x 256 each.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Duff, "A Set of Level 3 Basic Linear Algebra
 * Subprograms" (ACM TOMS 1990).
 */
public final class Symm {
  static {
    VectorModule.require();
  }

  private Symm() {}

  /**
   * The product on arrays.
   *
   * @param layout whether the rows of the matrices lie together or their columns
   * @param side whether A stands before B (of m x m) or behind it (of n x n)
   * @param triangle the half of A that is read
   * @param m rows of B and C, at least 0
   * @param n columns of B and C, at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row, or column, of A to the next, at least its edge and 1
   * @param b read
   * @param offsetB element of {@code b} at which B begins
   * @param ldb elements from one row of B to the next, at least n and 1; column-major: from one
   *     column to the next, at least m and 1
   * @param beta factor of C
   * @param c overwritten with beta = 0, otherwise accumulated into
   * @param offsetC as offsetB
   * @param ldc as ldb
   * @param workers the threads that compute; what is too small to be shared out stays on the
   *     calling thread
   */
  public static void ssymm(
      Layout layout,
      Side side,
      Triangle triangle,
      int m,
      int n,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(m, n);
    // Column-major matrices are their transposes row-major: the factors change places, and the
    // triangle of A becomes the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean left = (side == Side.LEFT) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int edge = side == Side.LEFT ? m : n;
    Operand.check("A", a.length, offsetA, edge, edge, lda);
    Operand.check("B", b.length, offsetB, rows, columns, ldb);
    Operand.check("C", c.length, offsetC, rows, columns, ldc);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, edge, edge, lda, offsetC, rows, columns, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rows, columns, ldb, offsetC, rows, columns, ldc);
    }
    if (m == 0 || n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    SymmCall.run(
        left, lower, rows, columns, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc,
        workers);
  }

  /**
   * The product on memory segments of 32-bit floats.
   *
   * @see #ssymm(Layout, Side, Triangle, int, int, float, float[], long, int, float[], long, int,
   *     float, float[], long, int, Workers)
   */
  public static void ssymm(
      Layout layout,
      Side side,
      Triangle triangle,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(m, n);
    // Column-major matrices are their transposes row-major: the factors change places, and the
    // triangle of A becomes the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean left = (side == Side.LEFT) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int edge = side == Side.LEFT ? m : n;
    Operand.check("A", a, Float.BYTES, offsetA, edge, edge, lda);
    Operand.check("B", b, Float.BYTES, offsetB, rows, columns, ldb);
    Operand.check("C", c, Float.BYTES, offsetC, rows, columns, ldc);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    if (Operand.shareMemory(a, c)) {
      long aAt = a.address() / Float.BYTES + offsetA;
      long cAt = c.address() / Float.BYTES + offsetC;
      Operand.checkDisjoint("A", aAt, edge, edge, lda, cAt, rows, columns, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long bAt = b.address() / Float.BYTES + offsetB;
      long cAt = c.address() / Float.BYTES + offsetC;
      Operand.checkDisjoint("B", bAt, rows, columns, ldb, cAt, rows, columns, ldc);
    }
    if (m == 0 || n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    SymmCall.run(
        left, lower, rows, columns, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc,
        workers);
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #ssymm(Layout, Side, Triangle, int, int, float, float[], long, int, float[], long, int,
   *     float, float[], long, int, Workers)
   */
  public static void dsymm(
      Layout layout,
      Side side,
      Triangle triangle,
      int m,
      int n,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(m, n);
    // Column-major matrices are their transposes row-major: the factors change places, and the
    // triangle of A becomes the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean left = (side == Side.LEFT) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int edge = side == Side.LEFT ? m : n;
    Operand.check("A", a.length, offsetA, edge, edge, lda);
    Operand.check("B", b.length, offsetB, rows, columns, ldb);
    Operand.check("C", c.length, offsetC, rows, columns, ldc);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, edge, edge, lda, offsetC, rows, columns, ldc);
    }
    if (Operand.same(b, c)) {
      Operand.checkDisjoint("B", offsetB, rows, columns, ldb, offsetC, rows, columns, ldc);
    }
    if (m == 0 || n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SymmCall.run(
        left, lower, rows, columns, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc,
        workers);
  }

  /**
   * The product on memory segments of 64-bit doubles.
   *
   * @see #ssymm(Layout, Side, Triangle, int, int, float, float[], long, int, float[], long, int,
   *     float, float[], long, int, Workers)
   */
  public static void dsymm(
      Layout layout,
      Side side,
      Triangle triangle,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(m, n);
    // Column-major matrices are their transposes row-major: the factors change places, and the
    // triangle of A becomes the other one.
    boolean byRows = layout == Layout.ROW_MAJOR;
    boolean left = (side == Side.LEFT) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = byRows ? m : n;
    int columns = byRows ? n : m;
    int edge = side == Side.LEFT ? m : n;
    Operand.check("A", a, Double.BYTES, offsetA, edge, edge, lda);
    Operand.check("B", b, Double.BYTES, offsetB, rows, columns, ldb);
    Operand.check("C", c, Double.BYTES, offsetC, rows, columns, ldc);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    if (Operand.shareMemory(a, c)) {
      long aAt = a.address() / Double.BYTES + offsetA;
      long cAt = c.address() / Double.BYTES + offsetC;
      Operand.checkDisjoint("A", aAt, edge, edge, lda, cAt, rows, columns, ldc);
    }
    if (Operand.shareMemory(b, c)) {
      long bAt = b.address() / Double.BYTES + offsetB;
      long cAt = c.address() / Double.BYTES + offsetC;
      Operand.checkDisjoint("B", bAt, rows, columns, ldb, cAt, rows, columns, ldc);
    }
    if (m == 0 || n == 0 || (alpha == 0 && beta == 1)) {
      return;
    }
    dev.lanewise.blas.symmetric.f64.SymmCall.run(
        left, lower, rows, columns, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc,
        workers);
  }

  private static void checkSizes(int m, int n) {
    if (m < 0 || n < 0) {
      throw new IllegalArgumentException("m = " + m + ", n = " + n + ": sizes must be 0 or more");
    }
  }
}
