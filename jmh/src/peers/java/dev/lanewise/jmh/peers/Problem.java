package dev.lanewise.jmh.peers;

import dev.lanewise.blas.Transpose;
import dev.lanewise.jmh.GemmBenchmark.Layout;
import dev.lanewise.jmh.Operands;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The operands of a product, row-major without gaps in native memory, of floats or doubles.
 *
 * @param bytes size of an element, 4 or 8
 * @param a m x k, or k x m if transposed
 * @param b k x n, or n x k if transposed
 * @param c m x n
 */
record Problem(
    Layout layout,
    int m,
    int n,
    int k,
    int threads,
    int bytes,
    MemorySegment a,
    MemorySegment b,
    MemorySegment c) {
  private static final int CHECKED_ROWS = 8;

  boolean transA() {
    return layout.transA() == Transpose.TRANS;
  }

  boolean transB() {
    return layout.transB() == Transpose.TRANS;
  }

  int lda() {
    return transA() ? m : k;
  }

  int ldb() {
    return transB() ? k : n;
  }

  int ldc() {
    return n;
  }

  double a(int i, int p) {
    return at(a, transA() ? (long) p * m + i : (long) i * k + p);
  }

  double b(int p, int j) {
    return at(b, transB() ? (long) j * k + p : (long) p * n + j);
  }

  long flops() {
    return 2L * m * n * k;
  }

  /** C becomes NaN: what is not written is found by {@link #check()}. */
  void spoil() {
    c.fill((byte) -1);
  }

  /** Fails unless some rows of C are the product up to the error bound of any order of summing. */
  void check() {
    double u = bytes == Float.BYTES ? 0x1p-24 : 0x1p-53;
    double[] sums = new double[n];
    double[] magnitudes = new double[n];
    for (int i = 0; i < m; i += Math.ceilDiv(m, CHECKED_ROWS)) {
      Arrays.fill(sums, 0);
      Arrays.fill(magnitudes, 0);
      for (int p = 0; p < k; p++) {
        double factor = a(i, p);
        for (int j = 0; j < n; j++) {
          double product = factor * b(p, j);
          sums[j] += product;
          magnitudes[j] += Math.abs(product);
        }
      }
      for (int j = 0; j < n; j++) {
        // Twice the bound: in doubles the sum that is compared with has an error of its own.
        Operands.require(
            "C[" + i + ", " + j + "]", sums[j], at(c, (long) i * n + j), 2 * k * u * magnitudes[j]);
      }
    }
  }

  private double at(MemorySegment x, long i) {
    return bytes == Float.BYTES
        ? x.getAtIndex(ValueLayout.JAVA_FLOAT, i)
        : x.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
  }
}
