package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Level1;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * An orthogonal matrix that follows the eigenvectors of a symmetric one, by orthogonal iteration
 * (G. H. Golub, C. F. Van Loan: Matrix Computations, 2013, section 8.2.4): {@code Q = orthogonal
 * factor of (A + ridge I) Q}, in double precision. The eigenvectors are rows here, so that they lie
 * in one piece.
 *
 * <p>The rows are made orthogonal by block Gram-Schmidt, twice, which is enough (L. Giraud, J.
 * Langou, M. Rozloznik: The loss of orthogonality in the Gram-Schmidt orthogonalization process,
 * 2005): against all rows before the block by products that go through {@link Gemm}, within it one
 * by one. The ridge is 1e-6 of the largest absolute row sum: below it A is made of rounding errors,
 * and rows that A knows nothing of stay as they are. The same bits for any number of workers.
 */
final class EigenBasis {
  private static final double RIDGE = 1e-6;
  private static final int BLOCK = 32;

  private final double[] a;
  private final double[] q;
  private final double[] z;
  private final double[] overlaps;

  /** Room for matrices up to a side. */
  EigenBasis(int side) {
    int elements = Math.multiplyExact(side, side);
    a = new double[elements];
    q = new double[elements];
    z = new double[elements];
    overlaps = new double[Math.multiplyExact(side, BLOCK)];
  }

  /** {@code basis = I}, n by n. */
  static void start(MemorySegment basis, int n) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        basis.setAtIndex(JAVA_FLOAT, (long) i * n + j, i == j ? 1 : 0);
      }
    }
  }

  /**
   * Some steps of the iteration.
   *
   * @param matrix A, symmetric, n by n
   * @param basis Q, its rows the eigenvectors: read and overwritten; left alone if A is 0
   * @param steps how many
   */
  void refine(MemorySegment matrix, int n, MemorySegment basis, int steps, Workers workers) {
    int elements = Math.multiplyExact(n, n);
    double norm = 0;
    int at = 0;
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++, at++) {
        a[at] = matrix.getAtIndex(JAVA_FLOAT, at);
        q[at] = basis.getAtIndex(JAVA_FLOAT, at);
        sum += Math.abs(a[at]);
      }
      norm = Math.max(norm, sum);
    }
    if (norm == 0) {
      return;
    }
    for (int step = 0; step < steps; step++) {
      System.arraycopy(q, 0, z, 0, elements);
      Gemm.dgemm(NO_TRANS, NO_TRANS, n, n, n, 1, q, 0, n, a, 0, n, RIDGE * norm, z, 0, n, workers);
      for (int begin = 0; begin < n; begin += BLOCK) {
        int rows = Math.min(BLOCK, n - begin);
        for (int twice = 0; twice < 2; twice++) {
          clearOfRowsBefore(begin, rows, n, workers);
          clearOfEachOther(begin, rows, n);
        }
      }
      System.arraycopy(z, 0, q, 0, elements);
    }
    for (int i = 0; i < elements; i++) {
      basis.setAtIndex(JAVA_FLOAT, i, (float) q[i]);
    }
  }

  /** {@code Z = Z - (Z P') P} for the rows of a block, P being all rows before it. */
  private void clearOfRowsBefore(int begin, int rows, int n, Workers workers) {
    if (begin == 0) {
      return;
    }
    long at = (long) begin * n;
    Gemm.dgemm(
        NO_TRANS, TRANS, rows, begin, n, 1, z, at, n, z, 0, n, 0, overlaps, 0, begin, workers);
    Gemm.dgemm(
        NO_TRANS, NO_TRANS, rows, n, begin, -1, overlaps, 0, begin, z, 0, n, 1, z, at, n, workers);
  }

  private void clearOfEachOther(int begin, int rows, int n) {
    for (int i = begin; i < begin + rows; i++) {
      long row = (long) i * n;
      for (int j = begin; j < i; j++) {
        long other = (long) j * n;
        double overlap = Level1.ddot(n, z, row, 1, z, other, 1);
        Level1.daxpy(n, -overlap, z, other, 1, z, row, 1);
      }
      Level1.dscal(n, 1 / Level1.dnrm2(n, z, row, 1), z, row, 1);
    }
  }
}
