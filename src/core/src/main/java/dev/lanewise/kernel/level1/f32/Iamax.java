package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The index of the first element of largest magnitude, counted from 0. A NaN counts as larger than
 * everything: the first one wins. No elements: -1.
 *
 * <p>Each block is asked for its largest magnitude alone, which is exact in any order; only a block
 * that holds more than all before it is searched for the place. Magnitudes are compared by their
 * bits as integers, in whose order NaN is the largest: 2 instructions a vector, where the maximum
 * of floats takes several. The lanes of the last vector are compared as floats: AVX2 has no such
 * reduction of 64-bit integers, and C2 boxes what it has no instruction for.
 */
public final class Iamax {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  private Iamax() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   */
  public static int run(int n, float[] x, int x0, int incX) {
    float best = -1;
    int at = -1;
    int i = 0;
    while (i < n) {
      int size = incX == 1 ? Math.min(Block.ELEMENTS, n - i) : 1;
      int first = (int) (x0 + (long) i * incX);
      float largest = size == 1 ? Math.abs(x[first]) : largest(size, x, first);
      if (!(largest <= best)) {
        best = largest;
        at = i + find(best, size, x, first);
        if (Float.isNaN(best)) {
          return at;
        }
      }
      i += size;
    }
    return at;
  }

  /** On segments of any kind; see the arrays. */
  public static long run(long n, MemorySegment x, long x0, long incX) {
    boolean fast = incX == 1 && x.getClass() == NATIVE;
    float best = -1;
    long at = -1;
    long i = 0;
    while (i < n) {
      int size = fast ? (int) Math.min(Block.ELEMENTS, n - i) : 1;
      long first = Float.BYTES * (x0 + i * incX);
      float largest =
          size == 1 ? Math.abs(x.get(JAVA_FLOAT_UNALIGNED, first)) : largest(size, x, first);
      if (!(largest <= best)) {
        best = largest;
        at = i + find(best, size, x, first);
        if (Float.isNaN(best)) {
          return at;
        }
      }
      i += size;
    }
    return at;
  }

  /** The first element of the given magnitude, which is there; NaN is found as NaN. */
  private static int find(float magnitude, int n, float[] x, int x0) {
    int i = 0;
    while (i < n - 1 && Float.compare(Math.abs(x[x0 + i]), magnitude) != 0) {
      i++;
    }
    return i;
  }

  private static int find(float magnitude, int n, MemorySegment x, long x0) {
    int i = 0;
    while (i < n - 1
        && Float.compare(
                Math.abs(x.get(JAVA_FLOAT_UNALIGNED, x0 + (long) i * Float.BYTES)), magnitude)
            != 0) {
      i++;
    }
    return i;
  }

  /** The largest magnitude, NaN if there is one. */
  private static float largest(int n, float[] x, int x0) {
    int whole = n - n % (4 * L);
    float largest = whole == 0 ? 0f : largestOfWhole(whole, x, x0);
    for (int i = whole; i < n; i++) {
      largest = Math.max(largest, Math.abs(x[x0 + i]));
    }
    return largest;
  }

  /**
   * The whole vectors of a block, in a method of their own that is never entered for none, so that
   * C2 takes none of its calls for cold and boxes their vectors.
   */
  private static float largestOfWhole(int whole, float[] x, int x0) {
    IntVector magnitudes = FloatVector.broadcast(S, -0f).reinterpretAsInts().not();
    IntVector m0 = IntVector.zero(Lanes.I32);
    IntVector m1 = m0;
    IntVector m2 = m0;
    IntVector m3 = m0;
    for (int i = 0; i < whole; i += 4 * L) {
      int at = x0 + i;
      m0 = FloatVector.fromArray(S, x, at).reinterpretAsInts().and(magnitudes).max(m0);
      m1 = FloatVector.fromArray(S, x, at + L).reinterpretAsInts().and(magnitudes).max(m1);
      m2 = FloatVector.fromArray(S, x, at + 2 * L).reinterpretAsInts().and(magnitudes).max(m2);
      m3 = FloatVector.fromArray(S, x, at + 3 * L).reinterpretAsInts().and(magnitudes).max(m3);
    }
    return m0.max(m1).max(m2.max(m3)).reinterpretAsFloats().reduceLanes(VectorOperators.MAX);
  }

  private static float largest(int n, MemorySegment x, long x0) {
    int whole = n - n % (4 * L);
    float largest = whole == 0 ? 0f : largestOfWhole(whole, x, x0);
    for (int i = whole; i < n; i++) {
      float element = x.get(JAVA_FLOAT_UNALIGNED, x0 + (long) i * Float.BYTES);
      largest = Math.max(largest, Math.abs(element));
    }
    return largest;
  }

  private static float largestOfWhole(int whole, MemorySegment x, long x0) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    IntVector magnitudes = FloatVector.broadcast(S, -0f).reinterpretAsInts().not();
    IntVector m0 = IntVector.zero(Lanes.I32);
    IntVector m1 = m0;
    IntVector m2 = m0;
    IntVector m3 = m0;
    for (int i = 0; i < whole; i += 4 * L) {
      long at = x0 + (long) i * Float.BYTES;
      m0 =
          FloatVector.fromMemorySegment(S, x, at, nativeOrder())
              .reinterpretAsInts()
              .and(magnitudes)
              .max(m0);
      m1 =
          FloatVector.fromMemorySegment(S, x, at + Lanes.BYTES, nativeOrder())
              .reinterpretAsInts()
              .and(magnitudes)
              .max(m1);
      m2 =
          FloatVector.fromMemorySegment(S, x, at + 2L * Lanes.BYTES, nativeOrder())
              .reinterpretAsInts()
              .and(magnitudes)
              .max(m2);
      m3 =
          FloatVector.fromMemorySegment(S, x, at + 3L * Lanes.BYTES, nativeOrder())
              .reinterpretAsInts()
              .and(magnitudes)
              .max(m3);
    }
    return m0.max(m1).max(m2.max(m3)).reinterpretAsFloats().reduceLanes(VectorOperators.MAX);
  }
}
