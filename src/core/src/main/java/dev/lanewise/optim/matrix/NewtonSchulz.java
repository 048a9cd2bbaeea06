package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Level1;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The orthogonal factor of a matrix, roughly: {@code X = G / (|G| + eps)}, then five times {@code A
 * = X X'}, {@code X = a X + (b A + c A^2) X}, which takes all singular values to about 0.7 to 1.2
 * (K. Jordan et al.: Muon: An Optimizer for Hidden Layers in Neural Networks, 2024, with its
 * coefficients). On the smaller side of the matrix. The products go through {@link Gemm}; the same
 * bits for any number of workers.
 */
final class NewtonSchulz {
  private static final int STEPS = 5;
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;

  /** Keeps a matrix of zeros one of zeros. */
  private static final double EPS = 1e-7;

  private final MemorySegment other;
  private final MemorySegment gram;
  private final MemorySegment polynomial;

  /**
   * Room for matrices up to a size.
   *
   * @param elements of the largest matrix
   * @param side the largest smaller side
   */
  NewtonSchulz(Slab slab, long elements, long side) {
    other = slab.allocateFloats(elements);
    gram = slab.allocateFloats(Math.multiplyExact(side, side));
    polynomial = slab.allocateFloats(Math.multiplyExact(side, side));
  }

  /** {@code x = orthogonal factor of x}, x being rows by cols. */
  void orthogonalize(MemorySegment x, int rows, int cols, Workers workers) {
    long n = (long) rows * cols;
    Level1.sscal(n, (float) (1 / (norm(x, n) + EPS)), x);
    MemorySegment from = x;
    MemorySegment to = other;
    for (int i = 0; i < STEPS; i++) {
      step(from, to, rows, cols, workers);
      MemorySegment swap = from;
      from = to;
      to = swap;
    }
    MemorySegment.copy(from, 0, x, 0, n * Float.BYTES);
  }

  private void step(MemorySegment x, MemorySegment y, int rows, int cols, Workers workers) {
    boolean wide = rows <= cols;
    int side = wide ? rows : cols;
    if (wide) {
      Gram.ofRows(1, x, rows, cols, 0, gram, workers);
    } else {
      Gram.ofColumns(1, x, rows, cols, 0, gram, workers);
    }
    MemorySegment.copy(gram, 0, polynomial, 0, (long) side * side * Float.BYTES);
    Gemm.sgemm(
        NO_TRANS,
        NO_TRANS,
        side,
        side,
        side,
        C,
        gram,
        0,
        side,
        gram,
        0,
        side,
        B,
        polynomial,
        0,
        side,
        workers);
    MemorySegment.copy(x, 0, y, 0, (long) rows * cols * Float.BYTES);
    if (wide) {
      Gemm.sgemm(
          NO_TRANS,
          NO_TRANS,
          rows,
          cols,
          side,
          1,
          polynomial,
          0,
          side,
          x,
          0,
          cols,
          A,
          y,
          0,
          cols,
          workers);
    } else {
      Gemm.sgemm(
          NO_TRANS,
          NO_TRANS,
          rows,
          cols,
          side,
          1,
          x,
          0,
          cols,
          polynomial,
          0,
          side,
          A,
          y,
          0,
          cols,
          workers);
    }
  }

  private static double norm(MemorySegment x, long n) {
    double sum = 0;
    for (long at = 0; at < n; at += SumOfSquares.BLOCK) {
      int size = (int) Math.min(SumOfSquares.BLOCK, n - at);
      sum += SumOfSquares.block(x, at * Float.BYTES, size);
    }
    return Math.sqrt(sum);
  }
}
