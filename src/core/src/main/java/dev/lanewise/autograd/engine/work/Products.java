package dev.lanewise.autograd.engine.work;

import static dev.lanewise.blas.Transpose.NO_TRANS;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Products of dense row-major matrices. */
public final class Products {
  private Products() {}

  /**
   * {@code C = op(A) op(B) + beta C}.
   *
   * @param offsetA element at which A begins, as the other offsets
   */
  public static Consumer<Workers> sgemm(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      MemorySegment a,
      long offsetA,
      MemorySegment b,
      long offsetB,
      float beta,
      MemorySegment c,
      long offsetC) {
    int lda = Math.max(1, transA == NO_TRANS ? k : m);
    int ldb = Math.max(1, transB == NO_TRANS ? n : k);
    int ldc = Math.max(1, n);
    return workers ->
        Gemm.sgemm(
            transA, transB, m, n, k, 1f, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc,
            workers);
  }

  /** Its operations. */
  public static long flops(int m, int n, int k) {
    return Math.multiplyExact(2L * m * n, (long) k);
  }
}
