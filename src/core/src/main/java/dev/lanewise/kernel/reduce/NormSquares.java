package dev.lanewise.kernel.reduce;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.BYTES;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.F64;
import static dev.lanewise.simd.Lanes.F64_LANES;
import static java.nio.ByteOrder.nativeOrder;
import static jdk.incubator.vector.VectorOperators.F2D;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums of squares of blocks as {@link SumOfSquares} has them, for norms that scale a step: a little
 * less exact, and with half the arithmetic for each cache line.
 *
 * <p>A whole block of {@link SumOfSquares#BLOCK} elements is taken 64 at a time: of those, element
 * i goes by fused multiply-add in single precision to the virtual lane {@code i % 16}, a chain of
 * four, which is added to one of 16 sums in double precision; those are folded as {@code j + (j +
 * 8)}, then 4, 2, 1. The order depends on nothing: the same bits at every width. A shorter block,
 * and one whose sum is below 2^-80 or not finite, is {@link SumOfSquares#block}: so nothing
 * overflows or underflows, NaN gives NaN, an infinity +infinity.
 *
 * <p>The relative error of a block is at most {@code 4.01 u}, u = 2^-24: four roundings of each
 * chain, and what underflows in 4,096 of them is less than 2^-58 of the sum.
 */
public final class NormSquares {
  /** Sums below it may have lost something to underflow. */
  private static final double LEAST = 0x1p-80;

  /** The virtual lanes of a row. */
  private static final int ROW_LANES = 16;

  private static final long ROW = ROW_LANES * (long) Float.BYTES;

  /** Elements of four rows. */
  private static final int TURN = 4 * ROW_LANES;

  /** Vectors that make up a row: 1, 2 or 4. */
  private static final int VECTORS = ROW_LANES / F32_LANES;

  /** Lane j reads lane {@code j + distance}: the last folds, within a vector. */
  private static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(F64, 4, 1, true);

  private static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(F64, 2, 1, true);

  private NormSquares() {}

  /**
   * The sum of squares of one block of native memory.
   *
   * @param base byte at which the block begins
   * @param n its elements, at most {@link SumOfSquares#BLOCK}
   */
  public static double block(MemorySegment x, long base, int n) {
    double sum = n == SumOfSquares.BLOCK ? whole(x, base) : 0;
    return sum >= LEAST && sum < Double.POSITIVE_INFINITY ? sum : SumOfSquares.block(x, base, n);
  }

  private static double whole(MemorySegment x, long base) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    DoubleVector s0 = DoubleVector.zero(F64);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector s4 = s0;
    DoubleVector s5 = s0;
    DoubleVector s6 = s0;
    DoubleVector s7 = s0;
    // The fences are no instructions, but C2 moves no load across them: out of order, loads from
    // memory are a third slower (RESULTS.md), since the processor does not see that they follow
    // each other.
    for (int i = 0; i < SumOfSquares.BLOCK; i += TURN) {
      long at = base + (long) i * Float.BYTES;
      FloatVector a0 = FloatVector.fromMemorySegment(F32, x, at, nativeOrder());
      FloatVector q0 = a0.mul(a0);
      VarHandle.loadLoadFence();
      a0 = FloatVector.fromMemorySegment(F32, x, at + ROW, nativeOrder());
      q0 = a0.fma(a0, q0);
      VarHandle.loadLoadFence();
      a0 = FloatVector.fromMemorySegment(F32, x, at + 2 * ROW, nativeOrder());
      q0 = a0.fma(a0, q0);
      VarHandle.loadLoadFence();
      a0 = FloatVector.fromMemorySegment(F32, x, at + 3 * ROW, nativeOrder());
      q0 = a0.fma(a0, q0);
      VarHandle.loadLoadFence();
      s0 = ((DoubleVector) q0.convertShape(F2D, F64, 0)).add(s0);
      s1 = ((DoubleVector) q0.convertShape(F2D, F64, 1)).add(s1);
      if (VECTORS > 1) {
        FloatVector a1 = FloatVector.fromMemorySegment(F32, x, at + BYTES, nativeOrder());
        FloatVector q1 = a1.mul(a1);
        VarHandle.loadLoadFence();
        a1 = FloatVector.fromMemorySegment(F32, x, at + ROW + BYTES, nativeOrder());
        q1 = a1.fma(a1, q1);
        VarHandle.loadLoadFence();
        a1 = FloatVector.fromMemorySegment(F32, x, at + 2 * ROW + BYTES, nativeOrder());
        q1 = a1.fma(a1, q1);
        VarHandle.loadLoadFence();
        a1 = FloatVector.fromMemorySegment(F32, x, at + 3 * ROW + BYTES, nativeOrder());
        q1 = a1.fma(a1, q1);
        VarHandle.loadLoadFence();
        s2 = ((DoubleVector) q1.convertShape(F2D, F64, 0)).add(s2);
        s3 = ((DoubleVector) q1.convertShape(F2D, F64, 1)).add(s3);
      }
      if (VECTORS > 2) {
        FloatVector a2 = FloatVector.fromMemorySegment(F32, x, at + 2L * BYTES, nativeOrder());
        FloatVector q2 = a2.mul(a2);
        VarHandle.loadLoadFence();
        a2 = FloatVector.fromMemorySegment(F32, x, at + ROW + 2L * BYTES, nativeOrder());
        q2 = a2.fma(a2, q2);
        VarHandle.loadLoadFence();
        a2 = FloatVector.fromMemorySegment(F32, x, at + 2 * ROW + 2L * BYTES, nativeOrder());
        q2 = a2.fma(a2, q2);
        VarHandle.loadLoadFence();
        a2 = FloatVector.fromMemorySegment(F32, x, at + 3 * ROW + 2L * BYTES, nativeOrder());
        q2 = a2.fma(a2, q2);
        VarHandle.loadLoadFence();
        s4 = ((DoubleVector) q2.convertShape(F2D, F64, 0)).add(s4);
        s5 = ((DoubleVector) q2.convertShape(F2D, F64, 1)).add(s5);
        FloatVector a3 = FloatVector.fromMemorySegment(F32, x, at + 3L * BYTES, nativeOrder());
        FloatVector q3 = a3.mul(a3);
        VarHandle.loadLoadFence();
        a3 = FloatVector.fromMemorySegment(F32, x, at + ROW + 3L * BYTES, nativeOrder());
        q3 = a3.fma(a3, q3);
        VarHandle.loadLoadFence();
        a3 = FloatVector.fromMemorySegment(F32, x, at + 2 * ROW + 3L * BYTES, nativeOrder());
        q3 = a3.fma(a3, q3);
        VarHandle.loadLoadFence();
        a3 = FloatVector.fromMemorySegment(F32, x, at + 3 * ROW + 3L * BYTES, nativeOrder());
        q3 = a3.fma(a3, q3);
        VarHandle.loadLoadFence();
        s6 = ((DoubleVector) q3.convertShape(F2D, F64, 0)).add(s6);
        s7 = ((DoubleVector) q3.convertShape(F2D, F64, 1)).add(s7);
      }
    }
    // Fold 16 -> 8 -> 4 across vectors, then within one.
    if (VECTORS > 2) {
      s0 = s0.add(s4);
      s1 = s1.add(s5);
      s2 = s2.add(s6);
      s3 = s3.add(s7);
    }
    if (VECTORS > 1) {
      s0 = s0.add(s2);
      s1 = s1.add(s3);
    }
    DoubleVector s = s0.add(s1);
    s = F64_LANES > 4 ? s.add(s.rearrange(BY_4)) : s;
    s = F64_LANES > 2 ? s.add(s.rearrange(BY_2)) : s;
    return s.lane(0) + s.lane(1);
  }
}
