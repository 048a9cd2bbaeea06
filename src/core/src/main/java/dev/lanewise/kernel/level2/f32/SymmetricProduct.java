package dev.lanewise.kernel.level2.f32;

/**
 * {@code y += alpha A x} with a symmetric A of which one triangle lies in an array, square or
 * packed, its rows together.
 *
 * <p>Blocks of V rows (V = 64 bytes of elements) in ascending order, counted from the row with the
 * fewest elements, so that beside their square on the diagonal there are whole virtual lanes; of a
 * block first all rows beside the square, as {@link SymmetricRows} has them, by {@link #COLUMNS} at
 * a time, then the square by 4 x 4. The {@code n % V} rows that remain have the longest rows, and a
 * square of their own, row by row. NaN and infinities follow IEEE 754.
 */
public final class SymmetricProduct {
  /** Columns at a time: 16 KiB each of x and of y. */
  public static final int COLUMNS = 16_384 / Float.BYTES;

  private static final int LANES = SymmetricRows.LANES;

  private SymmetricProduct() {}

  /**
   * On arrays.
   *
   * @param packed whether a row begins right behind the one before; {@code lda} is of no meaning
   * @param lower whether a row ends with its diagonal element, not begins with it
   * @param n rows and columns
   * @param a read, from {@code a0} on
   * @param x read: {@code n} elements from {@code x0} on
   * @param y accumulated into: {@code n} elements from {@code y0} on
   */
  public static void run(
      boolean packed,
      boolean lower,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float[] y,
      int y0) {
    int few = n % LANES;
    int begin = lower ? 0 : few;
    if (!lower) {
      block(packed, false, 0, few, n, alpha, a, a0, lda, x, x0, y, y0);
    }
    for (int i = begin; i <= n - LANES; i += LANES) {
      block(packed, lower, i, LANES, n, alpha, a, a0, lda, x, x0, y, y0);
    }
    if (lower) {
      block(packed, true, n - few, few, n, alpha, a, a0, lda, x, x0, y, y0);
    }
  }

  /** The rows i to i + count. */
  private static void block(
      boolean packed,
      boolean lower,
      int i,
      int count,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float[] y,
      int y0) {
    int past = lower ? i : n;
    for (int j = lower ? 0 : i + count; j < past; j += COLUMNS) {
      int columns = Math.min(COLUMNS, past - j);
      int p = i;
      for (; p <= i + count - 4; p += 4) {
        int r0 = row(packed, lower, p, n, a0, lda) + j;
        int r1 = row(packed, lower, p + 1, n, a0, lda) + j;
        int r2 = row(packed, lower, p + 2, n, a0, lda) + j;
        int r3 = row(packed, lower, p + 3, n, a0, lda) + j;
        SymmetricRows.four(columns, alpha, a, r0, r1, r2, r3, x, x0 + j, x0 + p, y, y0 + j, y0 + p);
      }
      for (; p < i + count; p++) {
        int r = row(packed, lower, p, n, a0, lda) + j;
        SymmetricRows.one(columns, alpha, a, r, x, x0 + j, x0 + p, y, y0 + j, y0 + p);
      }
    }
    if (count == LANES) {
      square(packed, lower, i, n, alpha, a, a0, lda, x, x0, y, y0);
    } else {
      smallSquare(packed, lower, i, count, n, alpha, a, a0, lda, x, x0, y, y0);
    }
  }

  private static void square(
      boolean packed,
      boolean lower,
      int i,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float[] y,
      int y0) {
    for (int p = i; p < i + LANES; p += 4) {
      int r0 = row(packed, lower, p, n, a0, lda);
      int r1 = row(packed, lower, p + 1, n, a0, lda);
      int r2 = row(packed, lower, p + 2, n, a0, lda);
      int r3 = row(packed, lower, p + 3, n, a0, lda);
      int xi = x0 + p;
      int yi = y0 + p;
      int past = lower ? p : i + LANES;
      for (int j = lower ? i : p + 4; j < past; j += 4) {
        SymmetricSquare.beside(
            alpha, a, r0 + j, r1 + j, r2 + j, r3 + j, x, xi, x0 + j, y, yi, y0 + j);
      }
      SymmetricSquare.diagonal(lower, alpha, a, r0 + p, r1 + p, r2 + p, r3 + p, x, xi, y, yi);
    }
  }

  private static void smallSquare(
      boolean packed,
      boolean lower,
      int i,
      int count,
      int n,
      float alpha,
      float[] a,
      int a0,
      int lda,
      float[] x,
      int x0,
      float[] y,
      int y0) {
    for (int p = i; p < i + count; p++) {
      int row = row(packed, lower, p, n, a0, lda);
      int j = lower ? i : p + 1;
      int beside = lower ? p - i : i + count - p - 1;
      SymmetricSquare.row(beside, alpha, a, row + j, row + p, x, x0 + j, x0 + p, y, y0 + j, y0 + p);
    }
  }

  /** Where column 0 of a row is or would be. */
  private static int row(boolean packed, boolean lower, int i, int n, int a0, int lda) {
    if (!packed) {
      return (int) (a0 + (long) i * lda);
    }
    return (int) (a0 + (lower ? i * (i + 1L) / 2 : i * (2L * n - i - 1) / 2));
  }
}
