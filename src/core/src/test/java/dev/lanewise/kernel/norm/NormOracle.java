package dev.lanewise.kernel.norm;

/** Row normalisations in double precision, straight from their definition. */
final class NormOracle {
  final double mean;
  final double rstd;
  final double[] xh;

  private NormOracle(double mean, double rstd, double[] xh) {
    this.mean = mean;
    this.rstd = rstd;
    this.xh = xh;
  }

  /**
   * Layer normalisation of one row, or with {@code centred = false} that by the root mean square.
   */
  static NormOracle of(double[] x, double eps, boolean centred) {
    int n = x.length;
    double mean = 0;
    for (double v : x) {
      mean += centred ? v / n : 0;
    }
    double variance = 0;
    for (double v : x) {
      variance += (v - mean) * (v - mean) / n;
    }
    double rstd = 1 / Math.sqrt(variance + eps);
    double[] xh = new double[n];
    for (int i = 0; i < n; i++) {
      xh[i] = (x[i] - mean) * rstd;
    }
    return new NormOracle(mean, rstd, xh);
  }

  /** Row r of a matrix of floats, exactly. */
  static double[] row(float[] x, int r, int cols) {
    double[] row = new double[cols];
    for (int c = 0; c < cols; c++) {
      row[c] = x[r * cols + c];
    }
    return row;
  }

  /** The gradient of the input by the textbook's formula. */
  double[] dx(double[] d, boolean centred) {
    int n = xh.length;
    double meanD = 0;
    double meanDxh = 0;
    for (int i = 0; i < n; i++) {
      meanD += centred ? d[i] / n : 0;
      meanDxh += d[i] * xh[i] / n;
    }
    double[] dx = new double[n];
    for (int i = 0; i < n; i++) {
      dx[i] = rstd * (d[i] - meanD - xh[i] * meanDxh);
    }
    return dx;
  }
}
