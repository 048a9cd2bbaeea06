package dev.lanewise.kernel.dense;

/**
 * {@code y[i] = f(x[i])} in double precision; both arrays have one length and may be the same. The
 * functions of {@code Math} are exact to 1 ulp (tanh to 2.5), the stable forms of the others to a
 * few; NaN gives NaN.
 */
public final class DenseMap {
  private DenseMap() {}

  /** {@code y = scale x}. */
  public static void scale(double[] x, double scale, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = scale * x[i];
    }
  }

  /** {@code y = exp(x)}. */
  public static void exp(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.exp(x[i]);
    }
  }

  /** {@code y = log(x)}. */
  public static void log(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.log(x[i]);
    }
  }

  /** {@code y = sqrt(x)}. */
  public static void sqrt(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.sqrt(x[i]);
    }
  }

  /** {@code y = sin(x)}. */
  public static void sin(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.sin(x[i]);
    }
  }

  /** {@code y = cos(x)}. */
  public static void cos(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.cos(x[i]);
    }
  }

  /** {@code y = tanh(x)}. */
  public static void tanh(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.tanh(x[i]);
    }
  }

  /** {@code y = 1 / (1 + exp(-x))}, from {@code exp(-|x|)}. */
  public static void sigmoid(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      double e = Math.exp(-Math.abs(x[i]));
      y[i] = (x[i] < 0 ? e : 1) / (1 + e);
    }
  }

  /** {@code y = log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))}. */
  public static void softplus(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.max(x[i], 0) + Math.log1p(Math.exp(-Math.abs(x[i])));
    }
  }

  /** {@code y = max(x, 0)}. */
  public static void relu(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.max(x[i], 0);
    }
  }

  /** {@code y = x > 0 ? 1 : 0}, NaN where x is. */
  public static void step(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = x[i] > 0 ? 1 : x[i] <= 0 ? 0 : Double.NaN;
    }
  }

  /** {@code y[r] = max over c of x[r, c]}; NaN where one is, -infinity without columns. */
  public static void rowMax(double[] x, int cols, double[] y) {
    int at = 0;
    for (int r = 0; r < y.length; r++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < cols; c++) {
        max = Math.max(max, x[at++]);
      }
      y[r] = max;
    }
  }
}
