package dev.lanewise.autograd.curvature;

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by QL steps with implicit shifts
 * (H. Bowdler, R. S. Martin, C. Reinsch, J. H. Wilkinson: The QR and QL Algorithms for Symmetric
 * Matrices, 1968; EISPACK's tql2). Errors are some 2^-53 of the largest eigenvalue.
 */
final class Tridiagonal {
  /** More than three steps an eigenvalue are hardly ever needed. */
  private static final int MOST_STEPS = 50;

  private final double[] d;
  private final double[] e;
  private final double[][] z;

  private Tridiagonal(double[] diagonal, double[] beside) {
    int n = diagonal.length;
    d = diagonal.clone();
    e = new double[n];
    System.arraycopy(beside, 0, e, 0, n - 1);
    z = new double[n][n];
    for (int i = 0; i < n; i++) {
      z[i][i] = 1;
    }
  }

  /**
   * Computes them.
   *
   * @param diagonal n elements
   * @param beside the n - 1 elements next to it
   */
  static Tridiagonal of(double[] diagonal, double... beside) {
    Tridiagonal matrix = new Tridiagonal(diagonal, beside);
    for (int l = 0; l < diagonal.length; l++) {
      matrix.isolate(l);
    }
    return matrix;
  }

  /** In no order. */
  double[] values() {
    return d;
  }

  /** Element {@code row} of eigenvector {@code which}. */
  double vector(int row, int which) {
    return z[row][which];
  }

  /** QL steps until the element beside the l-th one is negligible. */
  private void isolate(int l) {
    for (int step = 0; step < MOST_STEPS; step++) {
      int m = l;
      while (m < d.length - 1 && !negligible(m)) {
        m++;
      }
      if (m == l) {
        return;
      }
      step(l, m);
    }
    throw new ArithmeticException(
        "the eigenvalues of a tridiagonal matrix were not found: are its elements finite?");
  }

  private boolean negligible(int m) {
    double scale = Math.abs(d[m]) + Math.abs(d[m + 1]);
    return Math.abs(e[m]) + scale == scale;
  }

  private void step(int l, int m) {
    double g = (d[l + 1] - d[l]) / (2 * e[l]);
    double r = Math.hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + Math.copySign(r, g));
    double s = 1;
    double c = 1;
    double p = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = s * e[i];
      double b = c * e[i];
      r = Math.hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        d[i + 1] -= p;
        e[m] = 0;
        return;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * s + 2 * c * b;
      p = s * r;
      d[i + 1] = g + p;
      g = c * r - b;
      rotate(i, s, c);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
  }

  private void rotate(int i, double s, double c) {
    for (double[] row : z) {
      double f = row[i + 1];
      row[i + 1] = s * row[i] + c * f;
      row[i] = c * row[i] - s * f;
    }
  }
}
