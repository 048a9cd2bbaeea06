package dev.lanewise.kernel.reduce;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.F64;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Sums of squares in double precision, one per block of {@link #BLOCK} elements; the caller adds
 * them in order.
 *
 * <p>Within a block element i goes to the virtual lane {@code i % 16} in order of i, the lanes are
 * folded as {@code j + (j + 8)}, then 4, 2, 1; the last {@code n % 16} elements are summed on their
 * own, in order, and added at the end. The order depends on {@code n} alone: the same bits at every
 * width and however the blocks are split.
 *
 * <p>The square of a float is exact in double, so the relative error of a block is at most {@code
 * (BLOCK / 16 + 20) 2^-53} and nothing overflows or underflows. NaN gives NaN, an infinity
 * +infinity. No elements: no blocks.
 */
public final class SumOfSquares {
  /** Elements of a block. */
  public static final int BLOCK = 4096;

  /** Lanes of a block, whatever the width. */
  public static final int VIRTUAL_LANES = 16;

  /** Float vectors that make up the virtual lanes: 1, 2 or 4. */
  private static final int VECTORS = VIRTUAL_LANES / F32_LANES;

  private SumOfSquares() {}

  /** Blocks of {@code n} elements, the last one possibly shorter. */
  public static long blocks(long n) {
    return Math.ceilDiv(n, (long) BLOCK);
  }

  /**
   * {@code partials[b] = sum of x[i]^2 over block b} for the given blocks.
   *
   * @param x read: {@code n} elements
   * @param n elements in all
   * @param partials overwritten: one double per block, {@link #blocks} in all
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void partials(
      MemorySegment x, long n, MemorySegment partials, long blockBegin, long blockEnd) {
    assert 0 <= blockBegin && blockBegin <= blockEnd && blockEnd <= blocks(n);
    for (long b = blockBegin; b < blockEnd; b++) {
      long first = b * BLOCK;
      double sum = block(x, first * Float.BYTES, (int) Math.min(BLOCK, n - first));
      partials.set(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES, sum);
    }
  }

  /**
   * The sum of squares of one block of native memory.
   *
   * @param base byte at which the block begins
   * @param n its elements, at most {@link #BLOCK}
   */
  public static double block(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % VIRTUAL_LANES;
    // A pair of accumulators per float vector. They change places after each vector, so one loop
    // body serves every
    // width; after a multiple of 16 elements each pair is back in its place.
    DoubleVector lo0 = DoubleVector.zero(F64);
    DoubleVector hi0 = lo0;
    DoubleVector lo1 = lo0;
    DoubleVector hi1 = lo0;
    DoubleVector lo2 = lo0;
    DoubleVector hi2 = lo0;
    DoubleVector lo3 = lo0;
    DoubleVector hi3 = lo0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      FloatVector v =
          FloatVector.fromMemorySegment(
              F32, x, base + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      DoubleVector lo = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector hi = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 1);
      lo = lo.fma(lo, lo0);
      hi = hi.fma(hi, hi0);
      if (VECTORS == 1) {
        lo0 = lo;
        hi0 = hi;
      } else if (VECTORS == 2) {
        lo0 = lo1;
        hi0 = hi1;
        lo1 = lo;
        hi1 = hi;
      } else {
        lo0 = lo1;
        hi0 = hi1;
        lo1 = lo2;
        hi1 = hi2;
        lo2 = lo3;
        hi2 = hi3;
        lo3 = lo;
        hi3 = hi;
      }
    }
    double tail = 0;
    for (; i < n; i++) {
      double d = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      tail = Math.fma(d, d, tail);
    }
    // Fold 16 -> 8 -> 4 -> 2 -> 1; what is not a whole vector apart is folded by lane numbers.
    if (VECTORS == 1) {
      DoubleVector s = lo0.add(hi0);
      double s0 = s.lane(0) + s.lane(4);
      double s1 = s.lane(1) + s.lane(5);
      double s2 = s.lane(2) + s.lane(6);
      double s3 = s.lane(3) + s.lane(7);
      return ((s0 + s2) + (s1 + s3)) + tail;
    }
    if (VECTORS == 2) {
      DoubleVector s = lo0.add(lo1).add(hi0.add(hi1));
      return ((s.lane(0) + s.lane(2)) + (s.lane(1) + s.lane(3))) + tail;
    }
    DoubleVector s = lo0.add(lo2).add(lo1.add(lo3)).add(hi0.add(hi2).add(hi1.add(hi3)));
    return (s.lane(0) + s.lane(1)) + tail;
  }

  /** The same on an array, from element {@code offset + base} on. */
  public static double block(float[] x, int offset, int base, int n) {
    return block(x, offset + base, n);
  }

  /** The same on an array, from element {@code base} on. */
  public static double block(float[] x, int base, int n) {
    int whole = n - n % VIRTUAL_LANES;
    DoubleVector lo0 = DoubleVector.zero(F64);
    DoubleVector hi0 = lo0;
    DoubleVector lo1 = lo0;
    DoubleVector hi1 = lo0;
    DoubleVector lo2 = lo0;
    DoubleVector hi2 = lo0;
    DoubleVector lo3 = lo0;
    DoubleVector hi3 = lo0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      FloatVector v = FloatVector.fromArray(F32, x, base + i);
      DoubleVector lo = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector hi = (DoubleVector) v.convertShape(VectorOperators.F2D, F64, 1);
      lo = lo.fma(lo, lo0);
      hi = hi.fma(hi, hi0);
      if (VECTORS == 1) {
        lo0 = lo;
        hi0 = hi;
      } else if (VECTORS == 2) {
        lo0 = lo1;
        hi0 = hi1;
        lo1 = lo;
        hi1 = hi;
      } else {
        lo0 = lo1;
        hi0 = hi1;
        lo1 = lo2;
        hi1 = hi2;
        lo2 = lo3;
        hi2 = hi3;
        lo3 = lo;
        hi3 = hi;
      }
    }
    double tail = 0;
    for (; i < n; i++) {
      double d = x[base + i];
      tail = Math.fma(d, d, tail);
    }
    // Fold 16 -> 8 -> 4 -> 2 -> 1; what is not a whole vector apart is folded by lane numbers.
    if (VECTORS == 1) {
      DoubleVector s = lo0.add(hi0);
      double s0 = s.lane(0) + s.lane(4);
      double s1 = s.lane(1) + s.lane(5);
      double s2 = s.lane(2) + s.lane(6);
      double s3 = s.lane(3) + s.lane(7);
      return ((s0 + s2) + (s1 + s3)) + tail;
    }
    if (VECTORS == 2) {
      DoubleVector s = lo0.add(lo1).add(hi0.add(hi1));
      return ((s.lane(0) + s.lane(2)) + (s.lane(1) + s.lane(3))) + tail;
    }
    DoubleVector s = lo0.add(lo2).add(lo1.add(lo3)).add(hi0.add(hi2).add(hi1.add(hi3)));
    return (s.lane(0) + s.lane(1)) + tail;
  }
}
