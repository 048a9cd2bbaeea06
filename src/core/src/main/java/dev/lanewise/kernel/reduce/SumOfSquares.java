package dev.lanewise.kernel.reduce;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F64;
import static dev.lanewise.simd.Lanes.F64_LANES;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums of squares in double precision, one per block of {@link #BLOCK} elements; the caller adds
 * them in order.
 *
 * <p>Within a block element i goes to the virtual lane {@code i % 32} in order of i, the lanes are
 * folded as {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code n % 32} elements are summed on
 * their own, in order, and added at the end. The order depends on {@code n} alone: the same bits at
 * every width and however the blocks are split.
 *
 * <p>The square of a float is exact in double, so the relative error of a block is at most {@code
 * (BLOCK / 32 + 20) 2^-53} and nothing overflows or underflows. NaN gives NaN, an infinity
 * +infinity. No elements: no blocks.
 */
public final class SumOfSquares {
  /** Elements of a block. */
  public static final int BLOCK = 4096;

  /**
   * Lanes of a block, whatever the width: four chains at 512 bits, as many as the latency of a
   * fused multiply-add asks for at one a cycle, and no more than 16 registers hold at 128.
   */
  public static final int VIRTUAL_LANES = 32;

  /** Vectors that make up the virtual lanes: 4, 8 or 16. */
  private static final int VECTORS = VIRTUAL_LANES / F64_LANES;

  /** Elements per turn of the loop: four vectors, each of its own chain. */
  private static final int TURN = 4 * F64_LANES;

  /** Lane j reads lane {@code j + distance}: the last folds, within a vector. */
  private static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(F64, 4, 1, true);

  private static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(F64, 2, 1, true);

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
    double sum = whole == 0 ? 0 : ofWhole(x, base, whole);
    double tail = 0;
    for (int i = whole; i < n; i++) {
      double d = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      tail = Math.fma(d, d, tail);
    }
    return sum + tail;
  }

  /** The same on an array, from element {@code offset + base} on. */
  public static double block(float[] x, int offset, int base, int n) {
    return block(x, offset + base, n);
  }

  /** The same on an array, from element {@code base} on. */
  public static double block(float[] x, int base, int n) {
    int whole = n - n % VIRTUAL_LANES;
    double sum = whole == 0 ? 0 : ofWhole(x, base, whole);
    double tail = 0;
    for (int i = whole; i < n; i++) {
      double d = x[base + i];
      tail = Math.fma(d, d, tail);
    }
    return sum + tail;
  }

  /**
   * The whole virtual lanes of a block. Half a vector of floats fills one of doubles: taking the
   * upper half of a whole one costs C2 a permutation and a blend, so three of four are the lower
   * half of a load of their own. Half vectors would be a second class of float vectors in this JVM,
   * and C2 then boxes those of other kernels. The groups of four accumulators change places after
   * each turn, so one loop body serves every width; after a multiple of 32 elements each group is
   * back in its place, and those that a wider vector has no use for stay 0.
   */
  private static double ofWhole(MemorySegment x, long base, int whole) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    long next = (long) F64_LANES * Float.BYTES;
    DoubleVector s0 = DoubleVector.zero(F64);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector s4 = s0;
    DoubleVector s5 = s0;
    DoubleVector s6 = s0;
    DoubleVector s7 = s0;
    DoubleVector s8 = s0;
    DoubleVector s9 = s0;
    DoubleVector s10 = s0;
    DoubleVector s11 = s0;
    DoubleVector s12 = s0;
    DoubleVector s13 = s0;
    DoubleVector s14 = s0;
    DoubleVector s15 = s0;
    for (int i = 0; i < whole; i += TURN) {
      long at = base + (long) i * Float.BYTES;
      DoubleVector v0 =
          (DoubleVector)
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
                  .convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v1 =
          (DoubleVector)
              FloatVector.fromMemorySegment(F32, x, at + next, ByteOrder.nativeOrder())
                  .convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v2 =
          (DoubleVector)
              FloatVector.fromMemorySegment(F32, x, at + 2 * next, ByteOrder.nativeOrder())
                  .convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v3 =
          (DoubleVector)
              FloatVector.fromMemorySegment(F32, x, at + 2 * next, ByteOrder.nativeOrder())
                  .convertShape(VectorOperators.F2D, F64, 1);
      v0 = v0.fma(v0, s0);
      v1 = v1.fma(v1, s1);
      v2 = v2.fma(v2, s2);
      v3 = v3.fma(v3, s3);
      if (VECTORS == 16) {
        s0 = s4;
        s1 = s5;
        s2 = s6;
        s3 = s7;
        s4 = s8;
        s5 = s9;
        s6 = s10;
        s7 = s11;
        s8 = s12;
        s9 = s13;
        s10 = s14;
        s11 = s15;
        s12 = v0;
        s13 = v1;
        s14 = v2;
        s15 = v3;
      } else if (VECTORS == 8) {
        s0 = s4;
        s1 = s5;
        s2 = s6;
        s3 = s7;
        s4 = v0;
        s5 = v1;
        s6 = v2;
        s7 = v3;
      } else {
        s0 = v0;
        s1 = v1;
        s2 = v2;
        s3 = v3;
      }
    }
    // Fold 32 -> 16 -> 8 across vectors, then within one.
    s0 = s0.add(s8).add(s4.add(s12));
    s1 = s1.add(s9).add(s5.add(s13));
    s2 = s2.add(s10).add(s6.add(s14));
    s3 = s3.add(s11).add(s7.add(s15));
    DoubleVector s = s0.add(s2).add(s1.add(s3));
    s = F64_LANES > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = F64_LANES > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }

  /** The same on an array. */
  private static double ofWhole(float[] x, int base, int whole) {
    DoubleVector s0 = DoubleVector.zero(F64);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector s4 = s0;
    DoubleVector s5 = s0;
    DoubleVector s6 = s0;
    DoubleVector s7 = s0;
    DoubleVector s8 = s0;
    DoubleVector s9 = s0;
    DoubleVector s10 = s0;
    DoubleVector s11 = s0;
    DoubleVector s12 = s0;
    DoubleVector s13 = s0;
    DoubleVector s14 = s0;
    DoubleVector s15 = s0;
    for (int i = 0; i < whole; i += TURN) {
      int at = base + i;
      DoubleVector v0 =
          (DoubleVector)
              FloatVector.fromArray(F32, x, at).convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v1 =
          (DoubleVector)
              FloatVector.fromArray(F32, x, at + F64_LANES)
                  .convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v2 =
          (DoubleVector)
              FloatVector.fromArray(F32, x, at + 2 * F64_LANES)
                  .convertShape(VectorOperators.F2D, F64, 0);
      DoubleVector v3 =
          (DoubleVector)
              FloatVector.fromArray(F32, x, at + 2 * F64_LANES)
                  .convertShape(VectorOperators.F2D, F64, 1);
      v0 = v0.fma(v0, s0);
      v1 = v1.fma(v1, s1);
      v2 = v2.fma(v2, s2);
      v3 = v3.fma(v3, s3);
      if (VECTORS == 16) {
        s0 = s4;
        s1 = s5;
        s2 = s6;
        s3 = s7;
        s4 = s8;
        s5 = s9;
        s6 = s10;
        s7 = s11;
        s8 = s12;
        s9 = s13;
        s10 = s14;
        s11 = s15;
        s12 = v0;
        s13 = v1;
        s14 = v2;
        s15 = v3;
      } else if (VECTORS == 8) {
        s0 = s4;
        s1 = s5;
        s2 = s6;
        s3 = s7;
        s4 = v0;
        s5 = v1;
        s6 = v2;
        s7 = v3;
      } else {
        s0 = v0;
        s1 = v1;
        s2 = v2;
        s3 = v3;
      }
    }
    // Fold 32 -> 16 -> 8 across vectors, then within one.
    s0 = s0.add(s8).add(s4.add(s12));
    s1 = s1.add(s9).add(s5.add(s13));
    s2 = s2.add(s10).add(s6.add(s14));
    s3 = s3.add(s11).add(s7.add(s15));
    DoubleVector s = s0.add(s2).add(s1.add(s3));
    s = F64_LANES > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = F64_LANES > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }
}
