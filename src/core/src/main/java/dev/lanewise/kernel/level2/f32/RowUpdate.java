package dev.lanewise.kernel.level2.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.kernel.level1.f32.Axpy;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code A += x y'}, row by row: the block of a rank-one update. Each element is one {@code fma(x,
 * y, a)}. NaN and infinities follow IEEE 754.
 */
public final class RowUpdate {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private RowUpdate() {}

  /**
   * On an array.
   *
   * @param m rows
   * @param n columns
   * @param x read: {@code m} elements
   * @param y read: {@code n} elements
   * @param a accumulated into: element (i, j) at {@code a0 + i * lda + j}
   */
  public static void run(int m, int n, float[] x, float[] y, float[] a, int a0, int lda) {
    for (int i = 0; i < m; i++) {
      Axpy.run(n, x[i], y, 0, 1, a, (int) (a0 + (long) i * lda), 1);
    }
  }

  /** On native memory, from element {@code a0} on; see the array. */
  public static void run(int m, int n, float[] x, float[] y, MemorySegment a, long a0, int lda) {
    for (int i = 0; i < m; i++) {
      oneRow(n, x[i], y, a, Float.BYTES * (a0 + (long) i * lda));
    }
  }

  private static void oneRow(int n, float factor, float[] y, MemorySegment a, long row) {
    if (a.getClass() != NATIVE) {
      throw SegmentClass.notNative(a);
    }
    FloatVector x = FloatVector.broadcast(S, factor);
    int j = 0;
    for (; j <= n - L; j += L) {
      long at = row + (long) j * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(S, a, at, nativeOrder());
      x.fma(FloatVector.fromArray(S, y, j), va).intoMemorySegment(a, at, nativeOrder());
    }
    for (; j < n; j++) {
      long at = row + (long) j * Float.BYTES;
      a.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(factor, y[j], a.get(JAVA_FLOAT_UNALIGNED, at)));
    }
  }
}
