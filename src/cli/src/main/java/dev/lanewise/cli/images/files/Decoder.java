package dev.lanewise.cli.images.files;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG and JPEG, by the JDK. The only class that needs java.desktop, of which it opens no window:
 * whoever has no pictures to read never links it.
 */
final class Decoder {
  private static final int WHITE = 255;

  static {
    // A machine without a screen is as good as any other.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private Decoder() {}

  /**
   * The picture of a file.
   *
   * @param mostPixels more are refused before memory is taken for them
   * @throws IOException with the reason, in a few words
   */
  static Picture read(byte[] bytes, long mostPixels) throws IOException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = ImageIO.getImageReadersByFormatName(format(bytes)).next();
      try {
        reader.setInput(in, true, true);
        return picture(decoded(reader, mostPixels));
      } finally {
        reader.dispose();
      }
    }
  }

  /** By the first bytes, which both formats have for this. */
  private static String format(byte[] bytes) throws IOException {
    if (beginsWith(bytes, 0x89, 'P', 'N', 'G')) {
      return "png";
    }
    if (beginsWith(bytes, 0xff, 0xd8, 0xff)) {
      return "jpeg";
    }
    throw new IOException("it begins as no PNG, JPEG or PGM does");
  }

  private static boolean beginsWith(byte[] bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i == bytes.length || (bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private static BufferedImage decoded(ImageReader reader, long mostPixels) throws IOException {
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    try {
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > mostPixels) {
        throw new IOException(
            String.format(
                "%d x %d pixels are more than %,d",
                reader.getWidth(0), reader.getHeight(0), mostPixels));
      }
      BufferedImage image = reader.read(0);
      // A JPEG that is cut is filled up with grey and a warning.
      for (String warning : warnings) {
        if (warning.contains("Premature end") || warning.contains("Truncated")) {
          throw new IOException(warning);
        }
      }
      return image;
    } catch (RuntimeException broken) {
      // What the readers throw where they have trusted a broken file.
      throw new IOException(broken.toString(), broken);
    }
  }

  private static Picture picture(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    boolean grey =
        colors.getColorSpace().getType() == ColorSpace.TYPE_GRAY
            && !(colors instanceof IndexColorModel);
    return grey ? grey(image) : inColour(image);
  }

  /** The values of the file: the way by RGB would make them lighter. */
  private static Picture grey(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    Raster raster = image.getRaster();
    boolean transparent = raster.getNumBands() > 1;
    int down = Math.max(0, raster.getSampleModel().getSampleSize(0) - Byte.SIZE);
    byte[] pixels = new byte[Math.multiplyExact(width, height)];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int value = raster.getSample(x, y, 0) >> down;
        int opaque = transparent ? raster.getSample(x, y, 1) >> down : WHITE;
        pixels[y * width + x] = over(value, opaque);
      }
    }
    return new Picture(height, width, 1, pixels);
  }

  private static Picture inColour(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] pixels = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
    int[] line = new int[width];
    int at = 0;
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, line, 0, width);
      for (int argb : line) {
        for (int shift = 16; shift >= 0; shift -= 8) {
          pixels[at++] = over(argb >>> shift & 0xff, argb >>> 24);
        }
      }
    }
    return new Picture(height, width, 3, pixels);
  }

  /** A value over white. */
  private static byte over(int value, int opaque) {
    return (byte) ((value * opaque + WHITE * (255 - opaque) + 127) / 255);
  }
}
