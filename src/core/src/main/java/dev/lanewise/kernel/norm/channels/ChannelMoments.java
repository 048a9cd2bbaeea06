package dev.lanewise.kernel.norm.channels;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Mean and biased variance of groups of channels over the rows of a set, in one pass over memory:
 * each block of rows is summed twice while it is in the cache, first to find a shift near its
 * means, then for the sums of {@code x - shift} and {@code (x - shift)^2}. The blocks are put
 * together in double precision, in order (T. F. Chan, G. H. Golub, R. J. LeVeque: Algorithms for
 * Computing the Sample Variance, 1983, formula 1.5).
 *
 * <p>In a block even and odd rows of a channel are summed apart: the bits do not depend on the
 * vector width, nor on how the blocks are split.
 *
 * <p>Error, u = 2^-24, h rows in a block, at most 512: {@code |mean - exact| <= u |mean| + (h / 2 +
 * 2) u mean of |x - shift|}, {@code |variance - exact| <= (h / 2 + 6) u mean of (x - shift)^2}
 * (Higham 2002, sections 1.9 and 4.2). A NaN or an infinity, or a block whose sum is past the
 * largest float, makes both NaN.
 */
public final class ChannelMoments {
  /** Of a block: the shifts, the sums of differences, the sums of squares, each of all channels. */
  public static final int SUMS = 3;

  private ChannelMoments() {}

  /**
   * The sums of the given blocks.
   *
   * @param x read: sets of {@code rows channels} elements
   * @param partials overwritten: {@code 3 channels} elements for each block
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param blockBegin first block, counted over all sets
   * @param blockEnd one past the last block
   */
  public static void partials(
      MemorySegment x,
      MemorySegment partials,
      long rows,
      long channels,
      long blockBegin,
      long blockEnd) {
    assert rows >= 1 && channels >= 1 && 0 <= blockBegin && blockBegin <= blockEnd;
    int cols = Math.toIntExact(channels);
    for (long block = blockBegin; block < blockEnd; block++) {
      long base = SetBlocks.first(block, rows, channels) * channels * Float.BYTES;
      int n = SetBlocks.count(block, rows, channels);
      long to = block * SUMS * channels * Float.BYTES;
      shifts(x, partials, base, n, cols, to);
      sums(x, partials, base, n, cols, to);
    }
  }

  private static void shifts(
      MemorySegment x, MemorySegment partials, long base, int n, int cols, long to) {
    if (x.getClass() != NATIVE || partials.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, partials);
    }
    long stride = (long) cols * Float.BYTES;
    float scale = 1f / n;
    int c = 0;
    for (; c <= cols - F32_LANES; c += F32_LANES) {
      long at = base + (long) c * Float.BYTES;
      FloatVector even = FloatVector.zero(F32);
      FloatVector odd = FloatVector.zero(F32);
      int r = 0;
      for (; r < n - 1; r += 2) {
        even = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).add(even);
        odd = FloatVector.fromMemorySegment(F32, x, at + stride, ByteOrder.nativeOrder()).add(odd);
        at += 2 * stride;
      }
      if (r < n) {
        even = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).add(even);
      }
      FloatVector.zero(F32)
          .add(even)
          .add(odd)
          .mul(scale)
          .intoMemorySegment(partials, to + (long) c * Float.BYTES, ByteOrder.nativeOrder());
    }
    for (; c < cols; c++) {
      long at = base + (long) c * Float.BYTES;
      float even = 0;
      float odd = 0;
      for (int r = 0; r < n; r++, at += stride) {
        float value = x.get(JAVA_FLOAT_UNALIGNED, at);
        if ((r & 1) == 0) {
          even += value;
        } else {
          odd += value;
        }
      }
      partials.set(JAVA_FLOAT_UNALIGNED, to + (long) c * Float.BYTES, (even + odd) * scale);
    }
  }

  private static void sums(
      MemorySegment x, MemorySegment partials, long base, int n, int cols, long to) {
    if (x.getClass() != NATIVE || partials.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, partials);
    }
    long stride = (long) cols * Float.BYTES;
    int c = 0;
    for (; c <= cols - F32_LANES; c += F32_LANES) {
      long at = base + (long) c * Float.BYTES;
      long out = to + (long) c * Float.BYTES;
      FloatVector shift =
          FloatVector.fromMemorySegment(F32, partials, out, ByteOrder.nativeOrder());
      FloatVector even = FloatVector.zero(F32);
      FloatVector odd = FloatVector.zero(F32);
      FloatVector evenSquares = FloatVector.zero(F32);
      FloatVector oddSquares = FloatVector.zero(F32);
      int r = 0;
      for (; r < n - 1; r += 2) {
        FloatVector d0 =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(shift);
        FloatVector d1 =
            FloatVector.fromMemorySegment(F32, x, at + stride, ByteOrder.nativeOrder()).sub(shift);
        even = d0.add(even);
        odd = d1.add(odd);
        evenSquares = d0.fma(d0, evenSquares);
        oddSquares = d1.fma(d1, oddSquares);
        at += 2 * stride;
      }
      if (r < n) {
        FloatVector d =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(shift);
        even = d.add(even);
        evenSquares = d.fma(d, evenSquares);
      }
      FloatVector.zero(F32)
          .add(even)
          .add(odd)
          .intoMemorySegment(partials, out + stride, ByteOrder.nativeOrder());
      FloatVector.zero(F32)
          .add(evenSquares)
          .add(oddSquares)
          .intoMemorySegment(partials, out + 2 * stride, ByteOrder.nativeOrder());
    }
    for (; c < cols; c++) {
      sumsOfColumn(
          x, partials, base + (long) c * Float.BYTES, n, stride, to + (long) c * Float.BYTES);
    }
  }

  private static void sumsOfColumn(
      MemorySegment x, MemorySegment partials, long base, int n, long stride, long out) {
    float shift = partials.get(JAVA_FLOAT_UNALIGNED, out);
    float even = 0;
    float odd = 0;
    float evenSquares = 0;
    float oddSquares = 0;
    for (int r = 0; r < n; r++) {
      float d = x.get(JAVA_FLOAT_UNALIGNED, base + r * stride) - shift;
      if ((r & 1) == 0) {
        even += d;
        evenSquares = Math.fma(d, d, evenSquares);
      } else {
        odd += d;
        oddSquares = Math.fma(d, d, oddSquares);
      }
    }
    partials.set(JAVA_FLOAT_UNALIGNED, out + stride, even + odd);
    partials.set(JAVA_FLOAT_UNALIGNED, out + 2 * stride, evenSquares + oddSquares);
  }

  /**
   * Mean, biased variance and what {@link ChannelAffine} computes with, of the given groups.
   *
   * @param partials read: that of {@link #partials}
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param mean overwritten: one element per group of a set
   * @param variance overwritten: one element per group of a set
   * @param coefficients overwritten in part: see {@link ChannelAffine}
   * @param eps added to the variance, not negative
   * @param rows of a set, at least 1
   * @param channels of a row, a multiple of {@code groups}
   * @param groups of a set, at least 1
   * @param groupBegin first group: g of set s is {@code s groups + g}
   * @param groupEnd one past the last group
   */
  public static void statistics(
      MemorySegment partials,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment coefficients,
      float eps,
      long rows,
      long channels,
      long groups,
      long groupBegin,
      long groupEnd) {
    assert groups >= 1 && channels % groups == 0 && 0 <= groupBegin && groupBegin <= groupEnd;
    long members = channels / groups;
    double elements = (double) rows * members;
    for (long g = groupBegin; g < groupEnd; g++) {
      long set = g / groups;
      long first = g % groups * members;
      double exactMean = sum(partials, set, first, members, rows, channels) / elements;
      double squares = squares(partials, exactMean, set, first, members, rows, channels);
      float biased = (float) (squares / elements);
      mean.set(JAVA_FLOAT_UNALIGNED, g * Float.BYTES, (float) exactMean);
      variance.set(JAVA_FLOAT_UNALIGNED, g * Float.BYTES, biased);
      double rstd = 1 / Math.sqrt((double) biased + eps);
      for (long c = first; c < first + members; c++) {
        ChannelAffine.set(coefficients, weight, bias, exactMean, rstd, set, c, channels);
      }
    }
  }

  private static double sum(
      MemorySegment partials, long set, long first, long members, long rows, long channels) {
    long perSet = SetBlocks.perSet(rows, channels);
    double sum = 0;
    for (long block = set * perSet; block < (set + 1) * perSet; block++) {
      int n = SetBlocks.count(block, rows, channels);
      long at = (block * SUMS * channels + first) * Float.BYTES;
      for (long c = 0; c < members; c++, at += Float.BYTES) {
        double shift = partials.get(JAVA_FLOAT_UNALIGNED, at);
        sum += shift * n + partials.get(JAVA_FLOAT_UNALIGNED, at + channels * Float.BYTES);
      }
    }
    return sum;
  }

  /** {@code sum of (x - mean)^2 = sum of (x - shift)^2 + d (2 sum of (x - shift) + n d)}. */
  private static double squares(
      MemorySegment partials,
      double mean,
      long set,
      long first,
      long members,
      long rows,
      long channels) {
    long perSet = SetBlocks.perSet(rows, channels);
    long stride = channels * Float.BYTES;
    double squares = 0;
    for (long block = set * perSet; block < (set + 1) * perSet; block++) {
      int n = SetBlocks.count(block, rows, channels);
      long at = (block * SUMS * channels + first) * Float.BYTES;
      for (long c = 0; c < members; c++, at += Float.BYTES) {
        double d = partials.get(JAVA_FLOAT_UNALIGNED, at) - mean;
        double sum = partials.get(JAVA_FLOAT_UNALIGNED, at + stride);
        squares += partials.get(JAVA_FLOAT_UNALIGNED, at + 2 * stride) + d * (2 * sum + n * d);
      }
    }
    // The rounding of sums that cancel may lead a little below 0.
    return Math.max(0, squares);
  }
}
