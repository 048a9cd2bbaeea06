package dev.lanewise.ops.conv;

import dev.lanewise.kernel.pool.Windows;
import dev.lanewise.memory.TensorLayout;

/**
 * The sizes of a pooling over images whose channels lie together: {@code x} is [samples, height,
 * width, channels], {@code y} is [samples, outHeight, outWidth, channels].
 */
public final class PoolShape {
  private final int samples;
  private final int channels;
  private final Windows lines;
  private final Windows columns;

  private PoolShape(int samples, int channels, Windows lines, Windows columns) {
    if (samples < 0) {
      throw new IllegalArgumentException("samples = " + samples + ": it must be 0 or more");
    }
    atLeast("channels", channels, 1);
    this.samples = samples;
    this.channels = channels;
    this.lines = lines;
    this.columns = columns;
    if (inputElements() > Long.MAX_VALUE / Double.BYTES) {
      throw new IllegalArgumentException(
          samples + " images of " + channels + " channels: no memory is as large, give fewer");
    }
  }

  /**
   * Windows at equal steps: {@code outHeight = (height + 2 padY - windowHeight) / strideY + 1},
   * rounded down, outWidth alike.
   *
   * @param padY lines of padding above and below, at most half a window
   * @param padX columns of padding on either side, at most half a window
   */
  public static PoolShape of(
      int samples,
      int height,
      int width,
      int channels,
      int windowHeight,
      int windowWidth,
      int strideY,
      int strideX,
      int padY,
      int padX) {
    return new PoolShape(
        samples,
        channels,
        windows("height", height, windowHeight, "strideY", strideY, "padY", padY),
        windows("width", width, windowWidth, "strideX", strideX, "padX", padX));
  }

  /** Square windows side by side, without padding; what is left over at the end is not seen. */
  public static PoolShape tiles(int samples, int height, int width, int channels, int window) {
    return of(samples, height, width, channels, window, window, window, window, 0, 0);
  }

  /**
   * So many windows of nearly equal size that cover the image: window i of n lines out of h is
   * {@code [floor(i h / n), ceil((i + 1) h / n))}. With 1 x 1 the whole image is one window.
   */
  public static PoolShape adaptive(
      int samples, int height, int width, int channels, int outHeight, int outWidth) {
    atLeast("height", height, 1);
    atLeast("width", width, 1);
    atLeast("outHeight", outHeight, 1);
    atLeast("outWidth", outWidth, 1);
    return new PoolShape(
        samples,
        channels,
        new Windows(height, outHeight, 0, 1, 0),
        new Windows(width, outWidth, 0, 1, 0));
  }

  private static Windows windows(
      String name, int size, int window, String strideName, int stride, String padName, int pad) {
    atLeast(name, size, 1);
    atLeast("the window's " + name, window, 1);
    atLeast(strideName, stride, 1);
    atLeast(padName, pad, 0);
    if (pad > window / 2) {
      throw new IllegalArgumentException(
          padName
              + " = "
              + pad
              + " is more than half of the window's "
              + name
              + ", "
              + window
              + ": a window would lie outside, use less padding");
    }
    long room = size + 2L * pad - window;
    if (room < 0) {
      throw new IllegalArgumentException(
          name
              + " = "
              + size
              + " with "
              + pad
              + " of padding on each side is less than the window's "
              + window
              + ": there is no output, use a smaller window or more padding");
    }
    if (size + 2L * pad > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + " = " + size + " with " + pad + " of padding on each side: it must be below 2^31");
    }
    return new Windows(size, (int) (room / stride + 1), window, stride, pad);
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          name + " = " + value + ": it must be " + least + " or more");
    }
  }

  /** Images. */
  public int samples() {
    return samples;
  }

  /** Channels of a pixel. */
  public int channels() {
    return channels;
  }

  /** Lines of the output. */
  public int outHeight() {
    return lines.out();
  }

  /** Pixels of a line of the output. */
  public int outWidth() {
    return columns.out();
  }

  /** [samples, height, width, channels]. */
  public TensorLayout input() {
    return TensorLayout.of(samples, lines.size(), columns.size(), channels);
  }

  /** [samples, outHeight, outWidth, channels]. */
  public TensorLayout output() {
    return TensorLayout.of(samples, lines.out(), columns.out(), channels);
  }

  /** Elements of x. */
  public long inputElements() {
    return Math.multiplyExact(
        Math.multiplyExact((long) samples * lines.size(), (long) columns.size()), (long) channels);
  }

  /** Elements of y. */
  public long outputElements() {
    return Math.multiplyExact(
        Math.multiplyExact((long) samples * lines.out(), (long) columns.out()), (long) channels);
  }

  Windows lines() {
    return lines;
  }

  Windows columns() {
    return columns;
  }
}
