package dev.lanewise.ops.norm;

import dev.lanewise.operand.Ranges;
import dev.lanewise.ops.call.Call;
import dev.lanewise.ops.call.Grain;
import dev.lanewise.ops.reduce.ColumnSum;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.lang.foreign.MemorySegment;

/**
 * Group normalisation (Y. Wu, K. He: Group Normalization, 2018): of samples with {@code channels}
 * planes of {@code spatial} elements each, the channels of a group are normalised together, {@code
 * xh = (x - mean) rstd}, {@code rstd = 1 / sqrt(variance + eps)}, mean and biased variance of the
 * group as {@code RowVariance} has them, and {@code y = xh weight[channel] + bias[channel]}. With
 * one group it is the layer normalisation of a sample, with as many groups as channels the instance
 * normalisation. The gradients, with {@code d = weight dy} and the means over the group: {@code dx
 * = rstd (d - mean(d) - xh mean(d xh))}, {@code dWeight = sum of dy xh}, {@code dBias = sum of dy}
 * over the planes of a channel.
 *
 * <p>A NaN or an infinity makes its group of its sample NaN, and nothing else in y and dx. Where a
 * square of a distance from the mean is more than the largest float, {@code rstd} is 0 and {@code y
 * = bias}. No samples: nothing is done.
 *
 * <p>Sums run over 32 virtual lanes as {@code RowVariance} has it; backward sums the planes of a
 * group in order of the channels in double precision. Each group of a sample is computed alone: the
 * same bits at every width and however the groups are split. Planes of few elements are slow: the
 * vectors of a group end at each of them.
 *
 * <p>Error, u = 2^-24, n elements in a group, {@code N = n / 32 + 31 + 5}: that of {@link
 * LayerNorm}, with {@code spatial / 32 + 37} in the place of N and ROWS for dx, dWeights and
 * dBiases.
 *
 * <p>On arrays and on native segments, on one thread or several: the same bits, and nothing is
 * allocated. Arguments are checked before the first element is written: an {@link
 * IllegalArgumentException} names both sides of what does not fit.
 */
public final class GroupNorm {
  private static final Call.Kernel FORWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.GroupNorm.forward(
              c.at(0),
              c.at(1),
              c.at(2),
              c.at(3),
              c.at(4),
              c.at(5),
              (float) c.p0,
              c.n0,
              c.n2,
              c.n1,
              begin,
              end);

  private static final Call.Kernel FORWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.GroupNorm.forward(
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
              c.n2,
              c.n1,
              begin,
              end);

  private static final Call.Kernel BACKWARD =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.segments.GroupNorm.backward(
              c.at(0), c.at(1), c.at(2), c.at(3), c.at(4), c.at(5), c.at(6), c.at(7), c.n0, c.n2,
              c.n1, begin, end);

  private static final Call.Kernel BACKWARD_ARRAYS =
      (c, begin, end) ->
          dev.lanewise.kernel.norm.arrays.GroupNorm.backward(
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
              c.n2,
              c.n1,
              begin,
              end);

  static {
    VectorModule.require();
  }

  private GroupNorm() {}

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long samples,
      long channels,
      long spatial,
      long groups,
      float eps) {
    forward(
        x, weight, bias, y, mean, rstd, samples, channels, spatial, groups, eps, Workers.shared());
  }

  /**
   * {@code y = (x - mean) rstd weight + bias}.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param mean overwritten: one element per group of a sample, for the backward pass
   * @param rstd overwritten: one element per group of a sample, for the backward pass
   * @param samples samples of the batch
   * @param channels channels of a sample, a multiple of {@code groups}
   * @param spatial elements of a plane, at least 1; a group has less than 2^31
   * @param groups groups of a sample, at least 1
   * @param eps added to the variance, not negative
   * @param workers the threads it is split over where that pays
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      long samples,
      long channels,
      long spatial,
      long groups,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.checkGroups(channels, spatial, groups);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, samples * channels * spatial)
            .read("weight", weight, channels)
            .read("bias", bias, channels)
            .write("y", y, samples * channels * spatial, "x")
            .write("mean", mean, samples * groups)
            .write("rstd", rstd, samples * groups);
    call.n0 = channels;
    call.n1 = spatial;
    call.n2 = groups;
    call.p0 = eps;
    call.run(
        FORWARD,
        samples * groups,
        Grain.rows(Grain.ARITHMETIC, channels / groups * spatial),
        workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void forward(
      float[] x,
      float[] weight,
      float[] bias,
      float[] y,
      float[] mean,
      float[] rstd,
      int samples,
      int channels,
      int spatial,
      int groups,
      float eps) {
    forward(
        x,
        0,
        weight,
        0,
        bias,
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
        groups,
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
      float[] y,
      int yOffset,
      float[] mean,
      int meanOffset,
      float[] rstd,
      int rstdOffset,
      int samples,
      int channels,
      int spatial,
      int groups,
      float eps,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.checkGroups(channels, spatial, groups);
    Ranges.requireNotNegative("eps", eps);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) samples * channels * spatial)
            .read("weight", weight, weightOffset, channels)
            .read("bias", bias, biasOffset, channels)
            .write("y", y, yOffset, (long) samples * channels * spatial, "x")
            .write("mean", mean, meanOffset, (long) samples * groups)
            .write("rstd", rstd, rstdOffset, (long) samples * groups);
    call.n0 = channels;
    call.n1 = spatial;
    call.n2 = groups;
    call.p0 = eps;
    call.run(
        FORWARD_ARRAYS,
        (long) samples * groups,
        Grain.rows(Grain.ARITHMETIC, (long) (channels / groups) * spatial),
        workers);
  }

  /** The same over the {@linkplain Workers#shared() shared workers}. */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      MemorySegment dWeight,
      MemorySegment dBias,
      long samples,
      long channels,
      long spatial,
      long groups) {
    backward(
        x,
        weight,
        mean,
        rstd,
        dy,
        dx,
        dWeights,
        dBiases,
        dWeight,
        dBias,
        samples,
        channels,
        spatial,
        groups,
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
   * @param dWeights scratch: one row of {@code channels} elements per sample
   * @param dBiases scratch: as {@code dWeights}
   * @param dWeight accumulated into: {@code channels} elements
   * @param dBias accumulated into: {@code channels} elements
   * @param samples samples of the batch
   * @param channels channels of a sample, a multiple of {@code groups}
   * @param spatial elements of a plane, at least 1; a group has less than 2^31
   * @param groups groups of a sample, at least 1
   * @param workers the threads it is split over where that pays
   */
  public static void backward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dWeights,
      MemorySegment dBiases,
      MemorySegment dWeight,
      MemorySegment dBias,
      long samples,
      long channels,
      long spatial,
      long groups,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.checkGroups(channels, spatial, groups);
    Call call =
        Call.borrow()
            .read("x", x, samples * channels * spatial)
            .read("weight", weight, channels)
            .read("mean", mean, samples * groups)
            .read("rstd", rstd, samples * groups)
            .read("dy", dy, samples * channels * spatial)
            .write("dx", dx, samples * channels * spatial, "x", "dy")
            .write("dWeights", dWeights, samples * channels)
            .write("dBiases", dBiases, samples * channels)
            .write("dWeight", dWeight, channels)
            .write("dBias", dBias, channels);
    call.n0 = channels;
    call.n1 = spatial;
    call.n2 = groups;
    call.run(
        BACKWARD,
        samples * groups,
        Grain.rows(Grain.ARITHMETIC, channels / groups * spatial),
        workers);
    ColumnSum.accumulate(dWeights, dWeight, samples, channels, workers);
    ColumnSum.accumulate(dBiases, dBias, samples, channels, workers);
  }

  /** The same on arrays, over the shared workers. */
  public static void backward(
      float[] x,
      float[] weight,
      float[] mean,
      float[] rstd,
      float[] dy,
      float[] dx,
      float[] dWeights,
      float[] dBiases,
      float[] dWeight,
      float[] dBias,
      int samples,
      int channels,
      int spatial,
      int groups) {
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
        dWeights,
        0,
        dBiases,
        0,
        dWeight,
        0,
        dBias,
        0,
        samples,
        channels,
        spatial,
        groups,
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
      float[] dWeights,
      int dWeightsOffset,
      float[] dBiases,
      int dBiasesOffset,
      float[] dWeight,
      int dWeightOffset,
      float[] dBias,
      int dBiasOffset,
      int samples,
      int channels,
      int spatial,
      int groups,
      Workers workers) {
    Ranges.checkPlanes(samples, channels, spatial);
    Ranges.checkGroups(channels, spatial, groups);
    Call call =
        Call.borrow()
            .read("x", x, xOffset, (long) samples * channels * spatial)
            .read("weight", weight, weightOffset, channels)
            .read("mean", mean, meanOffset, (long) samples * groups)
            .read("rstd", rstd, rstdOffset, (long) samples * groups)
            .read("dy", dy, dyOffset, (long) samples * channels * spatial)
            .write("dx", dx, dxOffset, (long) samples * channels * spatial, "x", "dy")
            .write("dWeights", dWeights, dWeightsOffset, (long) samples * channels)
            .write("dBiases", dBiases, dBiasesOffset, (long) samples * channels)
            .write("dWeight", dWeight, dWeightOffset, channels)
            .write("dBias", dBias, dBiasOffset, channels);
    call.n0 = channels;
    call.n1 = spatial;
    call.n2 = groups;
    call.run(
        BACKWARD_ARRAYS,
        (long) samples * groups,
        Grain.rows(Grain.ARITHMETIC, (long) (channels / groups) * spatial),
        workers);
    ColumnSum.accumulate(
        dWeights, dWeightsOffset, dWeight, dWeightOffset, samples, channels, workers);
    ColumnSum.accumulate(dBiases, dBiasesOffset, dBias, dBiasOffset, samples, channels, workers);
  }
}
