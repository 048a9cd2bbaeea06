package dev.lanewise.io;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Replaces a file as a whole: after a crash at any moment the old content or the new one is there,
 * never a mixture.
 *
 * <p>The content goes to a temporary file in the same folder, since a rename is atomic within one
 * file system alone. It is forced before the rename, or the name could reach the disk before the
 * content does; the folder is forced after it.
 */
final class CrashSafeFile {
  /** How the names of temporary files begin and end. */
  static final String TEMPORARY_PREFIX = ".lanewise-";

  static final String TEMPORARY_SUFFIX = ".tmp";

  private CrashSafeFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  interface Content {
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  /**
   * Replaces {@code file}, or creates it.
   *
   * @throws IOException one sentence that names the file and the reason; the old file is as it was
   *     then, and nothing else is left behind. (If it is the folder that could not be forced, the
   *     new file is in place, but a crash of the machine may still bring the old one back.)
   */
  static void replace(Path file, Content content) throws IOException {
    replace(Disk.SYSTEM, file, content);
  }

  /** The same on a given disk. */
  static void replace(Disk disk, Path file, Content content) throws IOException {
    try {
      // The link stays: it is the file behind it that is replaced.
      Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file.toAbsolutePath();
      Path folder = target.getParent();
      if (folder == null || Files.isDirectory(target)) {
        throw new FileSystemException(null, null, "it is a folder, give the name of a file");
      }
      if (!Files.isDirectory(folder)) {
        throw new FileSystemException(null, null, "there is no folder " + folder);
      }
      Path temporary =
          folder.resolve(
              TEMPORARY_PREFIX
                  + Long.toHexString(ThreadLocalRandom.current().nextLong())
                  + TEMPORARY_SUFFIX);
      writeAndRename(disk, temporary, target, content);
      disk.forceFolder(folder);
    } catch (IOException failure) {
      throw new IOException("cannot write " + file + ": " + reason(failure), failure);
    }
  }

  private static void writeAndRename(Disk disk, Path temporary, Path target, Content content)
      throws IOException {
    try {
      try (WritableByteChannel channel = disk.create(temporary)) {
        content.writeTo(channel);
        disk.force(channel);
      }
      // After the close: some systems do not rename a file that is open.
      disk.rename(temporary, target);
    } catch (Throwable failure) {
      try {
        disk.delete(temporary);
      } catch (IOException alsoFailed) {
        failure.addSuppressed(alsoFailed);
      }
      throw failure;
    }
  }

  private static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException denied) {
      return "no permission to write to its folder (" + denied.getFile() + ")";
    }
    if (failure instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
