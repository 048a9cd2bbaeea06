package dev.lanewise.cli.images;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.cli.report.UserError;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.zip.CRC32C;

/** Images of one size, bytes [count, height, width, channels], and the class of each. */
final class LabelledImages {
  /** From bytes to numbers of some 1 around 0. */
  private static final float MIDDLE = 127.5f;

  private final int height;
  private final int width;
  private final int channels;
  private final List<String> classes;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * Checks that all of it fits together.
   *
   * @param pixels taken over, not copied
   * @param labels taken over; each below the number of classes
   */
  LabelledImages(
      int height, int width, int channels, List<String> classes, byte[] pixels, byte[] labels) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.classes = List.copyOf(classes);
    this.pixels = pixels;
    this.labels = labels;
    if (labels.length == 0 || (long) labels.length * bytes() != pixels.length) {
      throw new UserError(
          String.format(
              "%,d labels and %,d bytes of images of %d x %d x %d do not belong together: give as"
                  + " many labels as images, at least one",
              labels.length, pixels.length, height, width, channels));
    }
    for (int i = 0; i < labels.length; i++) {
      if (label(i) >= classes.size()) {
        throw new UserError(
            "image "
                + i
                + " is of class "
                + label(i)
                + ", there are "
                + classes.size()
                + ": mend its label");
      }
    }
  }

  private int bytes() {
    return Math.multiplyExact(Math.multiplyExact(height, width), channels);
  }

  int count() {
    return labels.length;
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

  /** Their names, in the order of the labels. */
  List<String> classes() {
    return classes;
  }

  /** The class of an image. */
  int label(int image) {
    return labels[image] & 0xff;
  }

  /** A byte of an image, 0 to 255. */
  int element(int image, int i) {
    return pixels[image * bytes() + i] & 0xff;
  }

  /** Writes an image as floats from -1 to 1, as the {@code place}-th one. */
  void write(int image, MemorySegment to, int place) {
    int n = bytes();
    for (int i = 0; i < n; i++) {
      to.setAtIndex(JAVA_FLOAT, (long) place * n + i, element(image, i) / MIDDLE - 1);
    }
  }

  /** Tells other images or labels from these. */
  String fingerprint() {
    CRC32C crc = new CRC32C();
    crc.update(pixels);
    crc.update(labels);
    return String.format("%,d images, crc32c %x", count(), crc.getValue());
  }
}
