package dev.lanewise.cli.corpus;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The files of a folder or of a zip, or a single file, in the order of their names. */
final class FileSet implements AutoCloseable {
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  private final SortedMap<String, Content> files;
  private final @Nullable ZipFile zip;

  private FileSet(SortedMap<String, Content> files, @Nullable ZipFile zip) {
    this.files = Collections.unmodifiableSortedMap(files);
    this.zip = zip;
  }

  /** What {@code path} holds: a folder with all below it, a zip, or one file. */
  static FileSet of(Path path) {
    if (!Files.exists(path)) {
      throw new UserError(
          "the corpus " + path + " does not exist: give --corpus a folder, a text file or a zip");
    }
    try {
      if (Files.isDirectory(path)) {
        return folder(path);
      }
      return isZip(path) ? zip(path, "") : single(path);
    } catch (IOException failure) {
      throw unreadable(path.toString(), failure);
    }
  }

  /**
   * Hidden files and folders ({@code .git}) are no text of the corpus; links are not followed, so
   * there is no circle.
   */
  static FileSet folder(Path folder) throws IOException {
    SortedMap<String, Content> files = new TreeMap<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path sub, BasicFileAttributes attributes) {
            return sub.equals(folder) || !isHidden(sub)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && !isHidden(file)) {
              String name = folder.relativize(file).toString().replace('\\', '/');
              files.put(name, () -> Files.newInputStream(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return new FileSet(files, null);
  }

  /** The entries of a zip whose names begin with {@code prefix}. */
  @SuppressWarnings("resource") // closed by close()
  static FileSet zip(Path path, String prefix) throws IOException {
    ZipFile zip = new ZipFile(path.toFile());
    SortedMap<String, Content> files = new TreeMap<>();
    var entries = zip.entries();
    while (entries.hasMoreElements()) {
      ZipEntry entry = entries.nextElement();
      if (!entry.isDirectory() && entry.getName().startsWith(prefix)) {
        files.put(entry.getName().substring(prefix.length()), () -> zip.getInputStream(entry));
      }
    }
    return new FileSet(files, zip);
  }

  private static FileSet single(Path file) {
    SortedMap<String, Content> files = new TreeMap<>();
    files.put(file.getFileName().toString(), () -> Files.newInputStream(file));
    return new FileSet(files, null);
  }

  private static boolean isHidden(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  /**
   * By content: the signature of a first entry or of the end record that an empty zip consists of.
   */
  private static boolean isZip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(4);
      return head.length == 4 && head[0] == 'P' && head[1] == 'K' && (head[2] == 3 || head[2] == 5);
    }
  }

  static UserError unreadable(String what, IOException failure) {
    return new UserError(
        "cannot read the corpus "
            + what
            + " ("
            + reason(failure)
            + "): check the file or choose another",
        failure);
  }

  private static String reason(IOException failure) {
    return switch (failure) {
      case java.nio.file.AccessDeniedException denied -> "permission denied";
      case java.util.zip.ZipException damaged -> "damaged zip: " + damaged.getMessage();
      default -> String.valueOf(failure.getMessage());
    };
  }

  SortedMap<String, Content> files() {
    return files;
  }

  @Override
  public void close() throws IOException {
    if (zip != null) {
      zip.close();
    }
  }
}
