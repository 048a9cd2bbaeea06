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
 * The largest element of each window: {@code y[n, i, j, c] = max of x[n, h, w, c]} over the lines h
 * and columns w of the window (i, j); padding is never the largest. The gradient goes to the first
 * element of the window, line by line, that is the largest: {@code dx[n, h, w, c] = sum of dy} of
 * the windows that chose it.
 *
 * <p>NaN counts as larger than everything and +0 as larger than -0; the gradient of +-0 goes to the
 * first zero of either sign. Forward is exact; backward adds the windows in order, sample by
 * sample: the same bits at every width and however the samples are split. {@code |dx - exact| <=
 * (windows - 1) u sum |dy|}, u = 2^-24.
 */
public final class MaxPool {
  private MaxPool() {}

  /**
   * The windows of the given lines.
   *
   * @param x read: [samples, height, width, channels]
   * @param y overwritten: [samples, out lines, out columns, channels]
   * @param lineBegin first line of the output, counted through all samples
   * @param lineEnd one past the last line
   */
  public static void forward(
      MemorySegment x,
      MemorySegment y,
      Windows lines,
      Windows columns,
      int channels,
      long lineBegin,
      long lineEnd) {
    long pixelBytes = (long) Float.BYTES * channels;
    for (long line = lineBegin; line < lineEnd; line++) {
      long sample = line / lines.out();
      int i = (int) (line - sample * lines.out());
      for (int j = 0; j < columns.out(); j++) {
        long first = (sample * lines.size() + lines.begin(i)) * columns.size() + columns.begin(j);
        largest(
            x,
            first * pixelBytes,
            lines.end(i) - lines.begin(i),
            columns.end(j) - columns.begin(j),
            columns.size() * pixelBytes,
            y,
            (line * columns.out() + j) * pixelBytes,
            channels);
      }
    }
  }

  private static void largest(
      MemorySegment x,
      long from,
      int height,
      int width,
      long lineBytes,
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
      FloatVector most = FloatVector.fromMemorySegment(F32, x, from + at, ByteOrder.nativeOrder());
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          long pixel = from + h * lineBytes + w * pixelBytes;
          most =
              FloatVector.fromMemorySegment(F32, x, pixel + at, ByteOrder.nativeOrder()).max(most);
        }
      }
      most.intoMemorySegment(y, to + at, ByteOrder.nativeOrder());
    }
    for (; c < channels; c++) {
      long at = (long) Float.BYTES * c;
      float most = x.get(JAVA_FLOAT_UNALIGNED, from + at);
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          long pixel = from + h * lineBytes + w * pixelBytes;
          most = Math.max(most, x.get(JAVA_FLOAT_UNALIGNED, pixel + at));
        }
      }
      y.set(JAVA_FLOAT_UNALIGNED, to + at, most);
    }
  }

  /**
   * The gradient of the given samples.
   *
   * @param x read: the input of the forward pass
   * @param y read: its output
   * @param dy read: as y
   * @param dx overwritten: as x
   * @param sampleBegin first sample
   * @param sampleEnd one past the last sample
   */
  public static void backward(
      MemorySegment x,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      Windows lines,
      Windows columns,
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
          long first = (long) lines.begin(i) * columns.size() + columns.begin(j);
          choose(
              x,
              dx,
              image + first * pixelBytes,
              lines.end(i) - lines.begin(i),
              columns.end(j) - columns.begin(j),
              columns.size() * pixelBytes,
              y,
              dy,
              at,
              channels);
          at += pixelBytes;
        }
      }
    }
  }

  /** Adds dy of one window to the first of its elements that is y. */
  private static void choose(
      MemorySegment x,
      MemorySegment dx,
      long from,
      int height,
      int width,
      long lineBytes,
      MemorySegment y,
      MemorySegment dy,
      long at,
      int channels) {
    long pixelBytes = (long) Float.BYTES * channels;
    for (long c = 0; c < pixelBytes; c += Float.BYTES) {
      float most = y.get(JAVA_FLOAT_UNALIGNED, at + c);
      long chosen = find(x, from + c, height, width, lineBytes, pixelBytes, most);
      float sum = dx.get(JAVA_FLOAT_UNALIGNED, chosen) + dy.get(JAVA_FLOAT_UNALIGNED, at + c);
      dx.set(JAVA_FLOAT_UNALIGNED, chosen, sum);
    }
  }

  private static long find(
      MemorySegment x,
      long from,
      int height,
      int width,
      long lineBytes,
      long pixelBytes,
      float most) {
    for (int h = 0; h < height; h++) {
      for (int w = 0; w < width; w++) {
        long at = from + h * lineBytes + w * pixelBytes;
        float value = x.get(JAVA_FLOAT_UNALIGNED, at);
        if (value == most || Float.isNaN(value)) {
          return at;
        }
      }
    }
    return from;
  }
}
