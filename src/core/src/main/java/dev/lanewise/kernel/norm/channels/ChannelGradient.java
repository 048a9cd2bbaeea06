package dev.lanewise.kernel.norm.channels;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The gradients of {@link ChannelAffine} over {@link ChannelMoments}: with {@code xh = (x - mean)
 * rstd}, {@code d = weight g} and means over a group of a set, {@code dx = rstd (d - mean(d) - xh
 * mean(d xh))}, {@code dWeight += sum of g xh}, {@code dBias += sum of g}, where {@code g} is dy,
 * and 0 where the floor has cut y off. Whether it has is computed again from x, with the same bits.
 *
 * <p>dx is computed as {@code g scale + ((x - mean) slope + level)}, with {@code slope = -rstd^2
 * mean(d xh)} and {@code level = -rstd mean(d)} behind the coefficients of the forward pass. With
 * statistics that were given both are 0.
 *
 * <p>Sums as those of {@link ChannelMoments}: blocks of rows in single precision, even and odd rows
 * apart, then in order in double precision. The bits depend on the sizes alone.
 *
 * <p>Error, u = 2^-24, h rows in a block, at most 512: {@code (h / 2 + 4) u sum of |g|} for a sum
 * of g and {@code (h / 2 + 6) u sum of |g xh|} for one of g xh, plus u times what the gradient
 * holds; dx has {@code rstd} times the means of these over a group and 5 u of each of its terms.
 */
public final class ChannelGradient {
  /** Of a block: the sums of g, the sums of {@code g (x - mean)}, each of all channels. */
  public static final int SUMS = 2;

  private ChannelGradient() {}

  /**
   * The sums of the given blocks.
   *
   * @param x read: sets of {@code rows channels} elements
   * @param dy read: as {@code x}
   * @param coefficients read: those of the forward pass
   * @param partials overwritten: {@code 2 channels} elements for each block
   * @param floor that of the forward pass
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param blockBegin first block, counted over all sets
   * @param blockEnd one past the last block
   */
  public static void partials(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment coefficients,
      MemorySegment partials,
      float floor,
      long rows,
      long channels,
      long blockBegin,
      long blockEnd) {
    assert rows >= 1 && channels >= 1 && 0 <= blockBegin && blockBegin <= blockEnd;
    int cols = Math.toIntExact(channels);
    int whole = cols - cols % F32_LANES;
    for (long block = blockBegin; block < blockEnd; block++) {
      long base = SetBlocks.first(block, rows, channels) * channels * Float.BYTES;
      int n = SetBlocks.count(block, rows, channels);
      long set = SetBlocks.set(block, rows, channels);
      long from = set * ChannelAffine.COEFFICIENTS * channels * Float.BYTES;
      long to = block * SUMS * channels * Float.BYTES;
      sums(x, dy, coefficients, partials, floor, base, n, cols, from, to);
      for (int c = whole; c < cols; c++) {
        sumsOfColumn(x, dy, coefficients, partials, floor, base, n, cols, from, to, c);
      }
    }
  }

  private static void sums(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment coefficients,
      MemorySegment partials,
      float floor,
      long base,
      int n,
      int cols,
      long from,
      long to) {
    if (x.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || coefficients.getClass() != NATIVE
        || partials.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, coefficients, partials);
    }
    long stride = (long) cols * Float.BYTES;
    for (int c = 0; c <= cols - F32_LANES; c += F32_LANES) {
      long k = from + (long) c * Float.BYTES;
      FloatVector mean =
          FloatVector.fromMemorySegment(F32, coefficients, k, ByteOrder.nativeOrder());
      FloatVector scale =
          FloatVector.fromMemorySegment(F32, coefficients, k + stride, ByteOrder.nativeOrder());
      FloatVector offset =
          FloatVector.fromMemorySegment(F32, coefficients, k + 2 * stride, ByteOrder.nativeOrder());
      FloatVector even = FloatVector.zero(F32);
      FloatVector odd = FloatVector.zero(F32);
      FloatVector evenProducts = FloatVector.zero(F32);
      FloatVector oddProducts = FloatVector.zero(F32);
      long at = base + (long) c * Float.BYTES;
      for (int r = 0; r < n; r++, at += stride) {
        FloatVector d =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(mean);
        FloatVector g =
            FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder())
                .blend(0, d.fma(scale, offset).compare(VectorOperators.LE, floor));
        // The two pairs take turns: what was added to last is added to again two rows later.
        FloatVector next = g.add(even);
        FloatVector nextProducts = g.fma(d, evenProducts);
        even = odd;
        odd = next;
        evenProducts = oddProducts;
        oddProducts = nextProducts;
      }
      long out = to + (long) c * Float.BYTES;
      FloatVector.zero(F32)
          .add(even)
          .add(odd)
          .intoMemorySegment(partials, out, ByteOrder.nativeOrder());
      FloatVector.zero(F32)
          .add(evenProducts)
          .add(oddProducts)
          .intoMemorySegment(partials, out + stride, ByteOrder.nativeOrder());
    }
  }

  private static void sumsOfColumn(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment coefficients,
      MemorySegment partials,
      float floor,
      long base,
      int n,
      int cols,
      long from,
      long to,
      int c) {
    long stride = (long) cols * Float.BYTES;
    long k = from + (long) c * Float.BYTES;
    float mean = coefficients.get(JAVA_FLOAT_UNALIGNED, k);
    float scale = coefficients.get(JAVA_FLOAT_UNALIGNED, k + stride);
    float offset = coefficients.get(JAVA_FLOAT_UNALIGNED, k + 2 * stride);
    float even = 0;
    float odd = 0;
    float evenProducts = 0;
    float oddProducts = 0;
    long at = base + (long) c * Float.BYTES;
    for (int r = 0; r < n; r++, at += stride) {
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - mean;
      float g = Math.fma(d, scale, offset) <= floor ? 0 : dy.get(JAVA_FLOAT_UNALIGNED, at);
      float next = g + even;
      float nextProducts = Math.fma(g, d, evenProducts);
      even = odd;
      odd = next;
      evenProducts = oddProducts;
      oddProducts = nextProducts;
    }
    long out = to + (long) c * Float.BYTES;
    partials.set(JAVA_FLOAT_UNALIGNED, out, even + odd);
    // As the vectors have it: two products that round to -0 make +0.
    partials.set(JAVA_FLOAT_UNALIGNED, out + stride, 0 + evenProducts + oddProducts);
  }

  /**
   * The gradients of the parameters of the given channels.
   *
   * @param partials read: that of {@link #partials}
   * @param variance read: that of the forward pass, one element per group of a set
   * @param dWeight accumulated into: {@code channels} elements
   * @param dBias accumulated into: {@code channels} elements
   * @param eps that of the forward pass
   * @param sets there are
   * @param rows of a set, at least 1
   * @param channels of a row, a multiple of {@code groups}
   * @param groups of a set, at least 1
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
   */
  public static void parameters(
      MemorySegment partials,
      MemorySegment variance,
      MemorySegment dWeight,
      MemorySegment dBias,
      float eps,
      long sets,
      long rows,
      long channels,
      long groups,
      long channelBegin,
      long channelEnd) {
    long perSet = SetBlocks.perSet(rows, channels);
    long members = channels / groups;
    for (long c = channelBegin; c < channelEnd; c++) {
      double sumG = 0;
      double sumGxh = 0;
      for (long set = 0; set < sets; set++) {
        double products = 0;
        for (long block = set * perSet; block < (set + 1) * perSet; block++) {
          long at = (block * SUMS * channels + c) * Float.BYTES;
          sumG += partials.get(JAVA_FLOAT_UNALIGNED, at);
          products += partials.get(JAVA_FLOAT_UNALIGNED, at + channels * Float.BYTES);
        }
        sumGxh += products * rstd(variance, set * groups + c / members, eps);
      }
      add(dWeight, c, sumGxh);
      add(dBias, c, sumG);
    }
  }

  private static double rstd(MemorySegment variance, long group, float eps) {
    return 1 / Math.sqrt((double) variance.get(JAVA_FLOAT_UNALIGNED, group * Float.BYTES) + eps);
  }

  private static void add(MemorySegment sum, long c, double term) {
    double held = sum.get(JAVA_FLOAT_UNALIGNED, c * Float.BYTES);
    sum.set(JAVA_FLOAT_UNALIGNED, c * Float.BYTES, (float) (held + term));
  }

  /**
   * Slope and level of the given groups.
   *
   * @param partials read: that of {@link #partials}
   * @param weight read: {@code channels} elements
   * @param variance read: that of the forward pass, one element per group of a set
   * @param coefficients overwritten in part: those of the forward pass
   * @param eps that of the forward pass
   * @param rows of a set, at least 1
   * @param channels of a row, a multiple of {@code groups}
   * @param groups of a set, at least 1
   * @param given whether mean and variance were given, and depend on no x
   * @param groupBegin first group: g of set s is {@code s groups + g}
   * @param groupEnd one past the last group
   */
  public static void coefficients(
      MemorySegment partials,
      MemorySegment weight,
      MemorySegment variance,
      MemorySegment coefficients,
      float eps,
      long rows,
      long channels,
      long groups,
      boolean given,
      long groupBegin,
      long groupEnd) {
    long perSet = SetBlocks.perSet(rows, channels);
    long members = channels / groups;
    double elements = (double) rows * members;
    long stride = channels * Float.BYTES;
    for (long g = groupBegin; g < groupEnd; g++) {
      long set = g / groups;
      long first = g % groups * members;
      double sumD = 0;
      double products = 0;
      for (long block = set * perSet; block < (set + 1) * perSet; block++) {
        for (long c = first; c < first + members; c++) {
          long at = (block * SUMS * channels + c) * Float.BYTES;
          double w = weight.get(JAVA_FLOAT_UNALIGNED, c * Float.BYTES);
          sumD += w * partials.get(JAVA_FLOAT_UNALIGNED, at);
          products += w * partials.get(JAVA_FLOAT_UNALIGNED, at + stride);
        }
      }
      double rstd = rstd(variance, g, eps);
      float slope = given ? 0 : (float) (-rstd * rstd * rstd * products / elements);
      float level = given ? 0 : (float) (-rstd * sumD / elements);
      for (long c = first; c < first + members; c++) {
        long at = (set * ChannelAffine.COEFFICIENTS * channels + c) * Float.BYTES;
        coefficients.set(JAVA_FLOAT_UNALIGNED, at + 3 * stride, slope);
        coefficients.set(JAVA_FLOAT_UNALIGNED, at + 4 * stride, level);
      }
    }
  }

  /**
   * dx of the given blocks.
   *
   * @param x read: sets of {@code rows channels} elements
   * @param dy read: as {@code x}
   * @param dx overwritten: as {@code x}; may be {@code x} or {@code dy} itself
   * @param coefficients read: {@code 5 channels} elements for each set
   * @param floor that of the forward pass
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param blockBegin first block, counted over all sets
   * @param blockEnd one past the last block
   */
  public static void apply(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment coefficients,
      float floor,
      long rows,
      long channels,
      long blockBegin,
      long blockEnd) {
    assert rows >= 1 && channels >= 1 && 0 <= blockBegin && blockBegin <= blockEnd;
    int cols = Math.toIntExact(channels);
    int whole = cols - cols % F32_LANES;
    for (long block = blockBegin; block < blockEnd; block++) {
      long base = SetBlocks.first(block, rows, channels) * channels * Float.BYTES;
      int n = SetBlocks.count(block, rows, channels);
      long set = SetBlocks.set(block, rows, channels);
      long from = set * ChannelAffine.COEFFICIENTS * channels * Float.BYTES;
      applyVectors(x, dy, dx, coefficients, floor, base, n, cols, from);
      for (int c = whole; c < cols; c++) {
        applyColumn(x, dy, dx, coefficients, floor, base, n, cols, from, c);
      }
    }
  }

  private static void applyVectors(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment coefficients,
      float floor,
      long base,
      int n,
      int cols,
      long from) {
    if (x.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE
        || coefficients.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx, coefficients);
    }
    long stride = (long) cols * Float.BYTES;
    for (int c = 0; c <= cols - F32_LANES; c += F32_LANES) {
      long k = from + (long) c * Float.BYTES;
      FloatVector mean =
          FloatVector.fromMemorySegment(F32, coefficients, k, ByteOrder.nativeOrder());
      FloatVector scale =
          FloatVector.fromMemorySegment(F32, coefficients, k + stride, ByteOrder.nativeOrder());
      FloatVector offset =
          FloatVector.fromMemorySegment(F32, coefficients, k + 2 * stride, ByteOrder.nativeOrder());
      FloatVector slope =
          FloatVector.fromMemorySegment(F32, coefficients, k + 3 * stride, ByteOrder.nativeOrder());
      FloatVector level =
          FloatVector.fromMemorySegment(F32, coefficients, k + 4 * stride, ByteOrder.nativeOrder());
      long at = base + (long) c * Float.BYTES;
      for (int r = 0; r < n; r++, at += stride) {
        FloatVector d =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(mean);
        FloatVector g =
            FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder())
                .blend(0, d.fma(scale, offset).compare(VectorOperators.LE, floor));
        g.fma(scale, d.fma(slope, level)).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
    }
  }

  private static void applyColumn(
      MemorySegment x,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment coefficients,
      float floor,
      long base,
      int n,
      int cols,
      long from,
      int c) {
    long stride = (long) cols * Float.BYTES;
    long k = from + (long) c * Float.BYTES;
    float mean = coefficients.get(JAVA_FLOAT_UNALIGNED, k);
    float scale = coefficients.get(JAVA_FLOAT_UNALIGNED, k + stride);
    float offset = coefficients.get(JAVA_FLOAT_UNALIGNED, k + 2 * stride);
    float slope = coefficients.get(JAVA_FLOAT_UNALIGNED, k + 3 * stride);
    float level = coefficients.get(JAVA_FLOAT_UNALIGNED, k + 4 * stride);
    long at = base + (long) c * Float.BYTES;
    for (int r = 0; r < n; r++, at += stride) {
      float d = x.get(JAVA_FLOAT_UNALIGNED, at) - mean;
      float g = Math.fma(d, scale, offset) <= floor ? 0 : dy.get(JAVA_FLOAT_UNALIGNED, at);
      dx.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(g, scale, Math.fma(d, slope, level)));
    }
  }
}
