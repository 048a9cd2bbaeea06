package dev.lanewise.ops.norm;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Batch normalisation (S. Ioffe, C. Szegedy: Batch Normalization, 2015): of samples with {@code
 * channels} planes of {@code spatial} elements each, every channel is normalised over all its
 * {@code M = samples spatial} elements: {@code xh = (x - mean) rstd}, {@code rstd = 1 /
 * sqrt(variance + eps)}, {@code y = xh weight + bias}, with the biased variance. The running
 * statistics take in the mean and the unbiased variance, as PyTorch has it: {@code running +=
 * momentum (batch - running)}. The gradients: {@code dx = rstd weight (dy - mean(dy) - xh mean(dy
 * xh))}, {@code dWeight += sum of dy xh}, {@code dBias += sum of dy}.
 *
 * <p>A NaN or an infinity makes its channel NaN, and no other. Where a square of a distance from
 * the mean is more than the largest float, {@code rstd} is 0 and {@code y = bias}. One element per
 * channel has no unbiased variance: the running one becomes NaN.
 *
 * <p>Two passes as {@code RowVariance} has them, shifted by the first element of the channel: each
 * plane is summed over 32 virtual lanes, the planes are added in order of the samples in double
 * precision. Each channel is computed alone: the same bits at every width and however the channels
 * are split. Planes of few elements are slow: the vectors end at each of them.
 *
 * <p>Error, u = 2^-24: that of {@code LayerNorm} for a row of M elements, with {@code N = spatial /
 * 32 + 37} and, for dWeight and dBias, N in the place of ROWS, plus u times what they hold.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class BatchNorm {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.BatchNorm.forward(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              c.at(4),
              c.at(5),
              c.at(6),
              c.at(7),
              (float) c.p0,
              (float) c.p1,
              c.n0,
              c.n1,
              c.n2,
              begin,
              end);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.BatchNorm.forward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(4),
              c.offset(4),
              c.array(5),
              c.offset(5),
              c.array(6),
              c.offset(6),
              c.array(7),
              c.offset(7),
              (float) c.p0,
              (float) c.p1,
              c.n0,
              c.n1,
              c.n2,
              begin,
              end);

  private static final Call.Kernel INFER =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.BatchNorm.infer(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              c.at(4),
              c.at(5),
              (float) c.p0,
              c.n0,
              c.n1,
              c.n2,
              begin,
              end);

  private static final Call.Kernel INFER_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.BatchNorm.infer(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(4),
              c.offset(4),
              c.array(5),
              c.offset(5),
              (float) c.p0,
              c.n0,
              c.n1,
              c.n2,
              begin,
              end);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.BatchNorm.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.at(6), c.at(7), c.n0, c.n1,
              c.n2, begin, end);

  private static final Call.Kernel BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.BatchNorm.backward(
              c.array(0),
              c.offset(0),
              c.array(1),
              c.offset(1),
              c.array(2),
              c.offset(2),
              c.array(3),
              c.offset(3),
              c.array(4),
              c.offset(4),
              c.array(5),
              c.offset(5),
              c.array(6),
              c.offset(6),
              c.array(7),
              c.offset(7),
              c.n0,
              c.n1,
              c.n2,
              begin,
              end);

  static {
    VectorModule.require();
  }

  private BatchNorm() {}

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long samples,
      long channels,
      long spatial,
      float momentum,
      float eps) {
    forward(
        x,
        weight,
        bias,
        runningMean,
        runningVariance,
        y,
        mean,
        rstd,
        samples,
        channels,
        spatial,
        momentum,
        eps,
        Workers.shared());
  }

  /**
   * In training: {@code y = (x - mean) rstd weight + bias} with the statistics of the batch.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param runningMean read and overwritten: {@code channels} elements
   * @param runningVariance read and overwritten: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param mean overwritten: {@code channels} elements, for the backward pass
   * @param rstd overwritten: {@code channels} elements, for the backward pass
   * @param samples samples of the batch, at least 1
   * @param channels channels of a sample
   * @param spatial elements of a plane, from 1 to 2^31 - 1
   * @param momentum share of this batch in the running statistics, from 0 to 1
   * @param eps added to the variance, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long samples,
      long channels,
      long spatial,
      float momentum,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Ranges.requireShare("momentum", momentum);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, samples * channels * spatial)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .write("runningMean", runningMean, channels)
            .write("runningVariance", runningVariance, channels)
            .write("y", y, samples * channels * spatial, "x")
            .write("mean", mean, channels)
            .write("rstd", rstd, channels);
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.p0 = momentum;
    call.p1 = eps;
    call.run(FORWARD, channels, Grain.rows(Grain.ARITHMETIC, samples * spatial), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void forward(
      float[] x,
      float[] weight,
      float[] bias,
      float[] runningMean,
      float[] runningVariance,
      float[] y,
      float[] mean,
      float[] rstd,
      int samples,
      int channels,
      int spatial,
      float momentum,
      float eps) {
    forward(
        x,
        0,
        weight,
        0,
        bias,
        0,
        runningMean,
        0,
        runningVariance,
        0,
        y,
        0,
        mean,
        0,
        rstd,
        0,
        samples,
        channels,
        spatial,
        momentum,
        eps,
        Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void forward(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] bias,
      int biasOffset,
      float[] runningMean,
      int runningMeanOffset,
      float[] runningVariance,
      int runningVarianceOffset,
      float[] y,
      int yOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      int samples,
      int channels,
      int spatial,
      float momentum,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Ranges.requireShare("momentum", momentum);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) samples * channels * spatial)
            .read("weight", weight, weightOffset, channels)
            .read("bias", bias, biasOffset, channels)
            .write("runningMean", runningMean, runningMeanOffset, channels)
            .write("runningVariance", runningVariance, runningVarianceOffset, channels)
            .write("y", y, yOffset, (long) samples * channels * spatial, "x")
            .write("mean", mean, meanOffset, channels)
            .write("rstd", rstd, rstdOffset, channels);
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.p0 = momentum;
    call.p1 = eps;
    call.run(
        FORWARD_ARRAYS, channels, Grain.rows(Grain.ARITHMETIC, (long) samples * spatial), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void infer(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      MemorySegment y,
      long samples,
      long channels,
      long spatial,
      float eps) {
    infer(
        x,
        weight,
        bias,
        runningMean,
        runningVariance,
        y,
        samples,
        channels,
        spatial,
        eps,
        Workers.shared());
  }

  /**
   * In use: {@code y = (x - runningMean) / sqrt(runningVariance + eps) weight + bias}.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param runningMean read: {@code channels} elements
   * @param runningVariance read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param samples samples of the batch, at least 1
   * @param channels channels of a sample
   * @param spatial elements of a plane, from 1 to 2^31 - 1
   * @param eps added to the variance, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void infer(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      MemorySegment y,
      long samples,
      long channels,
      long spatial,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, samples * channels * spatial)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .read("runningMean", runningMean, channels)
            .read("runningVariance", runningVariance, channels)
            .write("y", y, samples * channels * spatial, "x");
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.p0 = eps;
    call.run(INFER, channels, Grain.rows(Grain.ARITHMETIC, samples * spatial), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void infer(
      float[] x,
      float[] weight,
      float[] bias,
      float[] runningMean,
      float[] runningVariance,
      float[] y,
      int samples,
      int channels,
      int spatial,
      float eps) {
    infer(
        x,
        0,
        weight,
        0,
        bias,
        0,
        runningMean,
        0,
        runningVariance,
        0,
        y,
        0,
        samples,
        channels,
        spatial,
        eps,
        Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void infer(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] bias,
      int biasOffset,
      float[] runningMean,
      int runningMeanOffset,
      float[] runningVariance,
      int runningVarianceOffset,
      float[] y,
      int yOffset,
      int samples,
      int channels,
      int spatial,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) samples * channels * spatial)
            .read("weight", weight, weightOffset, channels)
            .read("bias", bias, biasOffset, channels)
            .read("runningMean", runningMean, runningMeanOffset, channels)
            .read("runningVariance", runningVariance, runningVarianceOffset, channels)
            .write("y", y, yOffset, (long) samples * channels * spatial, "x");
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.p0 = eps;
    call.run(
        INFER_ARRAYS, channels, Grain.rows(Grain.ARITHMETIC, (long) samples * spatial), workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeight,
      MemorySegment dBias,
      long samples,
      long channels,
      long spatial) {
    backward(
        x,
        weight,
        mean,
        rstd,
        dy,
        dx,
        dWeight,
        dBias,
        samples,
        channels,
        spatial,
        Workers.shared());
  }

  /**
   * The gradients of {@code forward}: {@code dx} is overwritten, those of the parameters are added
   * to.
   *
   * @param x read: the input of the forward pass, samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code dy} or {@code x} itself
   * @param dWeight accumulated into: {@code channels} elements
   * @param dBias accumulated into: {@code channels} elements
   * @param samples samples of the batch, at least 1
   * @param channels channels of a sample
   * @param spatial elements of a plane, from 1 to 2^31 - 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeight,
      MemorySegment dBias,
      long samples,
      long channels,
      long spatial,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Call call =
        Call.borrow()
            .read("x", x, samples * channels * spatial)
            .read("weight", weight, channels)
            .read("mean", mean, channels)
            .read("rstd", rstd, channels)
            .read("dy", dy, samples * channels * spatial)
            .write("dx", dx, samples * channels * spatial, "x", "dy")
            .write("dWeight", dWeight, channels)
            .write("dBias", dBias, channels);
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.run(BACKWARD, channels, Grain.rows(Grain.ARITHMETIC, samples * spatial), workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backward(
      float[] x,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dx,
      float[] dWeight,
      float[] dBias,
      int samples,
      int channels,
      int spatial) {
    backward(
        x,
        0,
        weight,
        0,
        mean,
        0,
        rstd,
        0,
        dy,
        0,
        dx,
        0,
        dWeight,
        0,
        dBias,
        0,
        samples,
        channels,
        spatial,
        Workers.shared());
  }

  /** The same on ranges of arrays, each from an offset on. */
  public static void backward(
      float[] x,
      int xOffset,
      float[] weight,
      int weightOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      float[] dy,
      int dyOffset,
      float[] dx,
      int dxOffset,
      float[] dWeight,
      int dWeightOffset,
      float[] dBias,
      int dBiasOffset,
      int samples,
      int channels,
      int spatial,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.requireAtLeastOne("samples", samples);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) samples * channels * spatial)
            .read("weight", weight, weightOffset, channels)
            .read("mean", mean, meanOffset, channels)
            .read("rstd", rstd, rstdOffset, channels)
            .read("dy", dy, dyOffset, (long) samples * channels * spatial)
            .write("dx", dx, dxOffset, (long) samples * channels * spatial, "x", "dy")
            .write("dWeight", dWeight, dWeightOffset, channels)
            .write("dBias", dBias, dBiasOffset, channels);
    call.n0 = samples;
    call.n1 = channels;
    call.n2 = spatial;
    call.run(
        BACKWARD_ARRAYS, channels, Grain.rows(Grain.ARITHMETIC, (long) samples * spatial), workers);
  }
}
