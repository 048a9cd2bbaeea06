package dev.lanewise.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/**
 * The checkpoints of one training in a folder of their own. After a crash at any moment, of the
 * process or of the machine, the newest one that was completed is there and is found.
 *
 * <p>A checkpoint is one safetensors file, {@code checkpoint-STEP.safetensors}: parameters and
 * optimizer state as tensors, what else decides how the training goes on (random state, seconds
 * used, options) as text. It is written to a temporary file in the folder, forced, renamed, and the
 * folder forced; older ones are deleted after that alone. A CRC-32C over header and data, which
 * stands in the metadata, tells one that the disk has damaged.
 *
 * <pre>{@code
 * Checkpoints checkpoints = Checkpoints.in(folder, 2);
 * checkpoints.save(step, tensors, Map.of("seed", "1"));
 * ...
 * Checkpoints.Search search = checkpoints.newest();
 * }</pre>
 *
 * <p>The folder belongs to one writer at a time: what a killed one has left half written is deleted
 * by the next {@link #save}.
 */
public final class Checkpoints {
  static final String FORMAT = "lanewise.checkpoint";
  static final String FORMAT_VERSION = "1";
  static final String STEP = "lanewise.step";
  static final String CHECKSUM = "lanewise.crc32c";

  private static final String PREFIX = "checkpoint-";
  private static final String SUFFIX = ".safetensors";

  /** Digits of {@code Long.MAX_VALUE}: names in order are steps in order. */
  private static final int DIGITS = 19;

  private final Path folder;
  private final int keep;
  private final Disk disk;

  private Checkpoints(Path folder, int keep, Disk disk) {
    if (keep < 1) {
      throw new IllegalArgumentException(
          keep + " checkpoints are to be kept: one at least is needed to go on from");
    }
    this.folder = folder;
    this.keep = keep;
    this.disk = disk;
  }

  /**
   * The checkpoints in a folder, which {@link #save} makes if it is not there.
   *
   * @param keep how many of them are kept, the newest ones; at least 1, and 2 outlive a damaged one
   */
  public static Checkpoints in(Path folder, int keep) {
    return in(folder, keep, Disk.SYSTEM);
  }

  static Checkpoints in(Path folder, int keep, Disk disk) {
    return new Checkpoints(folder, keep, disk);
  }

  /**
   * What {@link #newest} has found.
   *
   * @param checkpoint the newest one that is whole, if there is one; to be closed
   * @param skipped newer ones that are not whole, each with the reason
   */
  public record Search(Optional<Checkpoint> checkpoint, List<IOException> skipped) {}

  /**
   * Writes a checkpoint, then deletes what is older than the last ones that are kept.
   *
   * @param step steps done, 0 or more; a checkpoint of that step is replaced
   * @param tensors by name, read
   * @param metadata any text by key; keys that begin with {@code lanewise.} are taken
   * @return the file
   * @throws IllegalArgumentException if the step is negative, or a key or name cannot be written
   * @throws IOException one sentence that names the file and the reason; all checkpoints that were
   *     there still are, unless it is one of them that could not be deleted
   */
  public Path save(
      long step, SequencedMap<String, Safetensors.Entry> tensors, Map<String, String> metadata)
      throws IOException {
    if (step < 0) {
      throw new IllegalArgumentException("step = " + step + ": want 0 or more");
    }
    Map<String, String> all = new HashMap<>(metadata);
    for (String key : metadata.keySet()) {
      if (key.startsWith("lanewise.")) {
        throw new IllegalArgumentException(
            "the key "
                + Safetensors.quoted(key)
                + " is taken by checkpoints: give it another name");
      }
    }
    all.put(FORMAT, FORMAT_VERSION);
    all.put(STEP, Long.toString(step));
    all.put(CHECKSUM, checksum(tensors, all));
    Files.createDirectories(folder);
    Path file =
        folder.resolve(String.format(Locale.ROOT, "%s%0" + DIGITS + "d%s", PREFIX, step, SUFFIX));
    Safetensors.write(disk, file, tensors, all);
    deleteOlderThan(file);
    return file;
  }

  /**
   * Opens the newest checkpoint that is whole: every byte of it is read once and compared with its
   * checksum.
   *
   * @throws IOException if the folder cannot be read
   */
  public Search newest() throws IOException {
    List<IOException> skipped = new ArrayList<>();
    for (Path file : files().reversed()) {
      try {
        return new Search(Optional.of(Checkpoint.open(file)), List.copyOf(skipped));
      } catch (IOException broken) {
        skipped.add(broken);
      }
    }
    return new Search(Optional.empty(), List.copyOf(skipped));
  }

  /** Deletes all checkpoints of the folder. */
  public void deleteAll() throws IOException {
    for (Path file : files()) {
      disk.delete(file);
    }
    deleteTemporaries();
  }

  /** All files by their names, oldest first. */
  private List<Path> files() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> files = new ArrayList<>();
    String name = PREFIX + "[0-9]{" + DIGITS + "}" + SUFFIX.replace(".", "[.]");
    try (var all = Files.list(folder)) {
      all.filter(file -> file.getFileName().toString().matches(name)).forEach(files::add);
    }
    files.sort(Comparator.comparing(file -> file.getFileName().toString()));
    return Collections.unmodifiableList(files);
  }

  /**
   * What has a later step than {@code newest} was not whole when the training went on from an
   * earlier one; it does not count here, and is replaced once its step is reached again.
   */
  private void deleteOlderThan(Path newest) throws IOException {
    List<Path> files = files();
    int end = files.indexOf(newest) - keep + 1;
    for (int i = 0; i < end; i++) {
      disk.delete(files.get(i));
    }
    deleteTemporaries();
  }

  private void deleteTemporaries() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> left;
    try (var all =
        Files.newDirectoryStream(
            folder, CrashSafeFile.TEMPORARY_PREFIX + "*" + CrashSafeFile.TEMPORARY_SUFFIX)) {
      left = new ArrayList<>();
      all.forEach(left::add);
    }
    for (Path file : left) {
      disk.delete(file);
    }
  }

  private static String checksum(
      SequencedMap<String, Safetensors.Entry> tensors, Map<String, String> metadata)
      throws IOException {
    CRC32C crc = new CRC32C();
    byte[] header = Safetensors.header(tensors, metadata);
    Safetensors.writeTo(
        new Sink(crc), header, tensors.values().stream().map(Safetensors.Entry::data).toList());
    return Long.toHexString(crc.getValue());
  }

  /** The checksum that an opened file should have in its metadata. */
  static String checksum(Safetensors file) throws IOException {
    Map<String, String> metadata = new HashMap<>(file.metadata());
    metadata.remove(CHECKSUM);
    CRC32C crc = new CRC32C();
    crc.update(Safetensors.headerOf(file.layouts(), metadata));
    file.copyData(new Sink(crc));
    return Long.toHexString(crc.getValue());
  }

  /** Takes everything and keeps its checksum. */
  private record Sink(CRC32C crc) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) {
      int count = bytes.remaining();
      crc.update(bytes);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
