package dev.lanewise.kernel.norm.segments;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.norm.FloatPair;
import dev.lanewise.kernel.reduce.segments.RowVariance;
import java.lang.foreign.MemorySegment;

/**
 * Group normalisation (Y. Wu, K. He: Group Normalization, 2018): of samples with {@code channels}
 * planes of {@code spatial} elements each, the channels of a group are normalised together, {@code
 * xh = (x - mean) rstd}, {@code rstd = 1 / sqrt(variance + eps)}, mean and biased variance of the
 * group as {@link RowVariance} has them, and {@code y = xh weight[channel] + bias[channel]}. With
 * one group it is the layer normalisation of a sample, with as many groups as channels the instance
 * normalisation. The gradients, with {@code d = weight dy} and the means over the group: {@code dx
 * = rstd (d - mean(d) - xh mean(d xh))}, {@code dWeight = sum of dy xh}, {@code dBias = sum of dy}
 * over the planes of a channel.
 *
 * <p>A NaN or an infinity makes its group of its sample NaN, and nothing else in y and dx. Where a
 * square of a distance from the mean is more than the largest float, {@code rstd} is 0 and {@code y
 * = bias}. No samples: nothing is done.
 *
 * <p>Sums run over 32 virtual lanes as {@link RowVariance} has it; backward sums the planes of a
 * group in order of the channels in double precision. Each group of a sample is computed alone: the
 * same bits at every width and however the groups are split. Planes of few elements are slow: the
 * vectors of a group end at each of them.
 *
 * <p>Error, u = 2^-24, n elements in a group, {@code N = n / 32 + 31 + 5}: that of {@link
 * LayerNorm}, with {@code spatial / 32 + 37} in the place of N and ROWS for dx, dWeights and
 * dBiases.
 */
public final class GroupNorm {
  private GroupNorm() {}

  /**
   * {@code y = (x - mean) rstd weight + bias} for the given groups, counted over all samples: group
   * g of sample s is {@code s groups + g}.
   *
   * @param x read: samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param mean overwritten: one element per group of a sample, for the backward pass
   * @param rstd overwritten: one element per group of a sample, for the backward pass
   * @param eps added to the variance, not negative
   * @param channels channels of a sample, a multiple of {@code groups}
   * @param groups groups of a sample, at least 1
   * @param spatial elements of a plane, at least 1; a group has less than 2^31
   * @param groupBegin first group
   * @param groupEnd one past the last group
   */
  public static void forward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      float eps,
      long channels,
      long groups,
      long spatial,
      long groupBegin,
      long groupEnd) {
    int plane = Math.toIntExact(spatial);
    int n = elements(channels, groups, spatial, groupBegin, groupEnd);
    long members = channels / groups;
    for (long r = groupBegin; r < groupEnd; r++) {
      long base = r * n * Float.BYTES;
      double exactMean = RowVariance.mean(x, base, n);
      float high = (float) exactMean;
      float low = (float) (exactMean - high);
      float squares = RowVariance.sumOfSquares(x, base, n, high, low);
      float scale = (float) (1 / Math.sqrt((double) squares / n + eps));
      mean.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, high);
      rstd.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, scale);
      for (long k = 0; k < members; k++) {
        long channel = (r % groups * members + k) * Float.BYTES;
        float w = weight.get(JAVA_FLOAT_UNALIGNED, channel);
        float b = bias.get(JAVA_FLOAT_UNALIGNED, channel);
        long at = base + k * plane * Float.BYTES;
        Planes.apply(x, y, at, plane, high, low, scale, w, b);
      }
    }
  }

  private static int elements(
      long channels, long groups, long spatial, long groupBegin, long groupEnd) {
    assert 0 <= groupBegin && groupBegin <= groupEnd && groups >= 1 && spatial >= 1;
    assert channels >= groups && channels % groups == 0
        : channels + " channels do not divide into " + groups + " groups";
    return Math.toIntExact(Math.multiplyExact(channels / groups, spatial));
  }

  /**
   * {@code dx} of the given groups, and what each sample adds to the gradients of the parameters:
   * {@code dWeights[s, c] = sum over the plane of dy xh}, {@code dBiases[s, c] = sum over the plane
   * of dy}. The caller adds the samples with {@code ColumnSum}.
   *
   * @param x read: the input of the forward pass, samples of {@code channels spatial} elements
   * @param weight read: {@code channels} elements
   * @param mean read: that of the forward pass
   * @param rstd read: that of the forward pass
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code dy} or {@code x} itself
   * @param dWeights overwritten: one row of {@code channels} elements per sample
   * @param dBiases overwritten: one row of {@code channels} elements per sample
   * @param channels channels of a sample, a multiple of {@code groups}
   * @param groups groups of a sample, at least 1
   * @param spatial elements of a plane, at least 1; a group has less than 2^31
   * @param groupBegin first group
   * @param groupEnd one past the last group
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
      long channels,
      long groups,
      long spatial,
      long groupBegin,
      long groupEnd) {
    int plane = Math.toIntExact(spatial);
    int n = elements(channels, groups, spatial, groupBegin, groupEnd);
    long members = channels / groups;
    for (long r = groupBegin; r < groupEnd; r++) {
      long base = r * n * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float scale = rstd.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      double sumD = 0;
      double sumDxh = 0;
      for (long k = 0; k < members; k++) {
        float w = weight.get(JAVA_FLOAT_UNALIGNED, (r % groups * members + k) * Float.BYTES);
        long at = base + k * plane * Float.BYTES;
        long sums = Planes.sums(x, dy, at, plane, m, scale);
        long to = (r * members + k) * Float.BYTES;
        dBiases.set(JAVA_FLOAT_UNALIGNED, to, FloatPair.first(sums));
        dWeights.set(JAVA_FLOAT_UNALIGNED, to, FloatPair.second(sums));
        sumD += (double) w * FloatPair.first(sums);
        sumDxh += (double) w * FloatPair.second(sums);
      }
      float meanD = (float) (sumD / n);
      float meanDxh = (float) (sumDxh / n);
      for (long k = 0; k < members; k++) {
        float w = weight.get(JAVA_FLOAT_UNALIGNED, (r % groups * members + k) * Float.BYTES);
        long at = base + k * plane * Float.BYTES;
        Planes.gradient(x, dy, dx, at, plane, m, scale, w, meanD, meanDxh);
      }
    }
  }
}
