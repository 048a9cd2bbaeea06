package dev.lanewise.kernel.level1.f32;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code y = x}. Every bit is kept. No elements: nothing is done. */
public final class Copy {
  private Copy() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   * @param y overwritten: element i at {@code y0 + i * incY}
   */
  public static void run(int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    if (incX == 1 && incY == 1) {
      System.arraycopy(x, x0, y, y0, n);
      return;
    }
    int ix = x0;
    int iy = y0;
    for (int i = 0; i < n; i++) {
      y[iy] = x[ix];
      ix += incX;
      iy += incY;
    }
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      long n, MemorySegment x, long x0, long incX, MemorySegment y, long y0, long incY) {
    if (incX == 1 && incY == 1) {
      MemorySegment.copy(x, Float.BYTES * x0, y, Float.BYTES * y0, Float.BYTES * n);
      return;
    }
    for (long i = 0; i < n; i++) {
      float xi = x.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (x0 + i * incX));
      y.set(JAVA_FLOAT_UNALIGNED, Float.BYTES * (y0 + i * incY), xi);
    }
  }
}
