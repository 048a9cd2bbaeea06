package dev.lanewise.autograd.curvature;

import dev.lanewise.blas.Level1;

/** Vectors. */
final class Dense {
  private Dense() {}

  static double dot(double[] a, double... b) {
    return Level1.ddot(a.length, a, b);
  }

  static double norm(double... a) {
    return Level1.dnrm2(a.length, a);
  }

  /** {@code y += alpha x}. */
  static void add(double[] y, double alpha, double... x) {
    Level1.daxpy(x.length, alpha, x, y);
  }

  static double[] scaled(double alpha, double... x) {
    double[] y = x.clone();
    Level1.dscal(y.length, alpha, y);
    return y;
  }
}
