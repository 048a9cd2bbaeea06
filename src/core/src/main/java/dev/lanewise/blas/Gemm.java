package dev.lanewise.blas;

import dev.lanewise.kernel.gemm.GemmKernel;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * The general matrix product {@code C = alpha * op(A) * op(B) + beta * C}, row-major, with C of m x
 * n, op(A) of m x k and op(B) of k x n, where {@code op} is the operand as it lies in memory or its
 * transpose.
 *
 * <ul>
 *   <li>{@code beta = 0}: C is overwritten and never read, not even NaN survives in it. {@code
 *       alpha = 0} or {@code k = 0}: {@code C = beta * C}, A and B are not read. {@code m = 0} or
 *       {@code n = 0}: nothing happens. Otherwise NaN and infinities spread as IEEE 754 has it for
 *       a chain of fused multiply-adds.
 *   <li>Error: {@code |C - exact| <= gamma(k + 2) (|alpha| |A| |B| + |beta| |C|)} element by
 *       element, gamma(n) = n u / (1 - n u), u = 2^-24.
 *   <li>The bits are the same for every number of threads, vector width and kind of memory: each
 *       element is one chain over k in ascending order, k is never split.
 *   <li>C must not share elements with A or B; A and B may be the same memory.
 *   <li>All arguments are checked before the first element is written.
 *   <li>On memory segments nothing is allocated once the threads that take part have their panels,
 *       some 5 MB each.
 * </ul>
 *
 * <p>Design after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM
 * TOMS 2008).
 */
public final class Gemm {
  static {
    VectorModule.require();
  }

  private Gemm() {}

  /**
   * The product on arrays, by the shared workers.
   *
   * @see #sgemm(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    sgemm(transA, transB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc, Workers.shared());
  }

  /**
   * The product on arrays from given offsets.
   *
   * @see #sgemm(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
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
    sgemm(
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        MemorySegment.ofArray(a),
        offsetA,
        lda,
        MemorySegment.ofArray(b),
        offsetB,
        ldb,
        beta,
        MemorySegment.ofArray(c),
        offsetC,
        ldc,
        workers);
  }

  /**
   * The product on memory segments that begin with the first element, by the shared workers.
   *
   * @see #sgemm(Transpose, Transpose, int, int, int, float, MemorySegment, long, int,
   *     MemorySegment, long, int, float, MemorySegment, long, int, Workers)
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      int lda,
      MemorySegment b,
      int ldb,
      float beta,
      MemorySegment c,
      int ldc) {
    sgemm(transA, transB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc, Workers.shared());
  }

  /**
   * The product on memory segments of 32-bit floats in native byte order, off-heap or {@code
   * MemorySegment.ofArray(float[])}.
   *
   * @param transA whether A lies as m x k ({@code NO_TRANS}) or as k x m ({@code TRANS})
   * @param transB whether B lies as k x n ({@code NO_TRANS}) or as n x k ({@code TRANS})
   * @param m rows of C and op(A), at least 0
   * @param n columns of C and op(B), at least 0
   * @param k columns of op(A) and rows of op(B), at least 0
   * @param alpha factor of the product
   * @param a read
   * @param offsetA element of {@code a} at which A begins
   * @param lda elements from one row of A as it lies in memory to the next, at least its columns
   *     and 1
   * @param b read
   * @param offsetB element of {@code b} at which B begins
   * @param ldb as lda, for B
   * @param beta factor of C
   * @param c overwritten with beta = 0, otherwise accumulated into
   * @param offsetC element of {@code c} at which C begins
   * @param ldc as lda, for C
   * @param workers the threads that compute; a product too small to be shared out stays on the
   *     calling thread
   * @throws IllegalArgumentException if a size is negative, a leading dimension too small, a
   *     segment too short, not aligned to 4 bytes or read-only for C, or C shares elements with A
   *     or B
   * @throws IllegalStateException if the memory of an operand was closed
   */
  public static void sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
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
    boolean ta = transA == Transpose.TRANS;
    boolean tb = transB == Transpose.TRANS;
    if (m < 0 || n < 0 || k < 0) {
      throw new IllegalArgumentException(
          "m = " + m + ", n = " + n + ", k = " + k + ": sizes must be 0 or more");
    }
    Operand.check("A", a, offsetA, ta ? k : m, ta ? m : k, lda);
    Operand.check("B", b, offsetB, tb ? n : k, tb ? k : n, ldb);
    Operand.check("C", c, offsetC, m, n, ldc);
    if (c.isReadOnly()) {
      throw new IllegalArgumentException(
          "C lies in a read-only segment, the product is written to it");
    }
    Operand.checkDisjoint("A", a, offsetA, ta ? k : m, ta ? m : k, lda, c, offsetC, m, n, ldc);
    Operand.checkDisjoint("B", b, offsetB, tb ? n : k, tb ? k : n, ldb, c, offsetC, m, n, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    if (alpha == 0f || k == 0) {
      if (beta != 1f) {
        GemmKernel.scale(m, n, beta, c, offsetC, ldc);
      }
      return;
    }
    GemmCall.run(
        ta, tb, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc, workers);
  }
}
