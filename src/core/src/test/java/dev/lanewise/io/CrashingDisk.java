package dev.lanewise.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A disk that takes a few bytes a call, and at one of its calls either fails or loses its power.
 * What was not forced by then is lost as a real disk may lose it: half of the content, and a name
 * that a file was given.
 */
final class CrashingDisk implements Disk {
  /** The end of the process: nothing that it does from here on has an effect. */
  static final class PowerLoss extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** What happens at the chosen call. */
  enum Fault {
    NONE,
    FAILS,
    POWER_LOSS
  }

  private static final int BYTES_PER_CALL = 97;

  private final Fault fault;
  private final int faultAt;
  private int calls;
  private boolean off;

  /** Content that is not on the disk, by its present name. */
  private @Nullable Path unforced;

  /** The name that is not on the disk, and what it stood for before. */
  private @Nullable Path unforcedName;

  private byte @Nullable [] before;

  CrashingDisk(Fault fault, int faultAt) {
    this.fault = fault;
    this.faultAt = faultAt;
  }

  int calls() {
    return calls;
  }

  private void call() throws IOException {
    if (off) {
      throw new PowerLoss();
    }
    if (calls++ == faultAt) {
      switch (fault) {
        case FAILS -> throw new IOException("Input/output error");
        case POWER_LOSS -> {
          losePower();
          throw new PowerLoss();
        }
        case NONE -> {}
      }
    }
  }

  private void losePower() throws IOException {
    off = true;
    if (unforced != null && Files.exists(unforced)) {
      byte[] content = Files.readAllBytes(unforced);
      Files.write(unforced, Arrays.copyOf(content, content.length / 2));
    }
    if (unforcedName != null) {
      if (before == null) {
        Files.delete(unforcedName);
      } else {
        Files.write(unforcedName, before);
      }
    }
  }

  @Override
  public WritableByteChannel create(Path file) throws IOException {
    call();
    WritableByteChannel channel = SYSTEM.create(file);
    unforced = file;
    return new ShortWrites(channel);
  }

  @Override
  public void force(WritableByteChannel channel) throws IOException {
    call();
    unforced = null;
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    call();
    before = Files.exists(to) ? Files.readAllBytes(to) : null;
    unforcedName = to;
    unforced = from.equals(unforced) ? to : unforced;
    SYSTEM.rename(from, to);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    call();
    unforcedName = null;
  }

  @Override
  public void delete(Path file) throws IOException {
    call();
    SYSTEM.delete(file);
  }

  private final class ShortWrites implements WritableByteChannel {
    private final WritableByteChannel channel;

    ShortWrites(WritableByteChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      call();
      int count = Math.min(bytes.remaining(), BYTES_PER_CALL);
      byte[] taken = new byte[count];
      bytes.get(taken);
      ByteBuffer copy = ByteBuffer.wrap(taken);
      while (copy.hasRemaining()) {
        int ignored = channel.write(copy);
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
