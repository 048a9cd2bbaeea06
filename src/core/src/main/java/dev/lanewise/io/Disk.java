package dev.lanewise.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * What a crash-safe write asks of the file system, call by call: a test puts one in its place that
 * fails, or crashes, at each of them.
 */
interface Disk {
  /** The file system of this machine. */
  Disk SYSTEM = new SystemDisk();

  /** Makes a new file and opens it to be written. */
  WritableByteChannel create(Path file) throws IOException;

  /** What was written to a channel of {@link #create} is on the disk when this returns. */
  void force(WritableByteChannel channel) throws IOException;

  /** Gives a file another name in its folder, in whose place there may be a file. */
  void rename(Path from, Path to) throws IOException;

  /** The names in a folder are on the disk when this returns. */
  void forceFolder(Path folder) throws IOException;

  /** Deletes a file if it is there. */
  void delete(Path file) throws IOException;

  /** The calls as they are. */
  final class SystemDisk implements Disk {
    private SystemDisk() {}

    @Override
    public WritableByteChannel create(Path file) throws IOException {
      return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void force(WritableByteChannel channel) throws IOException {
      ((FileChannel) channel).force(true);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      if (System.getProperty("os.name", "").startsWith("Windows")) {
        // A folder cannot be opened there, and its file system logs renames in order.
        return;
      }
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }

    @Override
    public void delete(Path file) throws IOException {
      Files.deleteIfExists(file);
    }
  }
}
