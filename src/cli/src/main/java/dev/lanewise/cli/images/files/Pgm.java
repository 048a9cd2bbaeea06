package dev.lanewise.cli.images.files;

import java.io.IOException;

/**
 * Grey pictures in the format of Netpbm (J. Poskanzer: pgm, 1989): {@code P2} with numbers as text
 * or {@code P5} with bytes, width, height, the value of white, the pixels. A comment reaches from #
 * to the end of its line.
 *
 * <p>Nothing that the file says is trusted: a picture needs exactly the bytes that are there, or as
 * many numbers, before memory is taken for it, and no value may be above that of white.
 */
final class Pgm {
  /** The largest value of white: two bytes of a pixel, the first one higher. */
  private static final int MOST_WHITE = 65_535;

  private final byte[] bytes;
  private int at;

  private Pgm(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Whether a file begins as such a picture does. */
  static boolean isOne(byte[] bytes) {
    return bytes.length > 2 && bytes[0] == 'P' && (bytes[1] == '2' || bytes[1] == '5');
  }

  /**
   * The picture of a file.
   *
   * @param mostPixels more are refused
   * @throws IOException with the reason, in a few words
   */
  static Picture read(byte[] bytes, long mostPixels) throws IOException {
    return new Pgm(bytes).read(mostPixels);
  }

  private Picture read(long mostPixels) throws IOException {
    boolean text = bytes[1] == '2';
    at = 2;
    int width = number("its width", Integer.MAX_VALUE);
    int height = number("its height", Integer.MAX_VALUE);
    int white = number("the value of white", MOST_WHITE);
    if (width == 0 || height == 0 || white == 0) {
      throw new IOException("it has no pixels, or white is 0");
    }
    long pixels = (long) width * height;
    if (pixels > mostPixels) {
      throw new IOException(
          String.format("%d x %d pixels are more than %,d", width, height, mostPixels));
    }
    return new Picture(
        height, width, 1, text ? numbers((int) pixels, white) : raster((int) pixels, white));
  }

  private byte[] raster(int pixels, int white) throws IOException {
    // One white space behind the last number: what follows it may look like another.
    at++;
    int size = white > 0xff ? 2 : 1;
    if (bytes.length - (long) at != (long) pixels * size) {
      throw new IOException(
          "its "
              + pixels
              + " pixels are "
              + (long) pixels * size
              + " bytes, it has "
              + Math.max(0, bytes.length - at));
    }
    byte[] result = new byte[pixels];
    for (int i = 0; i < pixels; i++) {
      int value = bytes[at++] & 0xff;
      if (size == 2) {
        value = value << 8 | (bytes[at++] & 0xff);
      }
      result[i] = grey(value, white);
    }
    return result;
  }

  private byte[] numbers(int pixels, int white) throws IOException {
    // A number is a digit and a space at least, but for the last.
    if (pixels > (bytes.length - at + 1) / 2) {
      throw new IOException("its " + pixels + " pixels are more than it has numbers");
    }
    byte[] result = new byte[pixels];
    for (int i = 0; i < pixels; i++) {
      result[i] = grey(number("pixel " + i, MOST_WHITE), white);
    }
    skipSpace();
    if (at != bytes.length) {
      throw new IOException("something stands behind its " + pixels + " pixels");
    }
    return result;
  }

  private static byte grey(int value, int white) throws IOException {
    if (value > white) {
      throw new IOException("a pixel is " + value + ", white is " + white);
    }
    return (byte) ((value * 255L + white / 2) / white);
  }

  /** White space and comments. */
  private void skipSpace() {
    while (at < bytes.length && (isSpace(bytes[at]) || bytes[at] == '#')) {
      if (bytes[at] == '#') {
        while (at < bytes.length && bytes[at] != '\n' && bytes[at] != '\r') {
          at++;
        }
      } else {
        at++;
      }
    }
  }

  private int number(String name, int most) throws IOException {
    int before = at;
    skipSpace();
    int begin = at;
    long value = 0;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
      value = 10 * value + bytes[at++] - '0';
      if (value > most) {
        throw new IOException(name + " is above " + most);
      }
    }
    boolean ended = at == bytes.length || isSpace(bytes[at]);
    if (before == begin || at == begin || !ended) {
      throw new IOException(name + " is no number");
    }
    return (int) value;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
