package dev.lanewise.kernel.level1.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of magnitudes, {@code sum of |x|}.
 *
 * <p>The order is that of {@link Dot} with an addition in place of each fused multiply-add: it
 * depends on {@code n} alone. Error: at most gamma(n) times the sum, and gamma(B/V + n/B + 8) of
 * whole blocks B, u = 2^-24. NaN gives NaN, otherwise an infinity +infinity. No elements: 0.
 */
public final class Asum {
  private static final VectorSpecies<Float> S = Lanes.F32;
  private static final int L = Lanes.F32_LANES;

  /** Four chains of a 256-bit machine: as many as {@link Dot} has, for the same order. */
  private static final int VIRTUAL_LANES = 128 / Float.BYTES;

  /** Vectors that make up the virtual lanes: 2, 4 or 8. */
  private static final int VECTORS = VIRTUAL_LANES / L;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);

  private Asum() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   */
  public static float run(int n, float[] x, int x0, int incX) {
    boolean neighbours = incX == 1;
    float sum = 0;
    for (int b = 0; b < n; b += Block.ELEMENTS) {
      int size = Math.min(Block.ELEMENTS, n - b);
      int xb = (int) (x0 + (long) b * incX);
      sum += neighbours ? block(size, x, xb) : strided(size, x, xb, incX);
      if (n - b <= Block.ELEMENTS) {
        break; // the next b may overflow
      }
    }
    return sum;
  }

  /** On segments of any kind; see the arrays. */
  public static float run(long n, MemorySegment x, long x0, long incX) {
    boolean fast = incX == 1 && x.getClass() == NATIVE;
    float sum = 0;
    for (long b = 0; b < n; b += Block.ELEMENTS) {
      int size = (int) Math.min(Block.ELEMENTS, n - b);
      long xb = x0 + b * incX;
      sum += fast ? block(size, x, Float.BYTES * xb) : strided(size, x, xb, incX);
    }
    return sum;
  }

  private static float block(int n, float[] x, int x0) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole == 0 ? 0f : ofWhole(whole, x, x0);
    float tail = 0;
    for (int i = whole; i < n; i++) {
      tail += Math.abs(x[x0 + i]);
    }
    return sum + tail;
  }

  /**
   * The whole virtual lanes of a block, in a method of their own that is never entered for none, so
   * that C2 takes none of its calls for cold and boxes their vectors. The sign is cleared as a bit.
   */
  private static float ofWhole(int whole, float[] x, int x0) {
    IntVector magnitudes = FloatVector.broadcast(S, -0f).reinterpretAsInts().not();
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
      IntVector v0 = FloatVector.fromArray(S, x, p).reinterpretAsInts();
      s0 = v0.and(magnitudes).reinterpretAsFloats().add(s0);
      IntVector v1 = FloatVector.fromArray(S, x, p + L).reinterpretAsInts();
      s1 = v1.and(magnitudes).reinterpretAsFloats().add(s1);
      if (VECTORS > 2) {
        IntVector v2 = FloatVector.fromArray(S, x, p + 2 * L).reinterpretAsInts();
        s2 = v2.and(magnitudes).reinterpretAsFloats().add(s2);
        IntVector v3 = FloatVector.fromArray(S, x, p + 3 * L).reinterpretAsInts();
        s3 = v3.and(magnitudes).reinterpretAsFloats().add(s3);
      }
      if (VECTORS > 4) {
        IntVector v4 = FloatVector.fromArray(S, x, p + 4 * L).reinterpretAsInts();
        s4 = v4.and(magnitudes).reinterpretAsFloats().add(s4);
        IntVector v5 = FloatVector.fromArray(S, x, p + 5 * L).reinterpretAsInts();
        s5 = v5.and(magnitudes).reinterpretAsFloats().add(s5);
        IntVector v6 = FloatVector.fromArray(S, x, p + 6 * L).reinterpretAsInts();
        s6 = v6.and(magnitudes).reinterpretAsFloats().add(s6);
        IntVector v7 = FloatVector.fromArray(S, x, p + 7 * L).reinterpretAsInts();
        s7 = v7.and(magnitudes).reinterpretAsFloats().add(s7);
      }
    }
    FloatVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 8 ? s.add(s.rearrange(BY_8)) : s;
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }

  /** The same on native memory, from byte offsets. */
  private static float block(int n, MemorySegment x, long x0) {
    int whole = n - n % VIRTUAL_LANES;
    float sum = whole == 0 ? 0f : ofWhole(whole, x, x0);
    float tail = 0;
    for (int i = whole; i < n; i++) {
      tail += Math.abs(x.get(JAVA_FLOAT_UNALIGNED, x0 + (long) i * Float.BYTES));
    }
    return sum + tail;
  }

  private static float ofWhole(int whole, MemorySegment x, long x0) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    IntVector magnitudes = FloatVector.broadcast(S, -0f).reinterpretAsInts().not();
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
      IntVector v0 = FloatVector.fromMemorySegment(S, x, p, nativeOrder()).reinterpretAsInts();
      s0 = v0.and(magnitudes).reinterpretAsFloats().add(s0);
      IntVector v1 =
          FloatVector.fromMemorySegment(S, x, p + Lanes.BYTES, nativeOrder()).reinterpretAsInts();
      s1 = v1.and(magnitudes).reinterpretAsFloats().add(s1);
      if (VECTORS > 2) {
        IntVector v2 =
            FloatVector.fromMemorySegment(S, x, p + 2L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s2 = v2.and(magnitudes).reinterpretAsFloats().add(s2);
        IntVector v3 =
            FloatVector.fromMemorySegment(S, x, p + 3L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s3 = v3.and(magnitudes).reinterpretAsFloats().add(s3);
      }
      if (VECTORS > 4) {
        IntVector v4 =
            FloatVector.fromMemorySegment(S, x, p + 4L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s4 = v4.and(magnitudes).reinterpretAsFloats().add(s4);
        IntVector v5 =
            FloatVector.fromMemorySegment(S, x, p + 5L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s5 = v5.and(magnitudes).reinterpretAsFloats().add(s5);
        IntVector v6 =
            FloatVector.fromMemorySegment(S, x, p + 6L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s6 = v6.and(magnitudes).reinterpretAsFloats().add(s6);
        IntVector v7 =
            FloatVector.fromMemorySegment(S, x, p + 7L * Lanes.BYTES, nativeOrder())
                .reinterpretAsInts();
        s7 = v7.and(magnitudes).reinterpretAsFloats().add(s7);
      }
    }
    FloatVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 8 ? s.add(s.rearrange(BY_8)) : s;
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }

  /** The same sum, one virtual lane after the other. */
  private static float strided(int n, float[] x, int x0, int incX) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, x, x0, incX) + chain(whole, 1, n, x, x0, incX);
  }

  /** The sum of the virtual lanes {@code first + k * step}, folded as the vectors are. */
  private static float lanes(int first, int step, int n, float[] x, int x0, int incX) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, x, x0, incX);
    }
    return lanes(first, 2 * step, n, x, x0, incX) + lanes(first + step, 2 * step, n, x, x0, incX);
  }

  private static float chain(int first, int step, int n, float[] x, int x0, int incX) {
    float sum = 0;
    for (long i = first; i < n; i += step) {
      sum += Math.abs(x[(int) (x0 + i * incX)]);
    }
    return sum;
  }

  private static float strided(int n, MemorySegment x, long x0, long incX) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, x, x0, incX) + chain(whole, 1, n, x, x0, incX);
  }

  private static float lanes(int first, int step, int n, MemorySegment x, long x0, long incX) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, x, x0, incX);
    }
    return lanes(first, 2 * step, n, x, x0, incX) + lanes(first + step, 2 * step, n, x, x0, incX);
  }

  private static float chain(int first, int step, int n, MemorySegment x, long x0, long incX) {
    float sum = 0;
    for (long i = first; i < n; i += step) {
      sum += Math.abs(x.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (x0 + i * incX)));
    }
    return sum;
  }
}
