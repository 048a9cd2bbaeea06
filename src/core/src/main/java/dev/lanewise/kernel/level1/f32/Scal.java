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
 * {@code x = alpha * x}: each result is rounded once. {@code alpha} = 0 keeps NaN and turns
 * infinities into NaN, as IEEE 754 has it. No elements: nothing is done.
 */
public final class Scal {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private Scal() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read and overwritten: element i at {@code x0 + i * incX}
   */
  public static void run(int n, float alpha, float[] x, int x0, int incX) {
    if (incX == 1) {
      neighbours(n, alpha, x, x0);
      return;
    }
    int ix = x0;
    for (int i = 0; i < n; i++) {
      x[ix] *= alpha;
      ix += incX;
    }
  }

  /** On segments of any kind; see the arrays. */
  public static void run(long n, float alpha, MemorySegment x, long x0, long incX) {
    if (incX == 1 && x.getClass() == NATIVE) {
      for (long block = 0; block < n; block += Block.ELEMENTS) {
        int size = (int) Math.min(Block.ELEMENTS, n - block);
        neighbours(size, alpha, x, Float.BYTES * (x0 + block));
      }
      return;
    }
    for (long i = 0; i < n; i++) {
      long at = Float.BYTES * (x0 + i * incX);
      x.set(JAVA_FLOAT_UNALIGNED, at, alpha * x.get(JAVA_FLOAT_UNALIGNED, at));
    }
  }

  private static void neighbours(int n, float alpha, float[] x, int x0) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector.fromArray(S, x, x0 + i).mul(alpha).intoArray(x, x0 + i);
    }
    for (; i < n; i++) {
      x[x0 + i] *= alpha;
    }
  }

  private static void neighbours(int n, float alpha, MemorySegment x, long x0) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - L; i += L) {
      long at = x0 + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(S, x, at, nativeOrder());
      vx.mul(alpha).intoMemorySegment(x, at, nativeOrder());
    }
    for (; i < n; i++) {
      long at = x0 + (long) i * Float.BYTES;
      x.set(JAVA_FLOAT_UNALIGNED, at, alpha * x.get(JAVA_FLOAT_UNALIGNED, at));
    }
  }
}
