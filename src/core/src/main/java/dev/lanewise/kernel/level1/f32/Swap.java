package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Exchanges x and y. Every bit is kept. No elements: nothing is done. */
public final class Swap {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private Swap() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read and overwritten: element i at {@code x0 + i * incX}
   * @param y read and overwritten: element i at {@code y0 + i * incY}
   */
  public static void run(int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    if (incX == 1 && incY == 1) {
      neighbours(n, x, x0, y, y0);
      return;
    }
    int ix = x0;
    int iy = y0;
    for (int i = 0; i < n; i++) {
      float xi = x[ix];
      float yi = y[iy];
      x[ix] = yi;
      y[iy] = xi;
      ix += incX;
      iy += incY;
    }
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      long n, MemorySegment x, long x0, long incX, MemorySegment y, long y0, long incY) {
    if (incX == 1 && incY == 1 && x.getClass() == NATIVE && y.getClass() == NATIVE) {
      for (long block = 0; block < n; block += Block.ELEMENTS) {
        int size = (int) Math.min(Block.ELEMENTS, n - block);
        neighbours(size, x, Float.BYTES * (x0 + block), y, Float.BYTES * (y0 + block));
      }
      return;
    }
    for (long i = 0; i < n; i++) {
      long ix = Float.BYTES * (x0 + i * incX);
      long iy = Float.BYTES * (y0 + i * incY);
      float xi = x.get(JAVA_FLOAT_UNALIGNED, ix);
      float yi = y.get(JAVA_FLOAT_UNALIGNED, iy);
      x.set(JAVA_FLOAT_UNALIGNED, ix, yi);
      y.set(JAVA_FLOAT_UNALIGNED, iy, xi);
    }
  }

  private static void neighbours(int n, float[] x, int x0, float[] y, int y0) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector vx = FloatVector.fromArray(S, x, x0 + i);
      FloatVector vy = FloatVector.fromArray(S, y, y0 + i);
      vy.intoArray(x, x0 + i);
      vx.intoArray(y, y0 + i);
    }
    for (; i < n; i++) {
      int ix = x0 + i;
      int iy = y0 + i;
      float xi = x[ix];
      float yi = y[iy];
      x[ix] = yi;
      y[iy] = xi;
    }
  }

  private static void neighbours(int n, MemorySegment x, long x0, MemorySegment y, long y0) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    int i = 0;
    for (; i <= n - L; i += L) {
      long ix = x0 + (long) i * Float.BYTES;
      long iy = y0 + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(S, x, ix, nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(S, y, iy, nativeOrder());
      vy.intoMemorySegment(x, ix, nativeOrder());
      vx.intoMemorySegment(y, iy, nativeOrder());
    }
    for (; i < n; i++) {
      long ix = x0 + (long) i * Float.BYTES;
      long iy = y0 + (long) i * Float.BYTES;
      float xi = x.get(JAVA_FLOAT_UNALIGNED, ix);
      float yi = y.get(JAVA_FLOAT_UNALIGNED, iy);
      x.set(JAVA_FLOAT_UNALIGNED, ix, yi);
      y.set(JAVA_FLOAT_UNALIGNED, iy, xi);
    }
  }
}
