package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.blas.Gemm;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Products of a matrix with itself: what its rows and its columns have in common. */
final class Gram {
  private Gram() {}

  /** {@code l = alpha g g' + beta l}, g being rows by cols, l rows by rows. */
  static void ofRows(
      float alpha,
      MemorySegment g,
      int rows,
      int cols,
      float beta,
      MemorySegment l,
      Workers workers) {
    Gemm.sgemm(
        NO_TRANS, TRANS, rows, rows, cols, alpha, g, 0, cols, g, 0, cols, beta, l, 0, rows,
        workers);
  }

  /** {@code r = alpha g' g + beta r}, r being cols by cols. */
  static void ofColumns(
      float alpha,
      MemorySegment g,
      int rows,
      int cols,
      float beta,
      MemorySegment r,
      Workers workers) {
    Gemm.sgemm(
        TRANS, NO_TRANS, cols, cols, rows, alpha, g, 0, cols, g, 0, cols, beta, r, 0, cols,
        workers);
  }
}
