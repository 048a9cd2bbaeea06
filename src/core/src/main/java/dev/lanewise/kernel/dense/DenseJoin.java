package dev.lanewise.kernel.dense;

/**
 * {@code y[i] = a[i] op b[i]}: one rounding each; NaN, infinities and empty arrays as IEEE 754 and
 * the loop say. All arrays have the length of {@code y}, which may be {@code a} or {@code b}.
 */
public final class DenseJoin {
  private DenseJoin() {}

  /** {@code y = a + b}. */
  public static void add(double[] a, double[] b, double[] y) {
    assert a.length == y.length && b.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] + b[i];
    }
  }

  /** {@code y = a - b}. */
  public static void sub(double[] a, double[] b, double[] y) {
    assert a.length == y.length && b.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] - b[i];
    }
  }

  /** {@code y = a b}. */
  public static void mul(double[] a, double[] b, double[] y) {
    assert a.length == y.length && b.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] * b[i];
    }
  }

  /** {@code y = a / b}. */
  public static void div(double[] a, double[] b, double[] y) {
    assert a.length == y.length && b.length == y.length;
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] / b[i];
    }
  }
}
