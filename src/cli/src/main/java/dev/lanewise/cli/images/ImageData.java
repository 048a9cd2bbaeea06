package dev.lanewise.cli.images;

import dev.lanewise.cli.images.files.PictureFolder;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.io.Idx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be learnt: images to train on and others, held out, to judge by.
 *
 * @param name where they come from
 */
record ImageData(String name, LabelledImages training, LabelledImages heldOut) {
  private static final int DRAWN_TRAINING = 8_192;
  private static final int DRAWN_HELD_OUT = 1_024;

  /** The same for every training: models are compared on the same images. */
  private static final long DRAWN_SEED = 20_151_210;

  private static final String TRAINING = "train";
  private static final String HELD_OUT = "t10k";

  /**
   * Four files as those of MNIST, a folder of pictures for each class, or shapes that are drawn.
   *
   * @param folder null for shapes
   * @param side lines and columns that pictures are made to
   */
  static ImageData of(@Nullable Path folder, int side) {
    if (folder == null) {
      return new ImageData(
          "drawn shapes",
          DrawnShapes.draw(DRAWN_TRAINING, DRAWN_SEED),
          DrawnShapes.draw(DRAWN_HELD_OUT, DRAWN_SEED + 1));
    }
    if (!Files.exists(images(folder, TRAINING)) && PictureFolder.hasFolders(folder)) {
      return FolderImages.read(folder, side);
    }
    LabelledImages training = part(folder, TRAINING);
    LabelledImages heldOut = part(folder, HELD_OUT);
    if (training.height() != heldOut.height() || training.width() != heldOut.width()) {
      throw new UserError(
          String.format(
              "the images of %s are %d x %d to train on and %d x %d held out: give one size",
              folder, training.height(), training.width(), heldOut.height(), heldOut.width()));
    }
    return new ImageData(folder.toString(), training, heldOut);
  }

  private static LabelledImages part(Path folder, String prefix) {
    Idx images = read(images(folder, prefix), 3);
    Idx labels = read(folder.resolve(prefix + "-labels-idx1-ubyte"), 1);
    int most = 0;
    for (byte label : labels.data()) {
      most = Math.max(most, label & 0xff);
    }
    // MNIST and its kin have ten classes; a part may lack the last of them.
    int count = Math.max(10, most + 1);
    List<String> classes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      classes.add(Integer.toString(i));
    }
    return new LabelledImages(
        images.dim(1), images.dim(2), 1, classes, images.data(), labels.data());
  }

  private static Path images(Path folder, String prefix) {
    return folder.resolve(prefix + "-images-idx3-ubyte");
  }

  /** Tells other images or labels from these. */
  String fingerprint() {
    return training.fingerprint() + "; held out " + heldOut.fingerprint();
  }

  private static Idx read(Path file, int rank) {
    if (!Files.isRegularFile(file)) {
      throw new UserError(
          "there is no "
              + file
              + ": --images wants a folder with the four files of MNIST, unpacked, or with a folder"
              + " of PNG, JPEG or PGM pictures for each class");
    }
    try {
      Idx idx = Idx.read(file);
      if (idx.rank() != rank) {
        throw new UserError(
            file
                + " has "
                + idx.rank()
                + " dimensions, "
                + rank
                + " are wanted: give another file");
      }
      return idx;
    } catch (IOException failure) {
      throw new UserError(String.valueOf(failure.getMessage()), failure);
    }
  }
}
