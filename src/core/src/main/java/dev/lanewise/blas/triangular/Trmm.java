package dev.lanewise.blas.triangular;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.triangular.f32.TriangularMatrixCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The product with a triangular matrix in place, {@code B = alpha * op(A) * B} or {@code B = alpha
 * * B * op(A)}, with B of m x n and a triangular A; {@code op} is A itself or its transpose. In
 * single and double precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>Of A only the triangle asked for has an influence, its diagonal unless it is {@link
 *       dev.lanewise.blas.Diagonal#UNIT}.
 *   <li>{@code alpha = 0}: B becomes 0, A and B are not read. {@code m = 0} or {@code n = 0}:
 *       nothing happens. Otherwise NaN and infinities follow IEEE 754, within the lines that depend
 *       on them.
 *   <li>Error: {@code |result - exact| <= gamma(k + 2) |alpha| |op(A)| |B|} element by element, k
 *       the edge of A, gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double
 *       precision.
 *   <li>The bits are the same for every number of threads, vector width and kind of memory: the
 *       triangle is halved down to 32 rows whatever the threads, which share out the columns of B
 *       (A before it) or its rows.
 *   <li>B must not share elements with A.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       offset below 0, memory that is too short, not aligned or read-only for the result, and
 *       shared elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       the panels of {@link dev.lanewise.blas.Gemm} and some 40 kB each.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Duff, "A Set of Level 3 Basic Linear Algebra
 * Subprograms" (ACM TOMS 1990).
 */
public final class Trmm {
  static {
    VectorModule.require();
  }

  private Trmm() {}

  /**
   * The product on arrays.
   *
   * @param layout whether the rows of the matrices lie together or their columns
   * @param side whether op(A) stands before B (A of m x m) or behind it (of n x n)
   * @param triangle the half of A that is read
   * @param trans whether op is the transpose
   * @param diagonal whether the diagonal is in memory or ones
   * @param m rows of B, at least 0
   * @param n columns of B, at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row, or column, of A to the next, at least its edge and 1
   * @param b read and overwritten
   * @param offsetB element of {@code b} at which B begins
   * @param ldb elements from one row of B to the next, at least n and 1; column-major: from one
   *     column to the next, at least m and 1
   * @param workers the threads that compute; what is too small to be shared out stays on the
   *     calling thread
   */
  public static void strmm(
      Layout layout,
      Side side,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int m,
      int n,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
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
    if (Operand.same(a, b)) {
      Operand.checkDisjoint("B", "A", offsetA, edge, edge, lda, offsetB, rows, columns, ldb);
    }
    if (m == 0 || n == 0) {
      return;
    }
    boolean transposed = trans == Transpose.TRANS;
    boolean unit = diagonal == Diagonal.UNIT;
    TriangularMatrixCall.run(
        false,
        left,
        lower,
        transposed,
        unit,
        rows,
        columns,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        workers);
  }

  /**
   * The product on memory segments of 32-bit floats.
   *
   * @see #strmm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void strmm(
      Layout layout,
      Side side,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
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
    if (b.isReadOnly()) {
      throw new IllegalArgumentException(
          "B lies in a read-only segment, the result is written to it");
    }
    if (Operand.shareMemory(a, b)) {
      Operand.checkDisjoint(
          "B",
          "A",
          a.address() / Float.BYTES + offsetA,
          edge,
          edge,
          lda,
          b.address() / Float.BYTES + offsetB,
          rows,
          columns,
          ldb);
    }
    if (m == 0 || n == 0) {
      return;
    }
    boolean transposed = trans == Transpose.TRANS;
    boolean unit = diagonal == Diagonal.UNIT;
    TriangularMatrixCall.run(
        false,
        left,
        lower,
        transposed,
        unit,
        rows,
        columns,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        workers);
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #strmm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void dtrmm(
      Layout layout,
      Side side,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int m,
      int n,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double[] b,
      long offsetB,
      int ldb,
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
    if (Operand.same(a, b)) {
      Operand.checkDisjoint("B", "A", offsetA, edge, edge, lda, offsetB, rows, columns, ldb);
    }
    if (m == 0 || n == 0) {
      return;
    }
    boolean transposed = trans == Transpose.TRANS;
    boolean unit = diagonal == Diagonal.UNIT;
    dev.lanewise.blas.triangular.f64.TriangularMatrixCall.run(
        false,
        left,
        lower,
        transposed,
        unit,
        rows,
        columns,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        workers);
  }

  /**
   * The product on memory segments of 64-bit doubles.
   *
   * @see #strmm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void dtrmm(
      Layout layout,
      Side side,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
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
    if (b.isReadOnly()) {
      throw new IllegalArgumentException(
          "B lies in a read-only segment, the result is written to it");
    }
    if (Operand.shareMemory(a, b)) {
      Operand.checkDisjoint(
          "B",
          "A",
          a.address() / Double.BYTES + offsetA,
          edge,
          edge,
          lda,
          b.address() / Double.BYTES + offsetB,
          rows,
          columns,
          ldb);
    }
    if (m == 0 || n == 0) {
      return;
    }
    boolean transposed = trans == Transpose.TRANS;
    boolean unit = diagonal == Diagonal.UNIT;
    dev.lanewise.blas.triangular.f64.TriangularMatrixCall.run(
        false,
        left,
        lower,
        transposed,
        unit,
        rows,
        columns,
        alpha,
        a,
        offsetA,
        lda,
        b,
        offsetB,
        ldb,
        workers);
  }

  private static void checkSizes(int m, int n) {
    if (m < 0 || n < 0) {
      throw new IllegalArgumentException("m = " + m + ", n = " + n + ": sizes must be 0 or more");
    }
  }
}
