package dev.lanewise.ops.loss;

import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

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
 * <p>The losses of a block of {@code LossBlocks.SIZE} elements are summed over 32 virtual lanes,
 * element i in lane {@code i % 32} in order of i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1;
 * the last elements that do not fill the lanes are summed on their own, in order, and added at the
 * end. {@code LossBlocks.total} adds the blocks: the same bits at every width and however the
 * blocks are split.
 *
 * <p>Error for targets in [0, 1], u = 2^-24: the sum of a block is off by at most {@code (SIZE / 32
 * + 16) u} of itself and {@code SIZE 2^-99 w}, the total by {@code n / SIZE 2^-53} more; {@code |dx
 * - dx'| <= ((8 w e / (1 + e) + 2 c) u + 2^-99 w) scale + 2 u |dx|}.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class BinaryCrossEntropy {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.segments.BinaryCrossEntropy.forward(
              c.at(0), c.at(1), c.at(2), (float) c.p0, c.n0, begin, end);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.arrays.BinaryCrossEntropy.forward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.doubles(2),
              c.offset(2),
              (float) c.p0,
              c.n0,
              begin,
              end);

  private static final Call.Kernel FORWARD_BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.segments.BinaryCrossEntropy.forwardBackward(
              c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p0, (float) c.p1, c.n0, begin, end);

  private static final Call.Kernel FORWARD_BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.arrays.BinaryCrossEntropy.forwardBackward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.doubles(3),
              c.offset(3),
              (float) c.p0,
              (float) c.p1,
              c.n0,
              begin,
              end);

  static {
    VectorModule.require();
  }

  private BinaryCrossEntropy() {}

  /** Blocks over which the losses of {@code n} elements are summed. */
  public static long blocks(long n) {
    return LossBlocks.count(n);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static double forward(
      MemorySegment x, MemorySegment target, MemorySegment partials, long n, float positiveWeight) {
    return forward(x, target, partials, n, positiveWeight, Workers.shared());
  }

  /**
   * The sum of the losses.
   *
   * @param x read: {@code n} logits
   * @param target read: {@code n} elements, in [0, 1]
   * @param partials scratch: one double for each of the {@code blocks}
   * @param n elements in all
   * @param positiveWeight p, not negative; 1 for the plain form
   * @param workers the threads it is split over where that pays
   * @return the sum of all losses, in double precision
   */
  public static double forward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment partials,
      long n,
      float positiveWeight,
      Workers workers) {
    Ranges.checkSize("n", n);
    Ranges.requireNotNegative("positiveWeight", positiveWeight);
    Call call =
        Call.borrow()
            .read("x", x, n)
            .read("target", target, n)
            .writeDoubles("partials", partials, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = positiveWeight;
    call.run(FORWARD, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, n);
  }

  /** The same on arrays, over the shared workers. */
  public static double forward(
      float[] x, float[] target, double[] partials, int n, float positiveWeight) {
    return forward(x, 0, target, 0, partials, 0, n, positiveWeight, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static double forward(
      float[] x,
      int xOffset,
      float[] target,
      int targetOffset,
      double[] partials,
      int partialsOffset,
      int n,
      float positiveWeight,
      Workers workers) {
    Ranges.checkSize("n", n);
    Ranges.requireNotNegative("positiveWeight", positiveWeight);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, n)
            .read("target", target, targetOffset, n)
            .writeDoubles("partials", partials, partialsOffset, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = positiveWeight;
    call.run(FORWARD_ARRAYS, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, partialsOffset, n);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static double forwardBackward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment dx,
      MemorySegment partials,
      long n,
      float positiveWeight,
      float scale) {
    return forwardBackward(x, target, dx, partials, n, positiveWeight, scale, Workers.shared());
  }

  /**
   * The sum of the losses, and their gradient.
   *
   * @param x read: {@code n} logits
   * @param target read: {@code n} elements, in [0, 1]
   * @param dx overwritten: {@code n} elements; may be {@code x} or {@code target} itself
   * @param partials scratch: one double for each of the {@code blocks}
   * @param n elements in all
   * @param positiveWeight p, not negative; 1 for the plain form
   * @param scale cotangent of the sum of all losses, {@code 1 / n} for a mean
   * @param workers the threads it is split over where that pays
   * @return the sum of all losses, in double precision
   */
  public static double forwardBackward(
      MemorySegment x,
      MemorySegment target,
      MemorySegment dx,
      MemorySegment partials,
      long n,
      float positiveWeight,
      float scale,
      Workers workers) {
    Ranges.checkSize("n", n);
    Ranges.requireNotNegative("positiveWeight", positiveWeight);
    Call call =
        Call.borrow()
            .read("x", x, n)
            .read("target", target, n)
            .write("dx", dx, n, "x", "target")
            .writeDoubles("partials", partials, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = positiveWeight;
    call.p1 = scale;
    call.run(FORWARD_BACKWARD, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, n);
  }

  /** The same on arrays, over the shared workers. */
  public static double forwardBackward(
      float[] x,
      float[] target,
      float[] dx,
      double[] partials,
      int n,
      float positiveWeight,
      float scale) {
    return forwardBackward(
        x, 0, target, 0, dx, 0, partials, 0, n, positiveWeight, scale, Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static double forwardBackward(
      float[] x,
      int xOffset,
      float[] target,
      int targetOffset,
      float[] dx,
      int dxOffset,
      double[] partials,
      int partialsOffset,
      int n,
      float positiveWeight,
      float scale,
      Workers workers) {
    Ranges.checkSize("n", n);
    Ranges.requireNotNegative("positiveWeight", positiveWeight);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, n)
            .read("target", target, targetOffset, n)
            .write("dx", dx, dxOffset, n, "x", "target")
            .writeDoubles("partials", partials, partialsOffset, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = positiveWeight;
    call.p1 = scale;
    call.run(FORWARD_BACKWARD_ARRAYS, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, partialsOffset, n);
  }
}
