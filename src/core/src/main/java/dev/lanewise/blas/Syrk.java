package dev.lanewise.blas;

import dev.lanewise.blas.f32.SyrkCall;
import dev.lanewise.operand.Operand;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The product of a matrix with its own transpose, {@code C = alpha * op(A) * op(A)' + beta * C},
 * with op(A) of n x k and a symmetric C of n x n of which one triangle is computed; {@code op} is A
 * itself, for {@code A * A'}, or its transpose, for {@code A' * A}. In single and double precision,
 * on arrays and on memory segments, row-major or column-major. It takes half of the operations of
 * {@link Gemm}.
 *
 * <ul>
 *   <li>Of C only the triangle asked for, diagonal included, is read and written. The other one
 *       keeps its elements, and they have no influence.
 *   <li>{@code beta = 0}: the triangle is overwritten and never read, not even NaN survives in it.
 *       {@code alpha = 0} or {@code k = 0}: it is multiplied by beta, A is not read; {@code beta =
 *       1} too: nothing happens. {@code n = 0}: nothing happens. Otherwise NaN and infinities
 *       spread as IEEE 754 has it for a chain of fused multiply-adds.
 *   <li>Error: {@code |C - exact| <= gamma(k + 2) (|alpha| |op(A)| |op(A)'| + |beta| |C|)} element
 *       by element, gamma(n) = n u / (1 - n u), u = 2^-24 in single and 2^-53 in double precision.
 *   <li>The bits are those of {@link Gemm} with A as both operands, and the same for every number
 *       of threads, vector width and kind of memory: each element is one chain over k in ascending
 *       order, {@code fma(alpha * a[i][p], a[j][p], c[i][j])} from {@code beta * c[i][j]} on, a
 *       being op(A). The factor alpha goes to row i of C, to column j where matrices are
 *       column-major: where {@code alpha * a} rounds, the two triangles may differ in the last
 *       bits.
 *   <li>C, its other triangle included, must not share elements with A.
 *   <li>All arguments are checked before the first element is written: an {@link
 *       IllegalArgumentException} names a negative size, a leading dimension that is too small, an
 *       offset below 0, memory that is too short, not aligned or read-only for C, and shared
 *       elements; {@link IllegalStateException} memory that was closed.
 *   <li>Nothing is allocated on arrays and off-heap segments once the threads that take part have
 *       the panels of {@link Gemm} and some 20 kB, in double precision 37 kB, for the diagonal.
 * </ul>
 *
 * <p>After Dongarra, Du Croz, Hammarling and Duff, "A Set of Level 3 Basic Linear Algebra
 * Subprograms" (ACM TOMS 1990).
 */
public final class Syrk {
  static {
    VectorModule.require();
  }

  private Syrk() {}

  /**
   * The product on arrays that begin with the first element, row-major, by the shared workers.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void ssyrk(
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float beta,
      float[] c,
      int ldc) {
    ssyrk(
        Layout.ROW_MAJOR,
        triangle,
        trans,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on arrays.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void ssyrk(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float beta,
      float[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(n, k);
    boolean byRows = layout == Layout.ROW_MAJOR;
    // A matrix that lies column-major is its transpose row-major, and so is C: in memory the
    // formula stays, and the triangle becomes the other one.
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = transposed ? k : n;
    int columns = transposed ? n : k;
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    Operand.check("C", c.length, offsetC, n, n, ldc);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rows, columns, lda, offsetC, n, n, ldc);
    }
    if (n == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    SyrkCall.run(lower, transposed, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc, workers);
  }

  /**
   * The product on memory segments that begin with the first element, row-major, by the shared
   * workers.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void ssyrk(
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      int lda,
      float beta,
      MemorySegment c,
      int ldc) {
    ssyrk(
        Layout.ROW_MAJOR,
        triangle,
        trans,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on memory segments of 32-bit floats in native byte order, off-heap or {@code
   * MemorySegment.ofArray(float[])}; of 64-bit doubles with {@code dsyrk}.
   *
   * @param layout whether the rows of the matrices lie together or their columns
   * @param triangle the half of C that is read and written
   * @param trans whether A is n x k ({@code NO_TRANS}, for A A') or k x n ({@code TRANS}, for A' A)
   * @param n rows and columns of C, at least 0
   * @param k the other edge of A, at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A as it lies in memory to the next, at least its columns
   *     and 1; column-major: from one column to the next, at least its rows and 1
   * @param beta factor of C
   * @param c its triangle is overwritten with beta = 0, otherwise accumulated into; has room for
   *     all of C
   * @param offsetC element of {@code c} at which C begins
   * @param ldc elements from one row, or column, of C to the next, at least n and 1
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   */
  public static void ssyrk(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(n, k);
    boolean byRows = layout == Layout.ROW_MAJOR;
    // A matrix that lies column-major is its transpose row-major, and so is C: in memory the
    // formula stays, and the triangle becomes the other one.
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = transposed ? k : n;
    int columns = transposed ? n : k;
    Operand.check("A", a, Float.BYTES, offsetA, rows, columns, lda);
    Operand.check("C", c, Float.BYTES, offsetC, n, n, ldc);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Float.BYTES + offsetA;
      long c0 = c.address() / Float.BYTES + offsetC;
      Operand.checkDisjoint("A", a0, rows, columns, lda, c0, n, n, ldc);
    }
    if (n == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    SyrkCall.run(lower, transposed, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc, workers);
  }

  /**
   * The product on arrays in double precision that begin with the first element, row-major, by the
   * shared workers.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void dsyrk(
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      double alpha,
      double[] a,
      int lda,
      double beta,
      double[] c,
      int ldc) {
    dsyrk(
        Layout.ROW_MAJOR,
        triangle,
        trans,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on arrays in double precision.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void dsyrk(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      double alpha,
      double[] a,
      long offsetA,
      int lda,
      double beta,
      double[] c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(n, k);
    boolean byRows = layout == Layout.ROW_MAJOR;
    // A matrix that lies column-major is its transpose row-major, and so is C: in memory the
    // formula stays, and the triangle becomes the other one.
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = transposed ? k : n;
    int columns = transposed ? n : k;
    Operand.check("A", a.length, offsetA, rows, columns, lda);
    Operand.check("C", c.length, offsetC, n, n, ldc);
    if (Operand.same(a, c)) {
      Operand.checkDisjoint("A", offsetA, rows, columns, lda, offsetC, n, n, ldc);
    }
    if (n == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    dev.lanewise.blas.f64.SyrkCall.run(
        lower, transposed, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc, workers);
  }

  /**
   * The product on memory segments of 64-bit doubles that begin with the first element, row-major,
   * by the shared workers.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void dsyrk(
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      int lda,
      double beta,
      MemorySegment c,
      int ldc) {
    dsyrk(
        Layout.ROW_MAJOR,
        triangle,
        trans,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        beta,
        c,
        0,
        ldc,
        Workers.shared());
  }

  /**
   * The product on memory segments of 64-bit doubles.
   *
   * @see #ssyrk(Layout, Triangle, Transpose, int, int, float, MemorySegment, long, int, float,
   *     MemorySegment, long, int, Workers)
   */
  public static void dsyrk(
      Layout layout,
      Triangle triangle,
      Transpose trans,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      double beta,
      MemorySegment c,
      long offsetC,
      int ldc,
      Workers workers) {
    checkSizes(n, k);
    boolean byRows = layout == Layout.ROW_MAJOR;
    // A matrix that lies column-major is its transpose row-major, and so is C: in memory the
    // formula stays, and the triangle becomes the other one.
    boolean transposed = (trans == Transpose.TRANS) == byRows;
    boolean lower = (triangle == Triangle.LOWER) == byRows;
    int rows = transposed ? k : n;
    int columns = transposed ? n : k;
    Operand.check("A", a, Double.BYTES, offsetA, rows, columns, lda);
    Operand.check("C", c, Double.BYTES, offsetC, n, n, ldc);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    if (Operand.shareMemory(a, c)) {
      long a0 = a.address() / Double.BYTES + offsetA;
      long c0 = c.address() / Double.BYTES + offsetC;
      Operand.checkDisjoint("A", a0, rows, columns, lda, c0, n, n, ldc);
    }
    if (n == 0 || ((alpha == 0 || k == 0) && beta == 1)) {
      return;
    }
    dev.lanewise.blas.f64.SyrkCall.run(
        lower, transposed, n, k, alpha, a, offsetA, lda, beta, c, offsetC, ldc, workers);
  }

  private static void checkSizes(int n, int k) {
    if (n < 0 || k < 0) {
      throw new IllegalArgumentException("n = " + n + ", k = " + k + ": sizes must be 0 or more");
    }
  }
}
