package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y = alpha * x + y}: each element is one {@code fma(alpha, x, y)}, so the bits depend on
 * nothing but the values. NaN and infinities follow IEEE 754; no elements: nothing is done. y may
 * be x, element for element.
 *
 * <p>Error: half a unit in the last place of each element.
 */
public final class Axpy {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private Axpy() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   * @param y accumulated into: element i at {@code y0 + i * incY}
   */
  public static void run(
      int n, float alpha, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    if (incX == 1 && incY == 1) {
      neighbours(n, alpha, x, x0, y, y0);
      return;
    }
    int ix = x0;
    int iy = y0;
    for (int i = 0; i < n; i++) {
      y[iy] = Math.fma(alpha, x[ix], y[iy]);
      ix += incX;
      iy += incY;
    }
  }

  /** On segments of any kind; see the arrays. */
  public static void run(
      long n,
      float alpha,
      MemorySegment x,
      long x0,
      long incX,
      MemorySegment y,
      long y0,
      long incY) {
    if (incX == 1 && incY == 1 && x.getClass() == NATIVE && y.getClass() == NATIVE) {
      for (long block = 0; block < n; block += Block.ELEMENTS) {
        int size = (int) Math.min(Block.ELEMENTS, n - block);
        neighbours(size, alpha, x, Float.BYTES * (x0 + block), y, Float.BYTES * (y0 + block));
      }
      return;
    }
    for (long i = 0; i < n; i++) {
      long ix = Float.BYTES * (x0 + i * incX);
      long iy = Float.BYTES * (y0 + i * incY);
      float sum = Math.fma(alpha, x.get(JAVA_FLOAT_UNALIGNED, ix), y.get(JAVA_FLOAT_UNALIGNED, iy));
      y.set(JAVA_FLOAT_UNALIGNED, iy, sum);
    }
  }

  private static void neighbours(int n, float alpha, float[] x, int x0, float[] y, int y0) {
    FloatVector factor = FloatVector.broadcast(S, alpha);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector vy = FloatVector.fromArray(S, y, y0 + i);
      factor.fma(FloatVector.fromArray(S, x, x0 + i), vy).intoArray(y, y0 + i);
    }
    for (; i < n; i++) {
      y[y0 + i] = Math.fma(alpha, x[x0 + i], y[y0 + i]);
    }
  }

  private static void neighbours(
      int n, float alpha, MemorySegment x, long x0, MemorySegment y, long y0) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector factor = FloatVector.broadcast(S, alpha);
    int i = 0;
    for (; i <= n - L; i += L) {
      long at = (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(S, x, x0 + at, nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(S, y, y0 + at, nativeOrder());
      factor.fma(vx, vy).intoMemorySegment(y, y0 + at, nativeOrder());
    }
    for (; i < n; i++) {
      long at = (long) i * Float.BYTES;
      float sum =
          Math.fma(
              alpha, x.get(JAVA_FLOAT_UNALIGNED, x0 + at), y.get(JAVA_FLOAT_UNALIGNED, y0 + at));
      y.set(JAVA_FLOAT_UNALIGNED, y0 + at, sum);
    }
  }
}
