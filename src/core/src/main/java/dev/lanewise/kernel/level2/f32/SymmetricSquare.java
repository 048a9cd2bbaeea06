package dev.lanewise.kernel.level2.f32;

/**
 * {@code y += alpha A x} with a square on the diagonal of a symmetric A, of which one triangle is
 * read; the rows of A lie together. Element by element, in chains that depend on sizes alone. NaN
 * and infinities follow IEEE 754.
 */
final class SymmetricSquare {
  private SymmetricSquare() {}

  /**
   * Four rows. Each element of y gets a chain {@code fma(a, alpha * x[j], sum)} in ascending order
   * of j, which does not begin with y: that one waits for what was added to it before.
   *
   * @param lower whether the triangle below the diagonal is there
   * @param a read: the rows from {@code r0}, {@code r1}, {@code r2} and {@code r3} on, each from
   *     where the first column of the square is or would be
   * @param x read: 4 elements from {@code xi} on
   * @param y accumulated into: 4 elements from {@code yi} on
   */
  static void diagonal(
      boolean lower,
      float alpha,
      float[] a,
      int r0,
      int r1,
      int r2,
      int r3,
      float[] x,
      int xi,
      float[] y,
      int yi) {
    float f0 = alpha * x[xi];
    float f1 = alpha * x[xi + 1];
    float f2 = alpha * x[xi + 2];
    float f3 = alpha * x[xi + 3];
    float a10 = lower ? a[r1] : a[r0 + 1];
    float a20 = lower ? a[r2] : a[r0 + 2];
    float a30 = lower ? a[r3] : a[r0 + 3];
    float a21 = lower ? a[r2 + 1] : a[r1 + 2];
    float a31 = lower ? a[r3 + 1] : a[r1 + 3];
    float a32 = lower ? a[r3 + 2] : a[r2 + 3];
    y[yi] += sum(a[r0], f0, a10, f1, a20, f2, a30, f3);
    y[yi + 1] += sum(a10, f0, a[r1 + 1], f1, a21, f2, a31, f3);
    y[yi + 2] += sum(a20, f0, a21, f1, a[r2 + 2], f2, a32, f3);
    y[yi + 3] += sum(a30, f0, a31, f1, a32, f2, a[r3 + 3], f3);
  }

  private static float sum(
      float a0, float f0, float a1, float f1, float a2, float f2, float a3, float f3) {
    return Math.fma(a3, f3, Math.fma(a2, f2, Math.fma(a1, f1, a0 * f0)));
  }

  /**
   * Four rows and columns beside the diagonal, for both of their places: such chains, first those
   * of the rows, then those of the columns.
   *
   * @param a read: the rows from {@code r0}, {@code r1}, {@code r2} and {@code r3} on, each from
   *     the first of the columns on
   * @param x read: 4 elements from {@code xi} on, which belong to the rows, and from {@code xj} on
   * @param y accumulated into, likewise
   */
  static void beside(
      float alpha,
      float[] a,
      int r0,
      int r1,
      int r2,
      int r3,
      float[] x,
      int xi,
      int xj,
      float[] y,
      int yi,
      int yj) {
    float g0 = alpha * x[xj];
    float g1 = alpha * x[xj + 1];
    float g2 = alpha * x[xj + 2];
    float g3 = alpha * x[xj + 3];
    y[yi] += sum(a[r0], g0, a[r0 + 1], g1, a[r0 + 2], g2, a[r0 + 3], g3);
    y[yi + 1] += sum(a[r1], g0, a[r1 + 1], g1, a[r1 + 2], g2, a[r1 + 3], g3);
    y[yi + 2] += sum(a[r2], g0, a[r2 + 1], g1, a[r2 + 2], g2, a[r2 + 3], g3);
    y[yi + 3] += sum(a[r3], g0, a[r3 + 1], g1, a[r3 + 2], g2, a[r3 + 3], g3);
    float f0 = alpha * x[xi];
    float f1 = alpha * x[xi + 1];
    float f2 = alpha * x[xi + 2];
    float f3 = alpha * x[xi + 3];
    y[yj] += sum(a[r0], f0, a[r1], f1, a[r2], f2, a[r3], f3);
    y[yj + 1] += sum(a[r0 + 1], f0, a[r1 + 1], f1, a[r2 + 1], f2, a[r3 + 1], f3);
    y[yj + 2] += sum(a[r0 + 2], f0, a[r1 + 2], f1, a[r2 + 2], f2, a[r3 + 2], f3);
    y[yj + 3] += sum(a[r0 + 3], f0, a[r1 + 3], f1, a[r2 + 3], f2, a[r3 + 3], f3);
  }

  /**
   * A row of the square, its diagonal element included: the elements beside it for both of their
   * places, in order.
   *
   * @param count elements beside the diagonal
   * @param a read: those elements from {@code row} on, and the one at {@code diagonal}
   * @param x read: {@code count} elements from {@code x0} on, and the one at {@code xi}
   * @param y accumulated into, likewise
   */
  static void row(
      int count,
      float alpha,
      float[] a,
      int row,
      int diagonal,
      float[] x,
      int x0,
      int xi,
      float[] y,
      int y0,
      int yi) {
    float factor = alpha * x[xi];
    float sum = Math.fma(a[diagonal], factor, y[yi]);
    for (int j = 0; j < count; j++) {
      float element = a[row + j];
      sum = Math.fma(element, alpha * x[x0 + j], sum);
      y[y0 + j] = Math.fma(element, factor, y[y0 + j]);
    }
    y[yi] = sum;
  }
}
