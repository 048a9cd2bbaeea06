package dev.lanewise.ops.loss;

import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Squared error: {@code loss = (x - target)^2}, its gradient {@code 2 (x - target)}. The mean over
 * n elements is the total divided by n, with a {@code scale} of {@code 1 / n}.
 *
 * <p>NaN gives NaN, an infinity +infinity, two equal ones NaN; so does a square that is more than
 * the largest float make the sum +infinity. No elements: no blocks.
 *
 * <p>The losses of a block of {@code LossBlocks.SIZE} elements are summed over 32 virtual lanes,
 * element i in lane {@code i % 32} in order of i, folded as {@code j + (j + 16)}, then 8, 4, 2, 1;
 * the last elements that do not fill the lanes are summed on their own, in order, and added at the
 * end. {@code LossBlocks.total} adds the blocks: the same bits at every width and however the
 * blocks are split.
 *
 * <p>Error, u = 2^-24: the sum of a block is off by at most {@code (SIZE / 32 + 8) u} of itself,
 * the total by {@code n / SIZE 2^-53} more; {@code |dx - dx'| <= 2 u |dx|}.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class MeanSquaredError {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.segments.MeanSquaredError.forward(
              c.at(0), c.at(1), c.at(2), c.n0, begin, end);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.arrays.MeanSquaredError.forward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.doubles(2),
              c.offset(2),
              c.n0,
              begin,
              end);

  private static final Call.Kernel FORWARD_BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.segments.MeanSquaredError.forwardBackward(
              c.at(0), c.at(1), c.at(2), c.at(3), (float) c.p0, c.n0, begin, end);

  private static final Call.Kernel FORWARD_BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.loss.arrays.MeanSquaredError.forwardBackward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.doubles(3),
              c.offset(3),
              (float) c.p0,
              c.n0,
              begin,
              end);

  static {
    VectorModule.require();
  }

  private MeanSquaredError() {}

  /** Blocks over which the losses of {@code n} elements are summed. */
  public static long blocks(long n) {
    return LossBlocks.count(n);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static double forward(
      MemorySegment x, MemorySegment target, MemorySegment partials, long n) {
    return forward(x, target, partials, n, Workers.shared());
  }

  /**
   * The sum of the losses.
   *
   * @param x read: {@code n} predictions
   * @param target read: {@code n} elements
   * @param partials scratch: one double for each of the {@code blocks}
   * @param n elements in all
   * @param workers the threads it is split over where that pays
   * @return the sum of all losses, in double precision
   */
  public static double forward(
      MemorySegment x, MemorySegment target, MemorySegment partials, long n, Workers workers) {
    Ranges.checkSize("n", n);
    Call call =
        Call.borrow()
            .read("x", x, n)
            .read("target", target, n)
            .writeDoubles("partials", partials, LossBlocks.count(n));
    call.n0 = n;
    call.run(FORWARD, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, n);
  }

  /** The same on arrays, over the shared workers. */
  public static double forward(float[] x, float[] target, double[] partials, int n) {
    return forward(x, 0, target, 0, partials, 0, n, Workers.shared());
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
      Workers workers) {
    Ranges.checkSize("n", n);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, n)
            .read("target", target, targetOffset, n)
            .writeDoubles("partials", partials, partialsOffset, LossBlocks.count(n));
    call.n0 = n;
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
      float scale) {
    return forwardBackward(x, target, dx, partials, n, scale, Workers.shared());
  }

  /**
   * The sum of the losses, and their gradient.
   *
   * @param x read: {@code n} predictions
   * @param target read: {@code n} elements
   * @param dx overwritten: {@code n} elements; may be {@code x} or {@code target} itself
   * @param partials scratch: one double for each of the {@code blocks}
   * @param n elements in all
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
      float scale,
      Workers workers) {
    Ranges.checkSize("n", n);
    Call call =
        Call.borrow()
            .read("x", x, n)
            .read("target", target, n)
            .write("dx", dx, n, "x", "target")
            .writeDoubles("partials", partials, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = scale;
    call.run(FORWARD_BACKWARD, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, n);
  }

  /** The same on arrays, over the shared workers. */
  public static double forwardBackward(
      float[] x, float[] target, float[] dx, double[] partials, int n, float scale) {
    return forwardBackward(x, 0, target, 0, dx, 0, partials, 0, n, scale, Workers.shared());
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
      float scale,
      Workers workers) {
    Ranges.checkSize("n", n);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, n)
            .read("target", target, targetOffset, n)
            .write("dx", dx, dxOffset, n, "x", "target")
            .writeDoubles("partials", partials, partialsOffset, LossBlocks.count(n));
    call.n0 = n;
    call.p0 = scale;
    call.run(FORWARD_BACKWARD_ARRAYS, LossBlocks.count(n), Grain.loss(), workers);
    return LossBlocks.total(partials, partialsOffset, n);
  }
}
