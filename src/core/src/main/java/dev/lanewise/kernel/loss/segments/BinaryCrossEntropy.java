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
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Binary cross-entropy from logits: {@code loss = max(x, 0) - x target + log1p(exp(-|x|))}, its
 * gradient {@code sigmoid(x) - target}. With a weight p of the positive class it is, as PyTorch
 * defines it, {@code (1 - target) x + (1 + (p - 1) target) (log1p(exp(-|x|)) + max(-x, 0))}.
 *
 * <p>Both are computed so that nothing cancels: with {@code e = exp(-|x|)}, {@code w = p target +
 * (1 - target)} and {@code c} = {@code p target} where x is negative, else {@code 1 - target},
 * {@code loss = c |x| + w log1p(e)} and the gradient is {@code +-(c - w e / (1 + e))}, minus where
 * x is negative. The mean over n elements is the total divided by n, with a {@code scale} of {@code
 * 1 / n}.
 *
 * <p>Beyond |x| = 69 e counts as 0, which spares the subnormals. NaN gives NaN. An infinite logit
 * has an infinite loss, or NaN where c is 0, that of a sure answer that is right. No elements: no
 * blocks.
 *
 * <p>The losses of a block of {@link LossBlocks#SIZE} elements are summed over 32 virtual lanes,
 * element i in lane {@code i % 32} in order of i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1;
 * the last elements that do not fill the lanes are summed on their own, in order, and added at the
 * end. {@link LossBlocks#total} adds the blocks: the same bits at every width and however the
 * blocks are split.
 *
 * <p>Error for targets in [0, 1], u = 2^-24: the sum of a block is off by at most {@code (SIZE / 32
 * + 16) u} of itself and {@code SIZE 2^-99 w}, the total by {@code n / SIZE 2^-53} more; {@code |dx
 * - dx'| <= ((8 w e / (1 + e) + 2 c) u + 2^-99 w) scale + 2 u |dx|}.
 */
public final class BinaryCrossEntropy {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  /** Where exp(-|x|) counts as 0: 2^-99, far from the subnormals. */
  private static final float FARTHEST = -69;

  private BinaryCrossEntropy() {}

  /**
   * The sums of the losses of the given blocks.
   *
   * @param x read: {@code n} logits
   * @param target read: {@code n} elements, in [0, 1]
   * @param partials overwritten: one double per block, {@link LossBlocks#count} in all
   * @param positiveWeight p, not negative; 1 for the plain form
   * @param n elements in all
   * @param blockBegin first block
   * @param blockEnd one past the last block
   */
  public static void forward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment partials,
      float positiveWeight,
      long n,
      long blockBegin,
      long blockEnd) {
    assert 0 <= blockBegin && blockBegin <= blockEnd && blockEnd <= LossBlocks.count(n);
    for (long b = blockBegin; b < blockEnd; b++) {
      long base = b * SIZE * Float.BYTES;
      int size = LossBlocks.size(n, b);
      int whole = size - size % LANES;
      float sum = whole > 0 ? sumWhole(x, target, base, whole, positiveWeight) : 0;
      float tail = 0;
      for (int i = whole; i < size; i++) {
        long at = base + (long) i * Float.BYTES;
        float logit = x.get(JAVA_FLOAT_UNALIGNED, at);
        float t = target.get(JAVA_FLOAT_UNALIGNED, at);
        float a = Math.abs(logit);
        float e = -a < FARTHEST ? 0 : Exp.exp(-a);
        float positive = t * positiveWeight;
        float negative = 1 - t;
        float c = logit < 0 ? positive : negative;
        tail += Math.fma(c, a, (positive + negative) * Log.log1p(e));
      }
      partials.set(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES, sum + tail);
    }
  }

  /**
   * The whole blocks of 32 virtual lanes, in a method of their own that has at least one: C2 takes
   * calls that were rare in their method for cold and would leave them out of the loop, boxed.
   */
  private static float sumWhole(
      MemorySegment x, MemorySegment target, long base, int whole, float positiveWeight) {
    if (x.getClass() != NATIVE || target.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, target);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector logit = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector t = FloatVector.fromMemorySegment(F32, target, at, ByteOrder.nativeOrder());
      FloatVector a = logit.abs();
      FloatVector minus = a.neg();
      VectorMask<Float> far = minus.compare(VectorOperators.LT, FARTHEST);
      FloatVector e = Exp.normal(minus).blend(0, far);
      FloatVector positive = t.mul(positiveWeight);
      FloatVector negative = FloatVector.broadcast(F32, 1).sub(t);
      FloatVector c = negative.blend(positive, logit.compare(VectorOperators.LT, 0));
      FloatVector next = c.fma(a, positive.add(negative).mul(Log.log1p(e))).add(s0);
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
    // VirtualLanes.sum written out: after two functions C2 would not inline it, and box.
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(VirtualLanes.BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(VirtualLanes.BY_4));
    }
    sum = sum.add(sum.rearrange(VirtualLanes.BY_2));
    sum = sum.add(sum.rearrange(VirtualLanes.BY_1));
    return sum.lane(0);
  }

  /**
   * The sums of the losses of the given blocks, with the bits of {@link #forward}, and in the same
   * pass the gradient times {@code scale}.
   *
   * @param x read: {@code n} logits
   * @param target read: {@code n} elements, in [0, 1]
   * @param dx overwritten: {@code n} elements; may be {@code x} or {@code target} itself
   * @param partials overwritten: one double per block, {@link LossBlocks#count} in all
   * @param positiveWeight p, not negative; 1 for the plain form
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
      float positiveWeight,
      float scale,
      long n,
      long blockBegin,
      long blockEnd) {
    assert 0 <= blockBegin && blockBegin <= blockEnd && blockEnd <= LossBlocks.count(n);
    for (long b = blockBegin; b < blockEnd; b++) {
      long base = b * SIZE * Float.BYTES;
      int size = LossBlocks.size(n, b);
      int whole = size - size % LANES;
      float sum = whole > 0 ? gradientWhole(x, target, dx, base, whole, positiveWeight, scale) : 0;
      float tail = 0;
      for (int i = whole; i < size; i++) {
        long at = base + (long) i * Float.BYTES;
        float logit = x.get(JAVA_FLOAT_UNALIGNED, at);
        float t = target.get(JAVA_FLOAT_UNALIGNED, at);
        float a = Math.abs(logit);
        float e = -a < FARTHEST ? 0 : Exp.exp(-a);
        float positive = t * positiveWeight;
        float negative = 1 - t;
        float c = logit < 0 ? positive : negative;
        float w = positive + negative;
        tail += Math.fma(c, a, w * Log.log1p(e));
        float slope = Math.fma(w, -(e / (e + 1)), c) * scale;
        dx.set(JAVA_FLOAT_UNALIGNED, at, logit < 0 ? -slope : slope);
      }
      partials.set(JAVA_DOUBLE_UNALIGNED, b * Double.BYTES, sum + tail);
    }
  }

  /** {@link #sumWhole} with the gradient: written out, a flag would cost the loop its shape. */
  private static float gradientWhole(
      MemorySegment x,
      MemorySegment target,
      MemorySegment dx,
      long base,
      int whole,
      float positiveWeight,
      float scale) {
    if (x.getClass() != NATIVE || target.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, target, dx);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector logit = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector t = FloatVector.fromMemorySegment(F32, target, at, ByteOrder.nativeOrder());
      FloatVector a = logit.abs();
      FloatVector minus = a.neg();
      VectorMask<Float> far = minus.compare(VectorOperators.LT, FARTHEST);
      VectorMask<Float> below = logit.compare(VectorOperators.LT, 0);
      FloatVector e = Exp.normal(minus).blend(0, far);
      FloatVector positive = t.mul(positiveWeight);
      FloatVector negative = FloatVector.broadcast(F32, 1).sub(t);
      FloatVector c = negative.blend(positive, below);
      FloatVector w = positive.add(negative);
      FloatVector next = c.fma(a, w.mul(Log.log1p(e))).add(s0);
      FloatVector slope = w.fma(e.div(e.add(1)).neg(), c).mul(scale);
      slope.blend(slope.neg(), below).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
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
    // VirtualLanes.sum written out: after two functions C2 would not inline it, and box.
    FloatVector sum;
    if (VECTORS == 2) {
      sum = s0.add(s1);
    } else if (VECTORS == 4) {
      sum = s0.add(s2).add(s1.add(s3));
    } else {
      sum = s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7)));
    }
    if (F32_LANES == 16) {
      sum = sum.add(sum.rearrange(VirtualLanes.BY_8));
    }
    if (F32_LANES >= 8) {
      sum = sum.add(sum.rearrange(VirtualLanes.BY_4));
    }
    sum = sum.add(sum.rearrange(VirtualLanes.BY_2));
    sum = sum.add(sum.rearrange(VirtualLanes.BY_1));
    return sum.lane(0);
  }
}
