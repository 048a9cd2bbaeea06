package dev.lanewise.netlib;

import dev.lanewise.blas.Side;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;

/**
 * The calls that netlib's Java computes as fast or faster, and so are left to it: what is over
 * before ours has checked its operands, and what netlib has with vectors of its own or C2 makes
 * them of. Found by timing both in turns on one core with vectors of 512 bits, dger with 256.
 */
final class Small {
  private Small() {}

  /** An inner product. */
  static boolean dot(int n) {
    return n < 512;
  }

  /** A sum of magnitudes; over an increment below 1 netlib's is not the reference's. */
  static boolean asum(int n, int incX) {
    return n < 64 && incX > 0;
  }

  /** A search for the largest magnitude. */
  static boolean amax(int n) {
    return n < 192;
  }

  /** Inner products of columns: on one thread netlib's are as fast at any size, or faster. */
  static boolean gemv(Transpose op, int m, int n, boolean isSingle, int threads) {
    if (op == Transpose.NO_TRANS) {
      return false;
    }
    long elements = (long) m * n;
    return threads == 1 || elements < (isSingle ? 1 << 18 : 1 << 12);
  }

  /** An update of a matrix of doubles by columns: on one thread netlib's loop is as fast. */
  static boolean dger(int m, int n, int incX, int threads) {
    return threads == 1 && incX == 1 && n > 0 && (long) m * n >= 1 << 12;
  }

  /** An update of a triangle in a square. */
  static boolean syr(int n) {
    return n < 24;
  }

  /** An update of a packed triangle. */
  static boolean spr(int n) {
    return n < 4;
  }

  /**
   * A product with a symmetric matrix and a vector: netlib has the upper triangle with vectors.
   * Backwards it is not asked: before 3.2 it read the wrong elements.
   */
  static boolean symv(Triangle triangle, int n, int incX, int incY) {
    boolean neighbours = incX == 1 && incY == 1;
    return n < 16 ? incX > 0 && incY > 0 : triangle == Triangle.UPPER && neighbours;
  }

  /** A product with a triangle and a vector. */
  static boolean trmv(int n) {
    return n < 12;
  }

  /** A solution with a triangle and a vector. */
  static boolean trsv(Transpose op, int n) {
    return n < (op == Transpose.NO_TRANS ? 24 : 72);
  }

  /**
   * A product of matrices. Up to 7 x 7 x 7 netlib is as fast where C is read or the product scaled.
   */
  static boolean gemm(int m, int n, int k, double alpha, double beta) {
    long outputs = (long) m * n;
    if (outputs >= 512 || k <= 0) {
      return false;
    }
    long terms = outputs * k;
    return terms <= 64 || (terms < 512 && (alpha != 1 || beta != 0));
  }

  /** A product of a matrix with its transpose. */
  static boolean syrk(int n, int k) {
    return below(343, n, n, k);
  }

  /** A product with a symmetric matrix. */
  static boolean symm(Side side, int m, int n) {
    return below(216, m, n, edge(side, m, n));
  }

  /** A product with a triangle. */
  static boolean trmm(Side side, int m, int n) {
    return below(2744, m, n, edge(side, m, n));
  }

  /** Solutions with a triangle. */
  static boolean trsm(Side side, int m, int n) {
    return below(512, m, n, edge(side, m, n));
  }

  private static int edge(Side side, int m, int n) {
    return side == Side.LEFT ? m : n;
  }

  /** Whether there are terms, in the absence of which netlib may find an error, and few of them. */
  private static boolean below(int limit, int m, int n, int k) {
    double terms = (double) m * n * k; // may be more than a long holds
    return terms > 0 && terms < limit;
  }
}
