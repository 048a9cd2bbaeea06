package dev.lanewise.kernel.loss.segments;

import static dev.lanewise.kernel.loss.LossBlocks.SIZE;
import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Absolute error (L1): {@code loss = |x - target|}, its gradient the sign of {@code x - target}, 0
 * where they are equal. The mean over n elements is the total divided by n, with a {@code scale} of
 * {@code 1 / n}.
 *
 * <p>NaN gives NaN, an infinity +infinity, two equal ones NaN. No elements: no blocks.
 *
 * <p>The losses of a block of {@link LossBlocks#SIZE} elements are summed over 32 virtual lanes,
 * element i in lane {@code i % 32} in order of i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1;
 * the last elements that do not fill the lanes are summed on their own, in order, and added at the
 * end. {@link LossBlocks#total} adds the blocks: the same bits at every width and however the
 * blocks are split.
 *
 * <p>Error, u = 2^-24: the sum of a block is off by at most {@code (SIZE / 32 + 7) u} of itself,
 * the total by {@code n / SIZE 2^-53} more; the gradient is exact.
 */
public final class MeanAbsoluteError {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private MeanAbsoluteError() {}

  /**
   * The sums of the losses of the given blocks.
   *
   * @param x read: {@code n} predictions
   * @param target read: {@code n} elements
   * @param partials overwritten: one double per block, {@link LossBlocks#count} in all
   * @param n elements in all
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void forward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment partials,
      long n,
      long blockBegin,
      long blockEnd) {
    assert 0 <= blockBegin && blockBegin <= blockEnd && blockEnd <= LossBlocks.count(n);
    for (long b = blockBegin; b < blockEnd; b++) {
      long base = b * SIZE * Float.BYTES;
      double sum = block(x, target, base, LossBlocks.size(n, b));
      partials.set(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES, sum);
    }
  }

  private static float block(MemorySegment x, MemorySegment target, long base, int n) {
    if (x.getClass() != NATIVE || target.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, target);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .sub(FloatVector.fromMemorySegment(F32, target, at, ByteOrder.nativeOrder()));
      FloatVector next = d.abs().add(s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    float tail = 0;
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - target.get(JAVA_FLOAT_UNALIGNED, at);
      tail += Math.abs(d);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  /**
   * The sums of the losses of the given blocks, with the bits of {@link #forward}, and in the same
   * pass the gradient {@code dx = sign(x - target) scale}.
   *
   * @param x read: {@code n} predictions
   * @param target read: {@code n} elements
   * @param dx overwritten: {@code n} elements; may be {@code x} or {@code target} itself
   * @param partials overwritten: one double per block, {@link LossBlocks#count} in all
   * @param scale cotangent of the sum of all losses, {@code 1 / n} for a mean
   * @param n elements in all
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void forwardBackward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment dx,
      MemorySegment partials,
      float scale,
      long n,
      long blockBegin,
      long blockEnd) {
    assert 0 <= blockBegin && blockBegin <= blockEnd && blockEnd <= LossBlocks.count(n);
    for (long b = blockBegin; b < blockEnd; b++) {
      long base = b * SIZE * Float.BYTES;
      double sum = blockWithGradient(x, target, dx, base, LossBlocks.size(n, b), scale);
      partials.set(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES, sum);
    }
  }

  private static float blockWithGradient(
      MemorySegment x, MemorySegment target, MemorySegment dx, long base, int n, float scale) {
    if (x.getClass() != NATIVE || target.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, target, dx);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
              .sub(FloatVector.fromMemorySegment(F32, target, at, ByteOrder.nativeOrder()));
      FloatVector next = d.abs().add(s0);
      // A difference of 0 or NaN stays what it is.
      d.blend(scale, d.compare(VectorOperators.GT, 0))
          .blend(-scale, d.compare(VectorOperators.LT, 0))
          .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    float tail = 0;
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - target.get(JAVA_FLOAT_UNALIGNED, at);
      tail += Math.abs(d);
      dx.set(JAVA_FLOAT_UNALIGNED, at, d > 0 ? scale : d < 0 ? -scale : d);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }
}
