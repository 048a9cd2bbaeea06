package dev.lanewise.kernel.level1.f64;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.nio.ByteOrder.nativeOrder;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Euclidean norm, {@code sqrt(sum of x^2)}, without overflow or underflow on the way.
 *
 * <p>Most vectors need one pass: a sum of squares that is finite and at least 2^-900 lost nothing
 * that counts. Otherwise the elements are scaled by 2^600 or 2^-600 in a second pass, exactly but
 * for what is too small to count beside the largest; ranges after Blue, "A Portable Fortran Program
 * to Find the Euclidean Norm of a Vector" (ACM TOMS 1978), and Anderson, "Algorithm 978: Safe
 * Scaling in the Level 1 BLAS" (ACM TOMS 2017).
 *
 * <p>The order of the sum is that of {@link Dot}: it depends on {@code n} alone. Error: at most
 * gamma(n/2 + 2) times the norm, u = 2^-53. NaN gives NaN, otherwise an infinity +infinity. No
 * elements: 0.
 *
 * <p>The twin in single precision has no need of this, it sums in double precision.
 */
public final class Nrm2 {
  private static final VectorSpecies<Double> S = Lanes.F64;
  private static final int L = Lanes.F64_LANES;

  /** Four chains of a 256-bit machine: as many as {@link Dot} has, for the same order. */
  private static final int VIRTUAL_LANES = 128 / Double.BYTES;

  /** Vectors that make up the virtual lanes: 2, 4 or 8. */
  private static final int VECTORS = VIRTUAL_LANES / L;

  /**
   * Below it squares may have been lost: each costs at most 2^-1075, all of 2^63 elements together
   * less than 2^-1011.
   */
  private static final double SAFE = 0x1p-900;

  /** Takes the largest elements to 2^424, and its inverse the smallest, 2^-1074, to 2^-474. */
  private static final double SCALE = 0x1p-600;

  private static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(S, 4, 1, true);
  private static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(S, 2, 1, true);

  private Nrm2() {}

  /**
   * On arrays.
   *
   * @param n elements
   * @param x read: element i at {@code x0 + i * incX}
   */
  public static double run(int n, double[] x, int x0, int incX) {
    double sum = sum(n, 1, x, x0, incX);
    if (sum >= SAFE && sum < Double.POSITIVE_INFINITY) {
      return Math.sqrt(sum);
    }
    if (sum < SAFE) {
      return Math.sqrt(sum(n, 1 / SCALE, x, x0, incX)) * SCALE;
    }
    return Double.isNaN(sum) ? sum : Math.sqrt(sum(n, SCALE, x, x0, incX)) / SCALE;
  }

  /** On segments of any kind; see the arrays. */
  public static double run(long n, MemorySegment x, long x0, long incX) {
    double sum = sum(n, 1, x, x0, incX);
    if (sum >= SAFE && sum < Double.POSITIVE_INFINITY) {
      return Math.sqrt(sum);
    }
    if (sum < SAFE) {
      return Math.sqrt(sum(n, 1 / SCALE, x, x0, incX)) * SCALE;
    }
    return Double.isNaN(sum) ? sum : Math.sqrt(sum(n, SCALE, x, x0, incX)) / SCALE;
  }

  /** The sum of squares of {@code scale * x}. */
  private static double sum(int n, double scale, double[] x, int x0, int incX) {
    double sum = 0;
    for (int b = 0; b < n; b += Block.ELEMENTS) {
      int size = Math.min(Block.ELEMENTS, n - b);
      int xb = (int) (x0 + (long) b * incX);
      sum += incX == 1 ? block(size, scale, x, xb) : strided(size, scale, x, xb, incX);
      if (n - b <= Block.ELEMENTS) {
        break; // the next b may overflow
      }
    }
    return sum;
  }

  private static double sum(long n, double scale, MemorySegment x, long x0, long incX) {
    boolean fast = incX == 1 && x.getClass() == NATIVE;
    double sum = 0;
    for (long b = 0; b < n; b += Block.ELEMENTS) {
      int size = (int) Math.min(Block.ELEMENTS, n - b);
      long xb = x0 + b * incX;
      sum += fast ? block(size, scale, x, Double.BYTES * xb) : strided(size, scale, x, xb, incX);
    }
    return sum;
  }

  private static double block(int n, double scale, double[] x, int x0) {
    int whole = n - n % VIRTUAL_LANES;
    DoubleVector factor = DoubleVector.broadcast(S, scale);
    DoubleVector v;
    DoubleVector s0 = DoubleVector.zero(S);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector s4 = s0;
    DoubleVector s5 = s0;
    DoubleVector s6 = s0;
    DoubleVector s7 = s0;
    int i = 0;
    for (; i < whole; i += VIRTUAL_LANES) {
      int p = x0 + i;
      v = DoubleVector.fromArray(S, x, p).mul(factor);
      s0 = v.fma(v, s0);
      v = DoubleVector.fromArray(S, x, p + L).mul(factor);
      s1 = v.fma(v, s1);
      if (VECTORS > 2) {
        v = DoubleVector.fromArray(S, x, p + 2 * L).mul(factor);
        s2 = v.fma(v, s2);
        v = DoubleVector.fromArray(S, x, p + 3 * L).mul(factor);
        s3 = v.fma(v, s3);
      }
      if (VECTORS > 4) {
        v = DoubleVector.fromArray(S, x, p + 4 * L).mul(factor);
        s4 = v.fma(v, s4);
        v = DoubleVector.fromArray(S, x, p + 5 * L).mul(factor);
        s5 = v.fma(v, s5);
        v = DoubleVector.fromArray(S, x, p + 6 * L).mul(factor);
        s6 = v.fma(v, s6);
        v = DoubleVector.fromArray(S, x, p + 7 * L).mul(factor);
        s7 = v.fma(v, s7);
      }
    }
    double tail = 0;
    for (; i < n; i++) {
      double xi = scale * x[x0 + i];
      tail = Math.fma(xi, xi, tail);
    }
    DoubleVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return (s.lane(0) + s.lane(1)) + tail;
  }

  /** The same on native memory, from byte offsets. */
  private static double block(int n, double scale, MemorySegment x, long x0) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % VIRTUAL_LANES;
    DoubleVector factor = DoubleVector.broadcast(S, scale);
    DoubleVector v;
    DoubleVector s0 = DoubleVector.zero(S);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector s4 = s0;
    DoubleVector s5 = s0;
    DoubleVector s6 = s0;
    DoubleVector s7 = s0;
    int i = 0;
    for (; i < whole; i += VIRTUAL_LANES) {
      long p = x0 + (long) i * Double.BYTES;
      v = DoubleVector.fromMemorySegment(S, x, p, nativeOrder()).mul(factor);
      s0 = v.fma(v, s0);
      v = DoubleVector.fromMemorySegment(S, x, p + Lanes.BYTES, nativeOrder()).mul(factor);
      s1 = v.fma(v, s1);
      if (VECTORS > 2) {
        v = DoubleVector.fromMemorySegment(S, x, p + 2L * Lanes.BYTES, nativeOrder()).mul(factor);
        s2 = v.fma(v, s2);
        v = DoubleVector.fromMemorySegment(S, x, p + 3L * Lanes.BYTES, nativeOrder()).mul(factor);
        s3 = v.fma(v, s3);
      }
      if (VECTORS > 4) {
        v = DoubleVector.fromMemorySegment(S, x, p + 4L * Lanes.BYTES, nativeOrder()).mul(factor);
        s4 = v.fma(v, s4);
        v = DoubleVector.fromMemorySegment(S, x, p + 5L * Lanes.BYTES, nativeOrder()).mul(factor);
        s5 = v.fma(v, s5);
        v = DoubleVector.fromMemorySegment(S, x, p + 6L * Lanes.BYTES, nativeOrder()).mul(factor);
        s6 = v.fma(v, s6);
        v = DoubleVector.fromMemorySegment(S, x, p + 7L * Lanes.BYTES, nativeOrder()).mul(factor);
        s7 = v.fma(v, s7);
      }
    }
    double tail = 0;
    for (; i < n; i++) {
      long at = (long) i * Double.BYTES;
      double xi = scale * x.get(JAVA_DOUBLE_UNALIGNED, x0 + at);
      tail = Math.fma(xi, xi, tail);
    }
    DoubleVector s = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    s = L > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = L > 2 ? s.add(s.rearrange(BY_2)) : s;
    return (s.lane(0) + s.lane(1)) + tail;
  }

  /** The same sum, one virtual lane after the other. */
  private static double strided(int n, double scale, double[] x, int x0, int incX) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, scale, x, x0, incX) + chain(whole, 1, n, scale, x, x0, incX);
  }

  /** The sum of the virtual lanes {@code first + k * step}, folded as the vectors are. */
  private static double lanes(
      int first, int step, int n, double scale, double[] x, int x0, int incX) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, scale, x, x0, incX);
    }
    return lanes(first, 2 * step, n, scale, x, x0, incX)
        + lanes(first + step, 2 * step, n, scale, x, x0, incX);
  }

  private static double chain(
      int first, int step, int n, double scale, double[] x, int x0, int incX) {
    double sum = 0;
    for (long i = first; i < n; i += step) {
      double xi = scale * x[(int) (x0 + i * incX)];
      sum = Math.fma(xi, xi, sum);
    }
    return sum;
  }

  private static double strided(int n, double scale, MemorySegment x, long x0, long incX) {
    int whole = n - n % VIRTUAL_LANES;
    return lanes(0, 1, whole, scale, x, x0, incX) + chain(whole, 1, n, scale, x, x0, incX);
  }

  private static double lanes(
      int first, int step, int n, double scale, MemorySegment x, long x0, long incX) {
    if (step == VIRTUAL_LANES) {
      return chain(first, VIRTUAL_LANES, n, scale, x, x0, incX);
    }
    return lanes(first, 2 * step, n, scale, x, x0, incX)
        + lanes(first + step, 2 * step, n, scale, x, x0, incX);
  }

  private static double chain(
      int first, int step, int n, double scale, MemorySegment x, long x0, long incX) {
    double sum = 0;
    for (long i = first; i < n; i += step) {
      double xi = scale * x.get(JAVA_DOUBLE_UNALIGNED, Double.BYTES * (x0 + i * incX));
      sum = Math.fma(xi, xi, sum);
    }
    return sum;
  }
}
