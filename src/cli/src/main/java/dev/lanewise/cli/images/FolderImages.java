package dev.lanewise.cli.images;

import dev.lanewise.cli.images.files.Picture;
import dev.lanewise.cli.images.files.PictureFile;
import dev.lanewise.cli.images.files.PictureFolder;
import dev.lanewise.cli.report.UserError;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads the pictures of a folder, all of them at once and into memory, by all processors. */
final class FolderImages {
  private FolderImages() {}

  /**
   * Images to train on and held out: of one channel if every pixel is grey, else of three.
   *
   * @param side lines and columns of an image
   */
  static ImageData read(Path folder, int side) {
    PictureFolder listed = PictureFolder.of(folder);
    requireRoom(folder, listed, side);
    Picture[] training = pictures(listed.training(), side);
    Picture[] heldOut = pictures(listed.heldOut(), side);
    boolean grey = Arrays.stream(training).allMatch(Picture::isGrey);
    int channels = grey && Arrays.stream(heldOut).allMatch(Picture::isGrey) ? 1 : 3;
    return new ImageData(
        folder.toString(),
        images(listed.classes(), listed.training(), training, side, channels),
        images(listed.classes(), listed.heldOut(), heldOut, side, channels));
  }

  private static void requireRoom(Path folder, PictureFolder listed, int side) {
    long most = Math.max(listed.training().size(), listed.heldOut().size());
    if (3L * side * side * most > Integer.MAX_VALUE) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "%,d images of %s are more than 2 GiB at %d x %d: give a smaller --image-size, or"
                  + " fewer images",
              most,
              folder,
              side,
              side));
    }
  }

  /** In order; of several that cannot be read, the first one is named. */
  private static Picture[] pictures(List<PictureFolder.Labelled> files, int side) {
    Picture[] pictures = new Picture[files.size()];
    @Nullable UserError[] failures = new UserError[files.size()];
    IntStream.range(0, files.size())
        .parallel()
        .forEach(
            i -> {
              try {
                pictures[i] = PictureFile.square(files.get(i).file(), side);
              } catch (UserError failure) {
                failures[i] = failure;
              }
            });
    for (UserError failure : failures) {
      if (failure != null) {
        throw failure;
      }
    }
    return pictures;
  }

  private static LabelledImages images(
      List<String> classes,
      List<PictureFolder.Labelled> files,
      Picture[] pictures,
      int side,
      int channels) {
    int image = side * side * channels;
    byte[] pixels = new byte[Math.multiplyExact(pictures.length, image)];
    byte[] labels = new byte[pictures.length];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i].write(channels, pixels, i * image);
      labels[i] = (byte) files.get(i).label();
    }
    return new LabelledImages(side, side, channels, classes, pixels, labels);
  }
}
