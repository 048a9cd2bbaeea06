package dev.lanewise.kernel.level2.f32;

/**
 * {@code A += alpha x x'} over the triangle of a symmetric A that lies in an array, its rows
 * together: each element is {@code fma(alpha * x[i], x[j], a)}. A row whose {@code x[i]} is 0 is
 * left alone, as in the reference. NaN and infinities follow IEEE 754.
 */
public final class TriangleUpdate {
  private TriangleUpdate() {}

  /**
   * In a square.
   *
   * @param lower whether a row ends with its diagonal element, not begins with it
   * @param n rows and columns
   * @param x read: {@code n} elements from {@code x0} on
   * @param a accumulated into: element (i, j) at {@code a0 + i * lda + j}
   */
  public static void square(
      boolean lower, int n, float alpha, float[] x, int x0, float[] a, int a0, int lda) {
    int row = a0;
    for (int i = 0; i < n; i++, row += lda) {
      int first = lower ? 0 : i;
      int count = lower ? i + 1 : n - i;
      float xi = x[x0 + i];
      if (xi != 0f) {
        RowUpdate.row(count, alpha * xi, x, x0 + first, a, row + first);
      }
    }
  }

  /**
   * Packed: a row begins right behind the one before.
   *
   * @param lower whether a row ends with its diagonal element, not begins with it
   * @param n rows and columns
   * @param x read: {@code n} elements from {@code x0} on
   * @param ap accumulated into: {@code n (n + 1) / 2} elements from {@code a0} on
   */
  public static void packed(
      boolean lower, int n, float alpha, float[] x, int x0, float[] ap, int a0) {
    int row = a0;
    for (int i = 0; i < n; i++) {
      int count = lower ? i + 1 : n - i;
      float xi = x[x0 + i];
      if (xi != 0f) {
        RowUpdate.row(count, alpha * xi, x, x0 + (lower ? 0 : i), ap, row);
      }
      row += count;
    }
  }
}
