package dev.lanewise.kernel.norm.segments;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.norm.FloatPair;
import dev.lanewise.kernel.reduce.segments.RowVariance;
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
 * <p>Two passes as {@link RowVariance} has them, shifted by the first element of the channel: each
 * plane is summed over 32 virtual lanes, the planes are added in order of the samples in double
 * precision. Each channel is computed alone: the same bits at every width and however the channels
 * are split. Planes of few elements are slow: the vectors end at each of them.
 *
 * <p>Error, u = 2^-24: that of {@link LayerNorm} for a row of M elements, with {@code N = spatial /
 * 32 + 37} and, for dWeight and dBias, N in the place of ROWS, plus u times what they hold.
 */
public final class BatchNorm {
  private BatchNorm() {}

  /**
   * In training: {@code y = (x - mean) rstd weight + bias} with the statistics of the batch, for
   * the given channels.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param runningMean read and overwritten: {@code channels} elements
   * @param runningVariance read and overwritten: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param mean overwritten: {@code channels} elements, for the backward pass
   * @param rstd overwritten: {@code channels} elements, for the backward pass
   * @param momentum share of this batch in the running statistics, from 0 to 1
   * @param eps added to the variance, not negative
   * @param samples samples of the batch, at least 1
   * @param channels channels of a sample
   * @param spatial elements of a plane, from 1 to 2^31 - 1
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
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
      float momentum,
      float eps,
      long samples,
      long channels,
      long spatial,
      long channelBegin,
      long channelEnd) {
    int plane = plane(samples, channels, spatial, channelBegin, channelEnd);
    long elements = Math.multiplyExact(samples, spatial);
    for (long c = channelBegin; c < channelEnd; c++) {
      long base = c * spatial * Float.BYTES;
      long at = c * Float.BYTES;
      float first = x.get(JAVA_FLOAT_UNALIGNED, base);
      double sum = 0;
      for (long s = 0; s < samples; s++) {
        long from = base + s * channels * spatial * Float.BYTES;
        sum += RowVariance.sumOfDifferences(x, from, plane, first);
      }
      double exactMean = first + sum / elements;
      float high = (float) exactMean;
      float low = (float) (exactMean - high);
      double squares = 0;
      for (long s = 0; s < samples; s++) {
        long from = base + s * channels * spatial * Float.BYTES;
        squares += RowVariance.sumOfSquares(x, from, plane, high, low);
      }
      float scale = (float) (1 / Math.sqrt(squares / elements + eps));
      mean.set(JAVA_FLOAT_UNALIGNED, at, high);
      rstd.set(JAVA_FLOAT_UNALIGNED, at, scale);
      blend(runningMean, at, exactMean, momentum);
      blend(runningVariance, at, squares / (elements - 1), momentum);
      float w = weight.get(JAVA_FLOAT_UNALIGNED, at);
      float b = bias.get(JAVA_FLOAT_UNALIGNED, at);
      for (long s = 0; s < samples; s++) {
        long to = base + s * channels * spatial * Float.BYTES;
        Planes.apply(x, y, to, plane, high, low, scale, w, b);
      }
    }
  }

  private static int plane(
      long samples, long channels, long spatial, long channelBegin, long channelEnd) {
    assert samples >= 1 && spatial >= 1;
    assert 0 <= channelBegin && channelBegin <= channelEnd && channelEnd <= channels;
    return Math.toIntExact(spatial);
  }

  private static void blend(MemorySegment running, long base, double batch, float momentum) {
    double old = running.get(JAVA_FLOAT_UNALIGNED, base);
    running.set(JAVA_FLOAT_UNALIGNED, base, (float) (old + momentum * (batch - old)));
  }

  /**
   * In use: {@code y = (x - runningMean) / sqrt(runningVariance + eps) weight + bias} for the given
   * channels of all samples.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param runningMean read: {@code channels} elements
   * @param runningVariance read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param eps added to the variance, not negative
   * @param samples samples of the batch, at least 1
   * @param channels channels of a sample
   * @param spatial elements of a plane, from 1 to 2^31 - 1
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
   */
  public static void infer(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment runningMean,
      MemorySegment runningVariance,
      MemorySegment y,
      float eps,
      long samples,
      long channels,
      long spatial,
      long channelBegin,
      long channelEnd) {
    int plane = plane(samples, channels, spatial, channelBegin, channelEnd);
    for (long c = channelBegin; c < channelEnd; c++) {
      long base = c * spatial * Float.BYTES;
      long at = c * Float.BYTES;
      double variance = runningVariance.get(JAVA_FLOAT_UNALIGNED, at);
      float scale = (float) (1 / Math.sqrt(variance + eps));
      float m = runningMean.get(JAVA_FLOAT_UNALIGNED, at);
      float w = weight.get(JAVA_FLOAT_UNALIGNED, at);
      float b = bias.get(JAVA_FLOAT_UNALIGNED, at);
      for (long s = 0; s < samples; s++) {
        long to = base + s * channels * spatial * Float.BYTES;
        Planes.apply(x, y, to, plane, m, 0, scale, w, b);
      }
    }
  }

  /**
   * The gradients of {@link #forward} for the given channels.
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
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
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
      long channelBegin,
      long channelEnd) {
    int plane = plane(samples, channels, spatial, channelBegin, channelEnd);
    long elements = Math.multiplyExact(samples, spatial);
    for (long c = channelBegin; c < channelEnd; c++) {
      long base = c * spatial * Float.BYTES;
      long at = c * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, at);
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, at);
      float w = weight.get(JAVA_FLOAT_UNALIGNED, at);
      double sumDy = 0;
      double sumDyXh = 0;
      for (long s = 0; s < samples; s++) {
        long from = base + s * channels * spatial * Float.BYTES;
        long sums = Planes.sums(x, dy, from, plane, m, scale);
        sumDy += FloatPair.first(sums);
        sumDyXh += FloatPair.second(sums);
      }
      dWeight.set(
          JAVA_FLOAT_UNALIGNED, at, (float) (dWeight.get(JAVA_FLOAT_UNALIGNED, at) + sumDyXh));
      dBias.set(JAVA_FLOAT_UNALIGNED, at, (float) (dBias.get(JAVA_FLOAT_UNALIGNED, at) + sumDy));
      float meanD = (float) (w * sumDy / elements);
      float meanDxh = (float) (w * sumDyXh / elements);
      for (long s = 0; s < samples; s++) {
        long to = base + s * channels * spatial * Float.BYTES;
        Planes.gradient(x, dy, dx, to, plane, m, scale, w, meanD, meanDxh);
      }
    }
  }
}
