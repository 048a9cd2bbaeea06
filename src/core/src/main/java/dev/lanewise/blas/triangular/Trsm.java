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
 * The solution of {@code op(A) * X = alpha * B} or {@code X * op(A) = alpha * B} in place of B,
 * with B of m x n and a triangular A; {@code op} is A itself or its transpose. In single and double
 * precision, on arrays and on memory segments.
 *
 * <ul>
 *   <li>Of A only the triangle asked for has an influence, its diagonal unless it is {@link
 *       dev.lanewise.blas.Diagonal#UNIT}.
 *   <li>{@code alpha = 0}: B becomes 0, A and B are not read. {@code m = 0} or {@code n = 0}:
 *       nothing happens. Otherwise NaN and infinities follow IEEE 754, within the lines that depend
 *       on them.
 *   <li>Nothing is tested: with a 0 on the diagonal the result has infinities and NaN.
 *   <li>Error: each column of X (A before it; each row, A behind it) solves a system {@code (op(A)
 *       + E) x = b} whose matrix is off by {@code |E| <= gamma(k + 2) |op(A)|}, k the edge of A,
 *       gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision (Higham,
 *       "Accuracy and Stability of Numerical Algorithms", 2002, section 8.1).
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
public final class Trsm {
  static {
    VectorModule.require();
  }

  private Trsm() {}

  /**
   * The solution on arrays.
   *
   * @param layout whether the rows of the matrices lie together or their columns
   * @param side whether op(A) stands before X (A of m x m) or behind it (of n x n)
   * @param triangle the half of A that is read
   * @param trans whether op is the transpose
   * @param diagonal whether the diagonal is in memory or ones
   * @param m rows of B, at least 0
   * @param n columns of B, at least 0
   * @param alpha factor of B
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
  public static void strsm(
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
        true,
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
   * The solution on memory segments of 32-bit floats.
   *
   * @see #strsm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void strsm(
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
        true,
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
   * The solution on arrays in double precision.
   *
   * @see #strsm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void dtrsm(
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
        true,
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
   * The solution on memory segments of 64-bit doubles.
   *
   * @see #strsm(Layout, Side, Triangle, Transpose, Diagonal, int, int, float, float[], long, int,
   *     float[], long, int, Workers)
   */
  public static void dtrsm(
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
        true,
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
