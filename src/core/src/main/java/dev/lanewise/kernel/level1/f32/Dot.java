package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner product {@code sum of x * y}.
 *
 * <p>The order depends on {@code n} alone, so the bits are the same for every increment, vector
 * width and kind of memory. Each block of {@link Block#ELEMENTS} is summed on its own: its element
 * i goes by fused multiply-add to the virtual lane {@code i % V} (V = 128 bytes of them), in order
 * of i; the lanes are folded as {@code j + (j + V/2)}, then V/4 down to 1; the last {@code n % V}
 * elements are a chain of their own, added at the end. The blocks are added in order.
 *
 * <p>Error: at most gamma(n) {@code |x|'|y|}, and gamma(B/V + n/B + 8) of whole blocks B, with
 * gamma(k) = k u / (1 - k u), u = 2^-24. NaN and infinities follow IEEE 754. No elements: 0.
 */
public final class Dot {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Four chains of a 256-bit machine: two loads for each fused multiply-add keep no more busy. */
  private static final int VIRTUAL_LANES = 128 / Float.BYTES;

  /** Vectors that make up the virtual lanes: 2, 4 or 8. */
  private static final int VECTORS = VIRTUAL_LANES / L;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);

  private Dot() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   * @param y read: element i at {@code y0 + i * incY}
   */
  public static float run(int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    boolean neighbours = incX == 1 && incY == 1;
    float sum = 0;
    for (int b = 0; b < n; b += Block.ELEMENTS) {
      int size = Math.min(Block.ELEMENTS, n - b);
      int xb = (int) (x0 + (long) b * incX);
      int yb = (int) (y0 + (long) b * incY);
      sum += neighbours ? block(size, x, xb, y, yb) : strided(size, x, xb, incX, y, yb, incY);
      if (n - b <= Block.ELEMENTS) {
        break; // the next b may overflow
      }
    }
    return sum;
  }

  /** On segments of any kind; see the arrays. */
  public static float run(
      long n, MemorySegment x, long x0, long incX, MemorySegment y, long y0, long incY) {
    boolean fast = incX == 1 && incY == 1 && x.getClass() == NATIVE && y.getClass() == NATIVE;
    float sum = 0;
    for (long b = 0; b < n; b += Block.ELEMENTS) {
      int size = (int) Math.min(Block.ELEMENTS, n - b);
      long xb = x0 + b * incX;
      long yb = y0 + b * incY;
      sum +=
          fast
              ? block(size, x, Float.BYTES * xb, y, Float.BYTES * yb)
              : strided(size, x, xb, incX, y, yb, incY);
    }
    return sum;
  }

  private static float block(int n, float[] x, int x0, float[] y, int y0) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole == 0 ? 0f : ofWhole(whole, x, x0, y, y0);
    float tail = 0;
    for (int i = whole; i < n; i++) {
      tail = Math.fma(x[x0 + i], y[y0 + i], tail);
    }
    return sum + tail;
  }

  /**
   * The whole virtual lanes of a block, in a method of their own that is never entered for none, so
   * that C2 takes none of its calls for cold and boxes their vectors.
   */
  private static float ofWhole(int whole, float[] x, int x0, float[] y, int y0) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += VIRTUAL_LANES) {
      int p = x0 + i;
      int q = y0 + i;
      s0 = FloatVector.fromArray(S, x, p).fma(FloatVector.fromArray(S, y, q), s0);
      s1 = FloatVector.fromArray(S, x, p + L).fma(FloatVector.fromArray(S, y, q + L), s1);
      if (VECTORS > 2) {
        s2 = FloatVector.fromArray(S, x, p + 2 * L).fma(FloatVector.fromArray(S, y, q + 2 * L), s2);
        s3 = FloatVector.fromArray(S, x, p + 3 * L).fma(FloatVector.fromArray(S, y, q + 3 * L), s3);
      }
      if (VECTORS > 4) {
        s4 = FloatVector.fromArray(S, x, p + 4 * L).fma(FloatVector.fromArray(S, y, q + 4 * L), s4);
        s5 = FloatVector.fromArray(S, x, p + 5 * L).fma(FloatVector.fromArray(S, y, q + 5 * L), s5);
        s6 = FloatVector.fromArray(S, x, p + 6 * L).fma(FloatVector.fromArray(S, y, q + 6 * L), s6);
        s7 = FloatVector.fromArray(S, x, p + 7 * L).fma(FloatVector.fromArray(S, y, q + 7 * L), s7);
      }
    }
    FloatVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 8 ? s.add(s.rearrange(BY_8)) : s;
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }

  /** The same on native memory, from byte offsets. */
  private static float block(int n, MemorySegment x, long x0, MemorySegment y, long y0) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole == 0 ? 0f : ofWhole(whole, x, x0, y, y0);
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = (long) i * Float.BYTES;
      tail =
          Math.fma(
              x.get(JAVA_FLOAT_UNALIGNED, x0 + at), y.get(JAVA_FLOAT_UNALIGNED, y0 + at), tail);
    }
    return sum + tail;
  }

  private static float ofWhole(int whole, MemorySegment x, long x0, MemorySegment y, long y0) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += VIRTUAL_LANES) {
      long p = x0 + (long) i * Float.BYTES;
      long q = y0 + (long) i * Float.BYTES;
      s0 =
          FloatVector.fromMemorySegment(S, x, p, nativeOrder())
              .fma(FloatVector.fromMemorySegment(S, y, q, nativeOrder()), s0);
      s1 =
          FloatVector.fromMemorySegment(S, x, p + Lanes.BYTES, nativeOrder())
              .fma(FloatVector.fromMemorySegment(S, y, q + Lanes.BYTES, nativeOrder()), s1);
      if (VECTORS > 2) {
        s2 =
            FloatVector.fromMemorySegment(S, x, p + 2L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 2L * Lanes.BYTES, nativeOrder()), s2);
        s3 =
            FloatVector.fromMemorySegment(S, x, p + 3L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 3L * Lanes.BYTES, nativeOrder()), s3);
      }
      if (VECTORS > 4) {
        s4 =
            FloatVector.fromMemorySegment(S, x, p + 4L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 4L * Lanes.BYTES, nativeOrder()), s4);
        s5 =
            FloatVector.fromMemorySegment(S, x, p + 5L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 5L * Lanes.BYTES, nativeOrder()), s5);
        s6 =
            FloatVector.fromMemorySegment(S, x, p + 6L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 6L * Lanes.BYTES, nativeOrder()), s6);
        s7 =
            FloatVector.fromMemorySegment(S, x, p + 7L * Lanes.BYTES, nativeOrder())
                .fma(FloatVector.fromMemorySegment(S, y, q + 7L * Lanes.BYTES, nativeOrder()), s7);
      }
    }
    FloatVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 8 ? s.add(s.rearrange(BY_8)) : s;
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }

  /** The same sum, one virtual lane after the other. */
  private static float strided(int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, x, x0, incX, y, y0, incY)
        + chain(whole, 1, n, x, x0, incX, y, y0, incY);
  }

  /** The sum of the virtual lanes {@code first + k * step}, folded as the vectors are. */
  private static float lanes(
      int first, int step, int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, x, x0, incX, y, y0, incY);
    }
    return lanes(first, 2 * step, n, x, x0, incX, y, y0, incY)
        + lanes(first + step, 2 * step, n, x, x0, incX, y, y0, incY);
  }

  private static float chain(
      int first, int step, int n, float[] x, int x0, int incX, float[] y, int y0, int incY) {
    float sum = 0;
    for (long i = first; i < n; i += step) {
      sum = Math.fma(x[(int) (x0 + i * incX)], y[(int) (y0 + i * incY)], sum);
    }
    return sum;
  }

  private static float strided(
      int n, MemorySegment x, long x0, long incX, MemorySegment y, long y0, long incY) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, x, x0, incX, y, y0, incY)
        + chain(whole, 1, n, x, x0, incX, y, y0, incY);
  }

  private static float lanes(
      int first,
      int step,
      int n,
      MemorySegment x,
      long x0,
      long incX,
      MemorySegment y,
      long y0,
      long incY) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, x, x0, incX, y, y0, incY);
    }
    return lanes(first, 2 * step, n, x, x0, incX, y, y0, incY)
        + lanes(first + step, 2 * step, n, x, x0, incX, y, y0, incY);
  }

  private static float chain(
      int first,
      int step,
      int n,
      MemorySegment x,
      long x0,
      long incX,
      MemorySegment y,
      long y0,
      long incY) {
    float sum = 0;
    for (long i = first; i < n; i += step) {
      float xi = x.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (x0 + i * incX));
      sum = Math.fma(xi, y.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (y0 + i * incY)), sum);
    }
    return sum;
  }
}
