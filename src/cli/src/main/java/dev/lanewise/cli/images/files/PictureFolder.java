package dev.lanewise.cli.images.files;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A folder with a folder of pictures for each class, whose name is that of the class; names are in
 * order.
 *
 * <p>Where there is a folder {@code test}, it has the same classes and is held out; the pictures to
 * train on then lie beside it, or in a folder {@code train} if there is one. Else every tenth
 * picture, by the CRC-32C of its class and name, is held out: always the same ones, whatever other
 * files are there. Names that begin with a dot are passed over, and files that lie in no class.
 *
 * @param classes in order
 * @param training by class, then by name
 * @param heldOut alike
 */
public record PictureFolder(List<String> classes, List<Labelled> training, List<Labelled> heldOut) {
  private static final String TEST = "test";
  private static final String TRAIN = "train";

  /** A label is a byte. */
  private static final int MOST_CLASSES = 256;

  /** One of so many is held out. */
  private static final int PARTS = 10;

  /** A picture and its class. */
  public record Labelled(Path file, int label) {}

  /** Whether a folder has folders in it. */
  public static boolean hasFolders(Path folder) {
    return Files.isDirectory(folder) && !entries(folder, true).isEmpty();
  }

  /**
   * Lists a folder, of which no picture is read.
   *
   * @throws UserError if there is nothing to learn or to judge by, or a file that is no picture
   */
  public static PictureFolder of(Path folder) {
    Path test = folder.resolve(TEST);
    boolean tested = Files.isDirectory(test);
    Path train = folder.resolve(TRAIN);
    Path root = tested && Files.isDirectory(train) ? train : folder;
    List<Path> folders = new ArrayList<>(entries(root, true));
    if (tested) {
      folders.remove(test);
    }
    List<String> classes = folders.stream().map(PictureFolder::name).toList();
    requireClasses(root, classes.size());
    List<Labelled> all = pictures(root, classes);
    if (tested) {
      return new PictureFolder(classes, all, tested(test, root, classes));
    }
    List<Labelled> training = all.stream().filter(labelled -> !isHeldOut(labelled.file)).toList();
    List<Labelled> heldOut = all.stream().filter(labelled -> isHeldOut(labelled.file)).toList();
    if (training.isEmpty() || heldOut.isEmpty()) {
      throw new UserError(
          folder
              + " has too few pictures, "
              + all.size()
              + ", to hold out a tenth of them: give more, or a folder "
              + TEST
              + " with those to judge by");
    }
    return new PictureFolder(classes, training, heldOut);
  }

  private static void requireClasses(Path root, int classes) {
    if (classes < 2 || classes > MOST_CLASSES) {
      throw new UserError(
          root
              + " has "
              + classes
              + " folders of pictures, one for each class: give 2 to "
              + MOST_CLASSES
              + " classes");
    }
  }

  private static List<Labelled> tested(Path test, Path root, List<String> classes) {
    for (Path folder : entries(test, true)) {
      if (!classes.contains(name(folder))) {
        throw new UserError(
            folder
                + " is of no class that is trained on: add its folder to "
                + root
                + ", or take it out");
      }
    }
    List<Labelled> heldOut = pictures(test, classes);
    if (heldOut.isEmpty()) {
      throw new UserError(
          test + " has no pictures to judge by: add some in a folder for each class, or delete it");
    }
    return heldOut;
  }

  /** The pictures of all classes; a class whose folder is not there has none. */
  private static List<Labelled> pictures(Path root, List<String> classes) {
    List<Labelled> pictures = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path folder = root.resolve(classes.get(label));
      if (!Files.isDirectory(folder)) {
        continue;
      }
      List<Path> folders = entries(folder, true);
      if (!folders.isEmpty()) {
        throw new UserError(
            folders.getFirst()
                + " is a folder within that of a class: move its pictures into "
                + folder);
      }
      List<Path> files = entries(folder, false);
      if (files.isEmpty()) {
        throw new UserError(folder + " has no pictures: add some, or delete it");
      }
      for (Path file : files) {
        requirePicture(file);
        pictures.add(new Labelled(file, label));
      }
    }
    return pictures;
  }

  private static void requirePicture(Path file) {
    if (!PictureFile.isNamedSo(file)) {
      throw new UserError(
          file
              + " is no PNG, JPEG or PGM by its name: take it out of the folder, or give it the"
              + " ending that it should have");
    }
  }

  private static boolean isHeldOut(Path file) {
    Path folder = file.getParent();
    CRC32C crc = new CRC32C();
    String own = (folder == null ? "" : name(folder)) + "/" + name(file);
    crc.update(own.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() % PARTS == 0;
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  /** The folders in a folder, or its files, by name. */
  private static List<Path> entries(Path folder, boolean folders) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> !name(path).startsWith("."))
          .filter(path -> Files.isDirectory(path) == folders)
          .sorted((a, b) -> name(a).compareTo(name(b)))
          .toList();
    } catch (IOException failure) {
      throw new UserError(
          String.format(Locale.ROOT, "cannot list the folder %s (%s)", folder, failure), failure);
    }
  }
}
