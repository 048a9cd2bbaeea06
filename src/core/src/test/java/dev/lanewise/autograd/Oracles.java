package dev.lanewise.autograd;

/** The ops in double precision, written as their definitions. */
final class Oracles {
  private Oracles() {}

  /** {@code a b}, a of m x k and b of k x n. */
  static double[] matmul(double[] a, double[] b, int m, int n, int k) {
    double[] c = new double[Math.multiplyExact(m, n)];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        for (int p = 0; p < k; p++) {
          c[i * n + j] += a[i * k + p] * b[p * n + j];
        }
      }
    }
    return c;
  }

  static double[] transpose(double[] a, int rows, int cols) {
    double[] t = new double[a.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        t[j * rows + i] = a[i * cols + j];
      }
    }
    return t;
  }

  static double[] magnitudes(double[] a) {
    double[] result = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] = Math.abs(a[i]);
    }
    return result;
  }

  static double gelu(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  /** Mean of {@code log sum exp(x) - x[target]} over rows. */
  static double crossEntropyMean(double[] logits, int[] targets, int classes) {
    double sum = 0;
    for (int r = 0; r < targets.length; r++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        max = Math.max(max, logits[r * classes + c]);
      }
      double exps = 0;
      for (int c = 0; c < classes; c++) {
        exps += Math.exp(logits[r * classes + c] - max);
      }
      sum += max + Math.log(exps) - logits[r * classes + targets[r]];
    }
    return sum / targets.length;
  }
}
