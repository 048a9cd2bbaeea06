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
 * {@code y = (x - mean) scale + offset}, a mean, a scale and an offset for each channel of a set,
 * and 0 where that is at most the floor. A floor of 0 is a rectifier, one of NaN is none.
 *
 * <p>The coefficients of a set are five rows of all channels: {@code mean}, {@code scale = weight
 * rstd}, {@code offset = bias}, corrected by what the rounding of the mean has cost, and two that
 * {@link ChannelGradient} adds.
 *
 * <p>Error, u = 2^-24: {@code 3 u |y - offset| + u |y|} and what mean and scale bring along.
 */
public final class ChannelAffine {
  /** Rows of coefficients of a set. */
  public static final int COEFFICIENTS = 5;

  /** The floor of a rectifier. */
  public static final float RECTIFIED = 0;

  /** No floor: nothing is at most NaN. */
  public static final float UNBOUNDED = Float.NaN;

  private ChannelAffine() {}

  /** The coefficients of one channel. */
  static void set(
      MemorySegment coefficients,
      MemorySegment weight,
      MemorySegment bias,
      double mean,
      double rstd,
      long set,
      long channel,
      long channels) {
    long stride = channels * Float.BYTES;
    long at = set * COEFFICIENTS * stride + channel * Float.BYTES;
    double scale = weight.get(JAVA_FLOAT_UNALIGNED, channel * Float.BYTES) * rstd;
    double low = mean - (float) mean;
    double offset = bias.get(JAVA_FLOAT_UNALIGNED, channel * Float.BYTES) - low * scale;
    coefficients.set(JAVA_FLOAT_UNALIGNED, at, (float) mean);
    coefficients.set(JAVA_FLOAT_UNALIGNED, at + stride, (float) scale);
    coefficients.set(JAVA_FLOAT_UNALIGNED, at + 2 * stride, (float) offset);
  }

  /**
   * The coefficients of the given channels for statistics that are given, of one set.
   *
   * @param weight read: {@code channels} elements
   * @param bias read: {@code channels} elements
   * @param mean read: {@code channels} elements
   * @param variance read: {@code channels} elements
   * @param coefficients overwritten in part: {@code 5 channels} elements
   * @param eps added to the variance, not negative
   * @param channels of a row
   * @param channelBegin first channel
   * @param channelEnd one past the last channel
   */
  public static void given(
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment mean,
      MemorySegment variance,
      MemorySegment coefficients,
      float eps,
      long channels,
      long channelBegin,
      long channelEnd) {
    for (long c = channelBegin; c < channelEnd; c++) {
      double spread = (double) variance.get(JAVA_FLOAT_UNALIGNED, c * Float.BYTES) + eps;
      double centre = mean.get(JAVA_FLOAT_UNALIGNED, c * Float.BYTES);
      set(coefficients, weight, bias, centre, 1 / Math.sqrt(spread), 0, c, channels);
    }
  }

  /**
   * y of the given blocks.
   *
   * @param x read: sets of {@code rows channels} elements
   * @param y overwritten: as {@code x}; may be {@code x} itself
   * @param coefficients read: {@code 5 channels} elements for each set
   * @param floor {@link #RECTIFIED} or {@link #UNBOUNDED}
   * @param rows of a set, at least 1
   * @param channels of a row, from 1 to 2^31 - 1
   * @param blockBegin first block, counted over all sets
   * @param blockEnd one past the last block
   */
  public static void apply(
      MemorySegment x,
      MemorySegment y,
      MemorySegment coefficients,
      float floor,
      long rows,
      long channels,
      long blockBegin,
      long blockEnd) {
    assert rows >= 1 && channels >= 1 && 0 <= blockBegin && blockBegin <= blockEnd;
    int cols = Math.toIntExact(channels);
    for (long block = blockBegin; block < blockEnd; block++) {
      long base = SetBlocks.first(block, rows, channels) * channels * Float.BYTES;
      int n = SetBlocks.count(block, rows, channels);
      long set = SetBlocks.set(block, rows, channels);
      long from = set * COEFFICIENTS * channels * Float.BYTES;
      apply(x, y, coefficients, floor, base, n, cols, from);
    }
  }

  private static void apply(
      MemorySegment x,
      MemorySegment y,
      MemorySegment coefficients,
      float floor,
      long base,
      int n,
      int cols,
      long from) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE || coefficients.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y, coefficients);
    }
    long stride = (long) cols * Float.BYTES;
    int c = 0;
    for (; c <= cols - F32_LANES; c += F32_LANES) {
      long k = from + (long) c * Float.BYTES;
      FloatVector mean =
          FloatVector.fromMemorySegment(F32, coefficients, k, ByteOrder.nativeOrder());
      FloatVector scale =
          FloatVector.fromMemorySegment(F32, coefficients, k + stride, ByteOrder.nativeOrder());
      FloatVector offset =
          FloatVector.fromMemorySegment(F32, coefficients, k + 2 * stride, ByteOrder.nativeOrder());
      long at = base + (long) c * Float.BYTES;
      for (int r = 0; r < n; r++, at += stride) {
        FloatVector v =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
                .sub(mean)
                .fma(scale, offset);
        v.blend(0, v.compare(VectorOperators.LE, floor))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
    }
    for (; c < cols; c++) {
      long k = from + (long) c * Float.BYTES;
      float mean = coefficients.get(JAVA_FLOAT_UNALIGNED, k);
      float scale = coefficients.get(JAVA_FLOAT_UNALIGNED, k + stride);
      float offset = coefficients.get(JAVA_FLOAT_UNALIGNED, k + 2 * stride);
      long at = base + (long) c * Float.BYTES;
      for (int r = 0; r < n; r++, at += stride) {
        float v = Math.fma(x.get(JAVA_FLOAT_UNALIGNED, at) - mean, scale, offset);
        y.set(JAVA_FLOAT_UNALIGNED, at, v <= floor ? 0 : v);
      }
    }
  }
}
