package dev.lanewise.cli.images.files;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A file with a picture: PNG, JPEG or PGM by its first bytes, whatever it is called. The lines are
 * as the file has them; how a camera was held, which a JPEG may tell, is passed over.
 */
public final class PictureFile {
  /** Names that a picture may end with. */
  private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".pgm");

  private static final long MOST_PIXELS = 1 << 26;
  private static final long MOST_BYTES = 1 << 28;

  private PictureFile() {}

  /** Whether a file is called as a picture is. */
  static boolean isNamedSo(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  /**
   * The largest square in the middle of a picture, made smaller.
   *
   * @param side lines and columns
   * @throws UserError one sentence with the path, if the file is broken or the picture too small
   */
  public static Picture square(Path file, int side) {
    Picture picture = read(file);
    int edge = Math.min(picture.height(), picture.width());
    if (edge < side) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "%s is %d x %d pixels, smaller than the %d x %d that the model takes: take it out of"
                  + " the folder, or give --image-size %d or less",
              file,
              picture.width(),
              picture.height(),
              side,
              side,
              edge));
    }
    return picture.square(side);
  }

  private static Picture read(Path file) {
    try {
      return decoded(file);
    } catch (IOException failure) {
      throw new UserError(
          file
              + " is no picture that can be read ("
              + failure.getMessage()
              + "): mend it, or take it out of the folder",
          failure);
    } catch (NoClassDefFoundError missing) {
      throw new UserError(
          "this java has no module java.desktop, which reads "
              + file
              + ": use a full JDK, or PGM pictures",
          missing);
    }
  }

  private static Picture decoded(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MOST_BYTES) {
      throw new IOException(String.format(Locale.ROOT, "%,d bytes are too many", size));
    }
    byte[] bytes = Files.readAllBytes(file);
    return Pgm.isOne(bytes) ? Pgm.read(bytes, MOST_PIXELS) : Decoder.read(bytes, MOST_PIXELS);
  }
}
