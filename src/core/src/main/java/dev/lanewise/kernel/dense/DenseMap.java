package dev.lanewise.kernel.dense;

/**
 * {@code y[i] = f(x[i])} in double precision; both arrays have one length and may be the same. The
 * functions of {@code Math} are exact to 1 ulp (tanh to 2.5), the stable forms of the others to a
 * few; NaN gives NaN.
 */
public final class DenseMap {
  private static final int SERIES_TERMS = 30;
  private static final int FRACTIONS = 200;

  /** Beyond, erfc is less than the smallest double. */
  private static final double ERFC_ZERO = 28;

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

  /**
   * {@code y = erfc(x)}, the complement of the error function. From 1 on the continued fraction
   * {@code erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))}, below
   * the series of erf without cancellation, {@code 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1
   * 3 5 ... (2n+1))} (M. Abramowitz, I. A. Stegun: Handbook of Mathematical Functions, 1964, 7.1.14
   * and 7.1.6).
   */
  public static void erfc(double[] x, double[] y) {
    assert x.length == y.length;
    for (int i = 0; i < y.length; i++) {
      double a = Math.abs(x[i]);
      double tail = a < 1 ? 1 - erfBySeries(a) : erfcByFraction(a);
      y[i] = x[i] < 0 ? 2 - tail : tail;
    }
  }

  /** For {@code 0 <= a < 1}: the 30th term is below 2^-60 of the first. */
  private static double erfBySeries(double a) {
    double term = a;
    double sum = a;
    for (int n = 1; n <= SERIES_TERMS; n++) {
      term *= 2 * a * a / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum;
  }

  /**
   * For {@code a >= 1}, from the innermost fraction outwards. What rounding takes from {@code a^2}
   * is put back, else the exponential would be off by {@code a^2 2^-53}.
   */
  private static double erfcByFraction(double a) {
    if (a > ERFC_ZERO) {
      return 0;
    }
    double square = a * a;
    double lost = Math.fma(a, a, -square);
    double fraction = a;
    for (int n = FRACTIONS; n > 0; n--) {
      fraction = a + 0.5 * n / fraction;
    }
    return Math.exp(-square) * (1 - lost) / (Math.sqrt(Math.PI) * fraction);
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
