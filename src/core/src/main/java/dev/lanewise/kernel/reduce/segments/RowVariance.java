package dev.lanewise.kernel.reduce.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VirtualLanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Mean and variance of rows in two passes: {@code mean = x0 + (sum of (x - x0)) / cols}, {@code
 * variance = (sum of (x - mean)^2) / (cols - correction)} (T. F. Chan, G. H. Golub, R. J. LeVeque:
 * Algorithms for Computing the Sample Variance, 1983, section 2). Shifted by the first element of
 * the row the mean keeps its digits beside a spread that is 10^4 times smaller, and it is
 * subtracted as a float and its rest. The gradient of the variance is {@code dx = 2 dy (x - mean) /
 * (cols - correction)}.
 *
 * <p>A NaN or an infinity makes both results of its row NaN; so does a distance from the first
 * element that is more than the largest float. If a square is, the variance is +infinity. No
 * columns: both are NaN; where {@code cols} is the correction the variance is NaN, 0 / 0. No rows:
 * nothing is done.
 *
 * <p>The sums run over 32 virtual lanes as {@link RowSum} has it. Each row is computed alone: the
 * same bits at every width and however the rows are split.
 *
 * <p>Error, u = 2^-24, {@code N = cols / 32 + 31 + 5}, {@code delta = (N + 2) u mean of |x - x0|}:
 * {@code |mean - mean'| <= delta + u |mean|} and {@code |variance - variance'| <= (N + 5) u
 * variance + 2 delta^2}, the latter if the correction is small beside {@code cols}.
 */
public final class RowVariance {
  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private RowVariance() {}

  /**
   * Means and variances of the given rows.
   *
   * @param x read: rows of {@code cols} elements
   * @param mean overwritten: one element per row; must not overlap {@code x}
   * @param variance overwritten: one element per row; must not overlap {@code x}
   * @param correction 0 for the variance of the row itself, 1 for the unbiased estimate of the
   *     variance that it was drawn with
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void forward(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment variance,
      int correction,
      long rowBegin,
      long rowEnd,
      long cols) {
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      double exactMean = n == 0 ? Double.NaN : mean(x, base, n);
      float high = (float) exactMean;
      float squares = sumOfSquares(x, base, n, high, (float) (exactMean - high));
      mean.set(JAVA_FLOAT_UNALIGNED, r * Float.BYTES, high);
      variance.set(
          JAVA_FLOAT_UNALIGNED,
          r * Float.BYTES,
          n == 0 ? Float.NaN : (float) ((double) squares / (n - correction)));
    }
  }

  /**
   * {@code dx[r, c] = 2 dy[r] (x[r, c] - mean[r]) / (cols - correction)} for the given rows, the
   * gradient of the variance.
   *
   * @param x read: the input of the forward pass, rows of {@code cols} elements
   * @param mean read: that of the forward pass, one element per row
   * @param dy read: one element per row
   * @param dx overwritten: rows of {@code cols} elements; may be {@code x} itself
   * @param correction that of the forward pass
   * @param rowBegin first row
   * @param rowEnd one past the last row
   * @param cols elements of a row, less than 2^31
   */
  public static void backward(
      MemorySegment x,
      MemorySegment mean,
      MemorySegment dy,
      MemorySegment dx,
      int correction,
      long rowBegin,
      long rowEnd,
      long cols) {
    if (x.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dx);
    }
    assert 0 <= rowBegin && rowBegin <= rowEnd && cols >= 0;
    int n = Math.toIntExact(cols);
    for (long r = rowBegin; r < rowEnd; r++) {
      long base = r * cols * Float.BYTES;
      float m = mean.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES);
      float factor =
          (float) (2.0 * dy.get(JAVA_FLOAT_UNALIGNED, r * Float.BYTES) / (n - correction));
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
            .sub(m)
            .mul(factor)
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        dx.set(JAVA_FLOAT_UNALIGNED, at, (x.get(JAVA_FLOAT_UNALIGNED, at) - m) * factor);
      }
    }
  }

  /**
   * The mean of one row of native memory, to the rounding of a float beside its spread.
   *
   * @param x read
   * @param base byte at which the row begins
   * @param n its elements, at least 1
   */
  public static double mean(MemorySegment x, long base, int n) {
    float x0 = x.get(JAVA_FLOAT_UNALIGNED, base);
    return x0 + (double) sumOfDifferences(x, base, n, x0) / n;
  }

  /**
   * The sum of {@code x - x0} of one row of native memory.
   *
   * @param x read
   * @param base byte at which the row begins
   * @param n its elements
   * @param x0 what they are shifted by, one of them
   */
  public static float sumOfDifferences(MemorySegment x, long base, int n, float x0) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector next =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(x0).add(s0);
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
    float tail = 0;
    for (; i < n; i++) {
      tail += x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES) - x0;
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }

  /**
   * The sum of {@code ((x - high) - low)^2} of one row of native memory.
   *
   * @param x read
   * @param base byte at which the row begins
   * @param n its elements
   * @param high the mean, rounded to a float
   * @param low what the rounding left
   */
  public static float sumOfSquares(MemorySegment x, long base, int n, float high, float low) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int whole = n - n % LANES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = 0;
    for (; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(high).sub(low);
      FloatVector next = d.fma(d, s0);
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
    float tail = 0;
    for (; i < n; i++) {
      float d = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES) - high - low;
      tail = Math.fma(d, d, tail);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7) + tail;
  }
}
