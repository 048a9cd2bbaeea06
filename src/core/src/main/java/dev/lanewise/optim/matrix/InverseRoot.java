package dev.lanewise.optim.matrix;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.blas.Gemm;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The inverse p-th root of a symmetric matrix without negative eigenvalues, {@code (A + ridge
 * I)^(-1/p)}, by coupled Newton iteration (C.-H. Guo, N. J. Higham: A Schur-Newton Method for the
 * Matrix pth Root and its Inverse, 2006, iteration 1.6; in double precision and with a ridge, as R.
 * Anil et al.: Scalable Second Order Optimization for Deep Learning, 2020, have it):
 *
 * <pre>
 * M = z A,  X = z^(1/p) I,  z = (1 + p) / (2 |A|_F)
 * T = (1 + 1/p) I - M / p,  X = X T,  M = T^p M
 * </pre>
 *
 * <p>M goes to I and X to the root. Small eigenvalues grow by {@code (1 + 1/p)^p}, more than 2, in
 * each turn, then converge quadratically: with a ridge of 1e-6 some 25 turns. The ridge is {@code
 * eps} times the largest absolute row sum, which is at least the largest eigenvalue. The root of a
 * matrix of zeros is I. The products go through {@link Gemm}; the same bits for any number of
 * workers.
 */
final class InverseRoot {
  /** M is I up to this: far below what rounding the root to single precision costs. */
  private static final double TOLERANCE = 1e-9;

  /** Enough for every eigenvalue above 1e-30 of the largest. */
  private static final int MOST_TURNS = 100;

  private double[] m;
  private double[] x;
  private double[] t;
  private double[] product;

  /** Room for matrices up to a side. */
  InverseRoot(int side) {
    int elements = Math.multiplyExact(side, side);
    m = new double[elements];
    x = new double[elements];
    t = new double[elements];
    product = new double[elements];
  }

  /**
   * {@code root = (a + ridge I)^(-1/p)}.
   *
   * @param a symmetric, n by n
   * @param p 2 or 4
   * @param eps the ridge in units of the largest absolute row sum
   * @param root overwritten, n by n
   */
  void compute(MemorySegment a, int n, int p, double eps, MemorySegment root, Workers workers) {
    int elements = Math.multiplyExact(n, n);
    double ridge = eps * load(a, n);
    for (int i = 0; i < elements; i += n + 1) {
      m[i] += ridge;
    }
    double squares = 0;
    for (int i = 0; i < elements; i++) {
      squares += m[i] * m[i];
    }
    double z = ridge == 0 ? 1 : (1 + p) / (2 * Math.sqrt(squares));
    for (int i = 0; i < elements; i++) {
      m[i] *= z;
      x[i] = 0;
    }
    for (int i = 0; i < elements; i += n + 1) {
      x[i] = p == 2 ? Math.sqrt(z) : Math.sqrt(Math.sqrt(z));
    }
    if (ridge != 0) {
      iterate(n, p, workers);
    }
    for (int i = 0; i < elements; i++) {
      root.setAtIndex(JAVA_FLOAT, i, (float) x[i]);
    }
  }

  private void iterate(int n, int p, Workers workers) {
    for (int turn = 0; turn < MOST_TURNS && distanceFromIdentity(n) > TOLERANCE; turn++) {
      turn(n, p, workers);
    }
  }

  /** Takes a into m; returns its largest absolute row sum. */
  private double load(MemorySegment a, int n) {
    double largest = 0;
    int at = 0;
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++, at++) {
        m[at] = a.getAtIndex(JAVA_FLOAT, at);
        sum += Math.abs(m[at]);
      }
      largest = Math.max(largest, sum);
    }
    return largest;
  }

  private void turn(int n, int p, Workers workers) {
    int elements = Math.multiplyExact(n, n);
    for (int i = 0; i < elements; i++) {
      t[i] = -m[i] / p;
    }
    for (int i = 0; i < elements; i += n + 1) {
      t[i] += 1 + 1.0 / p;
    }
    multiply(x, t, n, workers);
    double[] swap = x;
    x = product;
    product = swap;
    for (int power = 1; power < p; power *= 2) {
      multiply(t, t, n, workers);
      swap = t;
      t = product;
      product = swap;
    }
    multiply(t, m, n, workers);
    swap = m;
    m = product;
    product = swap;
  }

  private void multiply(double[] a, double[] b, int n, Workers workers) {
    Gemm.dgemm(NO_TRANS, NO_TRANS, n, n, n, 1, a, 0, n, b, 0, n, 0, product, 0, n, workers);
  }

  /** NaN, which ends the iteration, where an element is NaN. */
  private double distanceFromIdentity(int n) {
    double distance = 0;
    int at = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++, at++) {
        distance = Math.max(distance, Math.abs(m[at] - (i == j ? 1 : 0)));
      }
    }
    return distance;
  }
}
