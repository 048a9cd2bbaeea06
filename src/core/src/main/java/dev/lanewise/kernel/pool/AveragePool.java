package dev.lanewise.kernel.pool;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The mean of each window: {@code y[n, i, j, c] = (sum of x[n, h, w, c]) / count} over the lines h
 * and columns w of the window (i, j); count is the elements of the window in the image, or all of
 * it where padding counts as zeros. The gradient: {@code dx[n, h, w, c] = sum of dy / count} over
 * the windows that hold it.
 *
 * <p>NaN and infinities follow IEEE 754. Sums run line by line, then one division; backward adds
 * the windows in order, sample by sample: the same bits at every width and however the work is
 * split. {@code |y - exact| <= (elements + 1) u sum |x| / count}, {@code |dx - exact| <= (windows +
 * 1) u sum |dy| / count}, u = 2^-24.
 */
public final class AveragePool {
  private AveragePool() {}

  /**
   * The windows of the given lines.
   *
   * @param x read: [samples, height, width, channels]
   * @param y overwritten: [samples, out lines, out columns, channels]
   * @param countPadding whether padding counts as zeros
   * @param lineBegin first line of the output, counted through all samples
   * @param lineEnd one past the last line
   */
  public static void forward(
      MemorySegment x,
      MemorySegment y,
      Windows lines,
      Windows columns,
      boolean countPadding,
      int channels,
      long lineBegin,
      long lineEnd) {
    long pixelBytes = (long) Float.BYTES * channels;
    for (long line = lineBegin; line < lineEnd; line++) {
      long sample = line / lines.out();
      int i = (int) (line - sample * lines.out());
      for (int j = 0; j < columns.out(); j++) {
        long first = (sample * lines.size() + lines.begin(i)) * columns.size() + columns.begin(j);
        mean(
            x,
            first * pixelBytes,
            lines.end(i) - lines.begin(i),
            columns.end(j) - columns.begin(j),
            columns.size() * pixelBytes,
            (float) lines.count(i, countPadding) * columns.count(j, countPadding),
            y,
            (line * columns.out() + j) * pixelBytes,
            channels);
      }
    }
  }

  private static void mean(
      MemorySegment x,
      long from,
      int height,
      int width,
      long lineBytes,
      float count,
      MemorySegment y,
      long to,
      int channels) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    long pixelBytes = (long) Float.BYTES * channels;
    int c = 0;
    for (; c <= channels - F32_LANES; c += F32_LANES) {
      long at = (long) Float.BYTES * c;
      FloatVector sum = FloatVector.zero(F32);
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          long pixel = from + h * lineBytes + w * pixelBytes;
          sum = FloatVector.fromMemorySegment(F32, x, pixel + at, ByteOrder.nativeOrder()).add(sum);
        }
      }
      sum.div(count).intoMemorySegment(y, to + at, ByteOrder.nativeOrder());
    }
    for (; c < channels; c++) {
      long at = (long) Float.BYTES * c;
      float sum = 0;
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          sum += x.get(JAVA_FLOAT_UNALIGNED, from + h * lineBytes + w * pixelBytes + at);
        }
      }
      y.set(JAVA_FLOAT_UNALIGNED, to + at, sum / count);
    }
  }

  /**
   * The gradient of the given samples.
   *
   * @param dy read: as y of the forward pass
   * @param dx overwritten: as its x
   * @param countPadding as in the forward pass
   * @param sampleBegin first sample
   * @param sampleEnd one past the last sample
   */
  public static void backward(
      MemorySegment dy,
      MemorySegment dx,
      Windows lines,
      Windows columns,
      boolean countPadding,
      int channels,
      long sampleBegin,
      long sampleEnd) {
    long pixelBytes = (long) Float.BYTES * channels;
    long sampleBytes = (long) lines.size() * columns.size() * pixelBytes;
    long at = sampleBegin * lines.out() * columns.out() * pixelBytes;
    for (long sample = sampleBegin; sample < sampleEnd; sample++) {
      long image = sample * sampleBytes;
      Fill.fill(0f, dx, image / Float.BYTES, (image + sampleBytes) / Float.BYTES);
      for (int i = 0; i < lines.out(); i++) {
        for (int j = 0; j < columns.out(); j++) {
          float count = (float) lines.count(i, countPadding) * columns.count(j, countPadding);
          for (int h = lines.begin(i); h < lines.end(i); h++) {
            for (int w = columns.begin(j); w < columns.end(j); w++) {
              long pixel = image + ((long) h * columns.size() + w) * pixelBytes;
              add(dy, at, count, dx, pixel, channels);
            }
          }
          at += pixelBytes;
        }
      }
    }
  }

  private static void add(
      MemorySegment dy, long from, float count, MemorySegment dx, long to, int channels) {
    if (dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(dy, dx);
    }
    int c = 0;
    for (; c <= channels - F32_LANES; c += F32_LANES) {
      long at = (long) Float.BYTES * c;
      FloatVector share =
          FloatVector.fromMemorySegment(F32, dy, from + at, ByteOrder.nativeOrder()).div(count);
      FloatVector.fromMemorySegment(F32, dx, to + at, ByteOrder.nativeOrder())
          .add(share)
          .intoMemorySegment(dx, to + at, ByteOrder.nativeOrder());
    }
    for (; c < channels; c++) {
      long at = (long) Float.BYTES * c;
      float share = dy.get(JAVA_FLOAT_UNALIGNED, from + at) / count;
      dx.set(JAVA_FLOAT_UNALIGNED, to + at, dx.get(JAVA_FLOAT_UNALIGNED, to + at) + share);
    }
  }
}
