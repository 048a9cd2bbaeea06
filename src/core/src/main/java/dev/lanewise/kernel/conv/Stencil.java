package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.gemm.f32.Matrix;
import dev.lanewise.kernel.gemm.micro.f32.Blocking;
import java.lang.foreign.MemorySegment;

/**
 * What each output pixel sees of the images, and how the images lie when they are packed.
 *
 * <pre>{@code
 * out[n, y, x] = sum over taps t and channels c of image[n, y strideY + t.y, x strideX + t.x, c] weight[t, c]
 * }</pre>
 *
 * <p>where the image is 0 outside its lines and columns; a tap may lie on either side of its pixel.
 *
 * <p>Packed images lie in planes of {@link #CHUNK} channels, the pixels of a line {@code strideX}
 * apart together, so that the pixels which a row of output pixels sees through one tap are always
 * CHUNK elements apart, whatever the strides and the channels:
 *
 * <pre>{@code
 * packed[channel / CHUNK][line][column % strideX][column / strideX][channel % CHUNK]
 * }</pre>
 *
 * <p>and each tap is one distance from the place of the output pixel. Set anew for each call by
 * objects that are pooled, so that nothing is allocated.
 */
public final class Stencil {
  /** Channels of a plane: a cache line of them, and a whole number of vectors of any width. */
  static final int CHUNK = 16;

  /** Most elements of a kernel. */
  private static final int TAPS = 1024;

  /** Most terms of an output element. */
  private static final int TERMS = 8192;

  /** The images, a line of this matrix for the step from an output pixel to the next. */
  final Matrix image = new Matrix();

  int height;
  int width;
  int pixelStride;
  int channels;
  int outHeight;
  int outWidth;
  int strideY;
  int strideX;

  /** The line and the column of the image that the first tap of the first output pixel sees. */
  int originY;

  int originX;

  private int lastY;
  private int lastX;

  int taps;
  private final int[] tapY = new int[TAPS];
  private final int[] tapX = new int[TAPS];

  /** Which element of the kernel a tap is. */
  final int[] element = new int[TAPS];

  /** Columns of a packed line that are {@code strideX} apart. */
  int columns;

  /** Elements of a packed line. */
  int lineSize;

  /** Lines of the output, and samples, that are packed together. */
  int bandLines;

  int bandSamples;

  /** Elements of a packed sample in one plane. */
  int sampleSize;

  /** Elements of a plane. */
  int planeSize;

  /** Terms of an output element: (tap, channel), or by triples (triple, channel, tap of three). */
  int terms;

  /**
   * Whether terms go by triples: the taps of each line come in threes next to one another, so that
   * adjacent output pixels see the same pixels through them.
   */
  boolean triples;

  /** Where each term lies, seen from its output pixel. */
  final int[] offsets = new int[TERMS];

  /**
   * Sets the images.
   *
   * @param segment of all samples, [samples, height, width, pixelStride]
   * @param offset elements before the first channel that is read
   * @param pixelStride elements from a pixel to the next
   * @param channels that are read of each pixel
   */
  public void setImages(
      MemorySegment segment, long offset, int height, int width, int pixelStride, int channels) {
    image.set(segment, offset, pixelStride, false);
    this.height = height;
    this.width = width;
    this.pixelStride = pixelStride;
    this.channels = channels;
    taps = 0;
    originY = 0;
    originX = 0;
    lastY = 0;
    lastX = 0;
  }

  /** Sets the size of the output and the steps in the image from an output pixel to the next. */
  public void setOutputs(int outHeight, int outWidth, int strideY, int strideX) {
    this.outHeight = outHeight;
    this.outWidth = outWidth;
    this.strideY = strideY;
    this.strideX = strideX;
    image.setLd(Math.multiplyExact(strideX, pixelStride));
  }

  /**
   * Whether so many taps over so many channels can be described, and what one line of the output
   * sees fits into the panels.
   *
   * @param reachY lines from the first tap to the last
   * @param reachX columns, alike
   */
  static boolean holds(
      long taps, int channels, int outWidth, long reachY, long reachX, int strideX) {
    long columns = outWidth + reachX / strideX;
    return taps <= TAPS
        && taps * channels <= TERMS
        && size(channels, reachY + 1, columns * strideX) <= Panels.IMAGE_SIZE;
  }

  /**
   * Adds a tap so many lines and columns from the pixel; its terms follow those before it. Lines go
   * from top to bottom, as far apart each and with the same columns.
   */
  public void addTap(int y, int x, int element) {
    originY = taps == 0 ? y : Math.min(originY, y);
    originX = taps == 0 ? x : Math.min(originX, x);
    lastY = taps == 0 ? y : Math.max(lastY, y);
    lastX = taps == 0 ? x : Math.max(lastX, x);
    tapY[taps] = y;
    tapX[taps] = x;
    this.element[taps] = element;
    taps++;
  }

  /** Multiply-adds for one column of one sample. */
  public double multipliesPerColumn() {
    return (double) outHeight * outWidth * taps * channels;
  }

  /**
   * After the last tap: packs bands of as many lines as the panels hold, fewer where that makes too
   * few bands.
   *
   * @return the bands of all samples
   */
  public long layBands(int samples, int wanted) {
    int most = Math.ceilDiv(outHeight, Math.ceilDiv(wanted, samples));
    triples = tapsAreTriples();
    lay(Blocking.evenBlock(outHeight, Math.min(most, linesThatFit())), 1);
    return (long) samples * bands();
  }

  /**
   * The same for the gradient of the weights: several samples at a time, all their lines, or bands
   * of one.
   *
   * @param outputs channels of the gradient
   */
  void layPixels(int samples, int outputs) {
    triples = false;
    int perPixel = Math.multiplyExact(Math.ceilDiv(outputs, CHUNK), CHUNK);
    int most = Math.max(Panels.BLOCK, outWidth);
    int pixels = Math.min(most, Panels.GRADIENT_SIZE / perPixel);
    int lines = Math.min(linesThatFit(), pixels / outWidth);
    if (lines < outHeight) {
      lay(Blocking.evenBlock(outHeight, lines), 1);
    } else {
      long size = size(channels, packedLines(outHeight), columns());
      long room = Panels.IMAGE_SIZE / size;
      long together = Math.min(room, pixels / ((long) outHeight * outWidth));
      lay(outHeight, (int) Math.min(samples, together));
    }
  }

  private void lay(int lines, int samples) {
    bandLines = lines;
    bandSamples = samples;
    columns = outWidth + (lastX - originX) / strideX;
    lineSize = Math.multiplyExact(Math.multiplyExact(columns, strideX), CHUNK);
    sampleSize = Math.multiplyExact(packedLines(lines), lineSize);
    planeSize = Math.multiplyExact(sampleSize, samples);
    terms = Math.multiplyExact(taps, channels);
    for (int tap = 0; tap < taps; tap++) {
      int term = firstTerm(tap);
      for (int channel = 0; channel < channels; channel++) {
        offsets[term] = offset(tap, channel);
        term += termStep();
      }
    }
  }

  /** Whether the taps of each line come in threes next to one another, and output pixels too. */
  boolean tapsAreTriples() {
    if (strideX > 1) {
      return false;
    }
    for (int tap = 0; tap < taps; tap++) {
      int first = tap - tap % 3;
      if (taps - first < 3 || tapY[tap] != tapY[first] || tapX[tap] != tapX[first] + tap - first) {
        return false;
      }
    }
    return true;
  }

  /** The term of the first channel that a tap sees. */
  int firstTerm(int tap) {
    return triples
        ? Math.multiplyExact(tap - tap % 3, channels) + tap % 3
        : Math.multiplyExact(tap, channels);
  }

  /** The first term of an output line that does not lie above the image. */
  int firstTermInside(int outLine) {
    int top = Math.multiplyExact(outLine, strideY);
    int tap = 0;
    while (tap < taps && top + tapY[tap] < 0) {
      tap++;
    }
    return Math.multiplyExact(tap, channels);
  }

  /** The term behind the last one of an output line that does not lie below the image. */
  int pastTermInside(int outLine) {
    int top = Math.multiplyExact(outLine, strideY);
    int tap = taps;
    while (tap > 0 && top + tapY[tap - 1] >= height) {
      tap--;
    }
    return Math.multiplyExact(tap, channels);
  }

  /**
   * Whether an output pixel in this column sees none of the image through the first tap of a line,
   * where a line of the kernel is one triple.
   */
  boolean startsOutside(int outColumn) {
    return lastX - originX == 2 && outColumn + originX < 0;
  }

  /** The same for the last tap. */
  boolean endsOutside(int outColumn) {
    return lastX - originX == 2 && outColumn + lastX >= width;
  }

  /** How far the first term of a line of taps lies from that of the first line. */
  int distance(int term) {
    return term == terms ? 0 : offsets[term] - offsets[0];
  }

  /** Terms from a channel to the next. */
  int termStep() {
    return triples ? 3 : 1;
  }

  private int linesThatFit() {
    long line = size(channels, strideY, columns());
    long first = size(channels, packedLines(1), columns());
    return (int) Math.min(outHeight, 1 + (Panels.IMAGE_SIZE - first) / line);
  }

  private static long size(int channels, long lines, long columns) {
    return (long) Math.ceilDiv(channels, CHUNK) * lines * columns * CHUNK;
  }

  /** Columns of a packed line. */
  private long columns() {
    return (outWidth + (long) (lastX - originX) / strideX) * strideX;
  }

  /** Bands of a sample. */
  int bands() {
    return Math.ceilDiv(outHeight, bandLines);
  }

  /** Where a tap sees a channel, from the place of the output pixel. */
  int offset(int tap, int channel) {
    int x = tapX[tap] - originX;
    int line = Math.multiplyExact(tapY[tap] - originY, lineSize);
    int phase = Math.multiplyExact(Math.multiplyExact(x % strideX, columns), CHUNK);
    int plane = Math.multiplyExact(channel / CHUNK, planeSize);
    return line + phase + Math.multiplyExact(x / strideX, CHUNK) + plane + channel % CHUNK;
  }

  /** Where the output pixel at the start of a line lies in its sample. */
  int place(int line) {
    return Math.multiplyExact(Math.multiplyExact(line, strideY), lineSize);
  }

  int packedLines(int lines) {
    return Math.multiplyExact(lines - 1, strideY) + lastY - originY + 1;
  }

  int planes() {
    return Math.ceilDiv(channels, CHUNK);
  }

  /** Lets go of the memory. */
  public void clear() {
    image.clear();
  }
}
