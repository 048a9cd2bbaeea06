package dev.lanewise.kernel.gemm.f32;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The matrix of the patches that a convolution looks at, read out of the images while it is packed
 * and never stored (the "im2col" of K. Chellapilla, S. Puri, P. Simard: High Performance
 * Convolutional Neural Networks for Document Processing, 2006, without the copy). A row is an
 * output pixel, sample by sample, line by line; a column is an element of the kernel, (line,
 * column, channel) with the channels together, as they are in the images:
 *
 * <pre>{@code
 * P[(n, y, x), (i, j, c)] = image[n, (y stride - padding + i dilation) / spread, (x ...), channel0 + c]
 * }</pre>
 *
 * <p>and 0 where that lies outside the image, or between its pixels: {@code spread - 1} lines and
 * columns of zeros lie between two of them, as the gradient of a convolution with strides asks for.
 *
 * <p>Set anew for each call by objects that are pooled, so that nothing is allocated.
 */
public final class Patches {
  /** The images, a line of this matrix for the step from an output pixel to the next. */
  private final Matrix image = new Matrix();

  private int height;
  private int width;
  private int pixelStride;
  private int channels;
  private int kernelWidth;
  private int outHeight;
  private int outWidth;
  private int strideY;
  private int strideX;
  private int padY;
  private int padX;
  private int dilationY;
  private int dilationX;
  private int spreadY;
  private int spreadX;

  /** Whether the elements of a line of the kernel are adjacent in an image. */
  private boolean adjacent;

  /**
   * Output columns from here to {@link #pastInterior} have a whole line of the kernel in the image.
   */
  private int interior;

  private int pastInterior;

  /**
   * Sets the images.
   *
   * @param segment of all samples, [samples, height, width, pixelStride]
   * @param offset elements before the first channel that is read
   * @param pixelStride elements from a pixel to the next
   * @param channels that are read of each pixel
   */
  public void setImage(
      MemorySegment segment, long offset, int height, int width, int pixelStride, int channels) {
    image.set(segment, offset, pixelStride, false);
    this.height = height;
    this.width = width;
    this.pixelStride = pixelStride;
    this.channels = channels;
  }

  /** Sets the width of the kernel and the size of the output. */
  public void setSizes(int kernelWidth, int outHeight, int outWidth) {
    this.kernelWidth = kernelWidth;
    this.outHeight = outHeight;
    this.outWidth = outWidth;
  }

  /**
   * Sets how lines of the output and of the kernel lie in an image, see the formula; then columns.
   */
  public void setLines(int stride, int padding, int dilation, int spread) {
    strideY = stride;
    padY = padding;
    dilationY = dilation;
    spreadY = spread;
  }

  /** The same for columns; last, since it looks at the sizes. */
  public void setColumns(int stride, int padding, int dilation, int spread) {
    strideX = stride;
    padX = padding;
    dilationX = dilation;
    spreadX = spread;
    adjacent = dilation == 1 && spread == 1 && channels == pixelStride;
    image.ld = Math.multiplyExact(stride, pixelStride);
    interior = Math.min(outWidth, Math.ceilDiv(padding, stride));
    int room = width + padding - kernelWidth;
    pastInterior = room < 0 ? interior : Math.min(outWidth, room / stride + 1);
    pastInterior = Math.max(interior, pastInterior);
  }

  /** Lets go of the memory. */
  public void clear() {
    image.clear();
  }

  /** {@code target[t0 + i * step + q] = P[row + i, column + q]} for rows x columns elements. */
  void read(int row, int rows, int column, int columns, float[] target, int t0, int step) {
    int area = Math.multiplyExact(outHeight, outWidth);
    for (int i = 0; i < rows; ) {
      int sample = (row + i) / area;
      int pixel = row + i - Math.multiplyExact(sample, area);
      int y = pixel / outWidth;
      int x = pixel - Math.multiplyExact(y, outWidth);
      int run = Math.min(rows - i, outWidth - x);
      line(
          sample,
          y,
          x,
          run,
          column,
          column + columns,
          target,
          t0 + Math.multiplyExact(i, step),
          step);
      i += run;
    }
  }

  /** Output pixels of one line, {@code run} of them from x on. */
  private void line(
      int sample, int y, int x, int run, int begin, int end, float[] target, int t0, int step) {
    int size = Math.multiplyExact(kernelWidth, channels);
    for (int i = begin / size; Math.multiplyExact(i, size) < end; i++) {
      int first = Math.max(begin, Math.multiplyExact(i, size)) - Math.multiplyExact(i, size);
      int past = Math.min(size, end - Math.multiplyExact(i, size));
      int t = t0 + Math.multiplyExact(i, size) + first - begin;
      int line = inImage(y * strideY - padY + i * dilationY, spreadY, height);
      if (line < 0) {
        zeros(run, past - first, target, t, step);
      } else {
        kernelLine((long) sample * height + line, x, run, first, past, target, t, step);
      }
    }
  }

  /** Elements {@code [first, past)} of one line of the kernel. */
  private void kernelLine(
      long line, int x, int run, int first, int past, float[] target, int t0, int step) {
    int inner = x;
    int pastInner = x;
    if (adjacent) {
      inner = Math.clamp(interior, x, x + run);
      pastInner = Math.clamp(pastInterior, inner, x + run);
    }
    int t = t0;
    for (int at = x; at < x + run; ) {
      if (at >= inner && at < pastInner) {
        int rows = pastInner - at;
        long from = line * width + ((long) at * strideX - padX);
        Rows.read(
            image, image.at(0, from * pixelStride + first), rows, past - first, target, t, step);
        at += rows;
        t += Math.multiplyExact(rows, step);
      } else {
        pixel(line, at, first, past, target, t);
        at++;
        t += step;
      }
    }
  }

  /** The same for one output pixel, one pixel of the image after the other. */
  private void pixel(long line, int x, int first, int past, float[] target, int t0) {
    int t = t0;
    for (int at = first; at < past; ) {
      int j = at / channels;
      int channel = at - Math.multiplyExact(j, channels);
      int count = Math.min(channels - channel, past - at);
      int column = inImage(x * strideX - padX + j * dilationX, spreadX, width);
      if (column < 0) {
        Arrays.fill(target, t, t + count, 0f);
      } else {
        long from = image.at(0, (line * width + column) * pixelStride + channel);
        Rows.read(image, from, 1, count, target, t, count);
      }
      at += count;
      t += count;
    }
  }

  /** The line or column of the image at a place among spread and padded ones, or -1 for a zero. */
  private static int inImage(int place, int spread, int size) {
    int at = spread == 1 ? place : place / spread;
    return place >= 0 && at < size && place - Math.multiplyExact(at, spread) == 0 ? at : -1;
  }

  private static void zeros(int rows, int columns, float[] target, int t0, int step) {
    int t = t0;
    for (int i = 0; i < rows; i++) {
      Arrays.fill(target, t, t + columns, 0f);
      t += step;
    }
  }
}
