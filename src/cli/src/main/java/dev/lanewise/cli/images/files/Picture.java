package dev.lanewise.cli.images.files;

/** A picture in memory. */
public final class Picture {
  private final int height;
  private final int width;
  private final int channels;
  private final byte[] pixels;

  /**
   * A picture.
   *
   * @param channels 1 for grey, 3 for red, green and blue
   * @param pixels [height, width, channels], 0 to 255; taken over, not copied
   */
  Picture(int height, int width, int channels, byte[] pixels) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixels = pixels;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  int channels() {
    return channels;
  }

  /** [height, width, channels]; the array itself. */
  byte[] pixels() {
    return pixels;
  }

  /** Whether each pixel has three equal channels, or one. */
  public boolean isGrey() {
    for (int i = 0; channels == 3 && i < pixels.length; i += 3) {
      if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) {
        return false;
      }
    }
    return true;
  }

  /** Writes the pixels with another number of channels; to one from three that are equal. */
  public void write(int wanted, byte[] to, int at) {
    for (int i = 0; i < pixels.length / channels; i++) {
      for (int c = 0; c < wanted; c++) {
        to[at + i * wanted + c] = pixels[i * channels + Math.min(c, channels - 1)];
      }
    }
  }

  /**
   * The largest square in the middle, made smaller by the mean over the area of each new pixel.
   *
   * @param side lines and columns of the result, at most those of this picture
   */
  Picture square(int side) {
    int edge = Math.min(height, width);
    int top = (height - edge) / 2;
    int left = (width - edge) / 2;
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(side, side), channels)];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        for (int c = 0; c < channels; c++) {
          double mean = mean(top, left, y, x, c, (double) edge / side);
          result[(y * side + x) * channels + c] = (byte) Math.round(mean);
        }
      }
    }
    return new Picture(side, side, channels, result);
  }

  /** The mean over lines [y scale, (y + 1) scale) and such columns, of which some count in part. */
  private double mean(int top, int left, int y, int x, int c, double scale) {
    double sum = 0;
    double area = 0;
    for (int line = (int) (y * scale); line < (y + 1) * scale && top + line < height; line++) {
      double part = covered(line, y * scale, (y + 1) * scale);
      for (int col = (int) (x * scale); col < (x + 1) * scale && left + col < width; col++) {
        double weight = part * covered(col, x * scale, (x + 1) * scale);
        sum += weight * (pixels[((top + line) * width + left + col) * channels + c] & 0xff);
        area += weight;
      }
    }
    return sum / area;
  }

  /** The part of [i, i + 1) that lies within [begin, end). */
  private static double covered(int i, double begin, double end) {
    return Math.max(0, Math.min(i + 1, end) - Math.max(i, begin));
  }
}
