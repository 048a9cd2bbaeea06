package dev.lanewise.jmh.tracker.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/**
 * Files that are there whole or not at all: the new content is written beside the old one, forced
 * to the disk and moved over it. A full disk, a kill or a power cut leaves the old file as it was.
 */
public final class AtomicFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AtomicFile() {}

  public static void write(Path file, String content) {
    write(file, new byte[0], content.getBytes(StandardCharsets.UTF_8));
  }

  /** A record as JSON for people and tools. */
  public static void writeJson(Path file, Object content) {
    try {
      write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(content) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Adds to the end; writers of several processes wait for each other. */
  public static void append(Path file, String addition) {
    Path lock = file.resolveSibling("." + file.getFileName() + ".lock");
    try {
      Files.createDirectories(folder(file));
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var held = channel.lock()) {
        byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        // A file that was cut off in the middle of a line must not swallow the next one.
        boolean cut = before.length > 0 && before[before.length - 1] != '\n';
        write(file, before, ((cut ? "\n" : "") + addition).getBytes(StandardCharsets.UTF_8));
        if (!held.isValid()) {
          throw new IOException("the lock was lost");
        }
      }
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static void write(Path file, byte[] before, byte[] after) {
    Path folder = folder(file);
    try {
      Files.createDirectories(folder);
      // Not a temporary file of the JDK's, which nobody else may read.
      Path partial = folder.resolve("." + file.getFileName() + "-" + UUID.randomUUID() + ".part");
      try {
        try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          drain(channel, before);
          drain(channel, after);
          channel.force(true);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static Path folder(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
  }

  private static void drain(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static TrackerException failed(Path file, IOException e) {
    return TrackerException.infrastructure(
        "cannot write " + file + " (" + e.getMessage() + "): what it held before is unharmed", e);
  }
}
