package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.lanewise.memory.TensorLayout;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * One array as NumPy saves it: {@code numpy.save} and {@code numpy.load}.
 *
 * <p>{@link #write} replaces a file crash-safe. {@link #open} trusts nothing that the file says:
 * the header is read under NumPy's own cap, the type has to be known, the shape to give exactly the
 * bytes that are there. What does not hold is a {@link MalformedTensorFileException}. Elements are
 * little-endian and in the order of C; an array of rank 2 or more in the order of Fortran is
 * refused, since every use of it would have to be told.
 *
 * <p>Source: NumPy, {@code numpy/lib/format.py}. Nothing that would need Python objects ({@code
 * allow_pickle}) is ever read.
 */
public final class Npy implements AutoCloseable {
  /** Large enough that system calls do not count. */
  private static final int CHUNK_BYTES = 1 << 18;

  /** The types of elements that are read and written, all little-endian. */
  public enum Type {
    /** Single precision. */
    F32("<f4", Float.BYTES),
    /** Double precision. */
    F64("<f8", Double.BYTES),
    /** Integers of 32 bits. */
    I32("<i4", Integer.BYTES),
    /** Integers of 64 bits. */
    I64("<i8", Long.BYTES);

    static final String NAMES =
        Arrays.stream(values()).map(Type::descr).collect(Collectors.joining(", "));

    private final String descr;
    private final int bytes;

    Type(String descr, int bytes) {
      this.descr = descr;
      this.bytes = bytes;
    }

    /** NumPy's name. */
    public String descr() {
      return descr;
    }

    /** Bytes of an element. */
    public int bytes() {
      return bytes;
    }
  }

  /**
   * An array to be written.
   *
   * @param shape its dimensions, whatever its type
   * @param data its elements in native byte order, exactly as many bytes as they take; any segment
   */
  public record Entry(Type type, TensorLayout shape, MemorySegment data) {
    /** Checks that both have the same size. */
    public Entry {
      requireBytes(type, shape, data);
    }
  }

  private final Path file;
  private final NpyHeader header;
  private final InputStream in;

  private Npy(Path file, NpyHeader header, InputStream in) {
    this.file = file;
    this.header = header;
    this.in = in;
  }

  /**
   * Writes a file, or replaces it as a whole.
   *
   * @throws IOException one sentence that names the file and the reason; the old file is as it was
   */
  public static void write(Path file, Entry array) throws IOException {
    CrashSafeFile.replace(file, channel -> writeTo(Channels.newOutputStream(channel), array));
  }

  /** Header and elements. */
  static void writeTo(OutputStream out, Entry array) throws IOException {
    out.write(NpyHeader.of(array.type(), array.shape()));
    byte[] chunk = new byte[CHUNK_BYTES];
    MemorySegment chunkSegment = MemorySegment.ofArray(chunk);
    int size;
    for (long done = 0; done < array.data().byteSize(); done += size) {
      size = (int) Math.min(CHUNK_BYTES, array.data().byteSize() - done);
      copy(array.type(), array.data(), done, false, chunkSegment, 0, size);
      out.write(chunk, 0, size);
    }
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws MalformedTensorFileException if it is not a sound array of a known type
   * @throws IOException if it cannot be read, in one sentence
   */
  public static Npy open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("cannot read " + file + ": it is a folder, give the name of a file");
    }
    InputStream in;
    try {
      in = new BufferedInputStream(Files.newInputStream(file));
    } catch (NoSuchFileException missing) {
      throw new IOException("cannot read " + file + ": there is no such file", missing);
    }
    try {
      NpyHeader header = NpyHeader.read(file, in);
      requireSize(file, header, Files.size(file));
      return new Npy(file, header, in);
    } catch (Throwable failure) {
      in.close();
      throw failure;
    }
  }

  /** Checks that header and elements are all that is there. */
  static void requireSize(Path file, NpyHeader header, long bytes)
      throws MalformedTensorFileException {
    if (bytes - header.bytes() != header.dataBytes()) {
      throw new MalformedTensorFileException(
          file,
          "an array of "
              + header.shape()
              + " and type "
              + header.type().descr()
              + " takes "
              + header.dataBytes()
              + " bytes, "
              + (bytes - header.bytes())
              + " follow its header");
    }
  }

  /** The type of the elements. */
  public Type type() {
    return header.type();
  }

  /** The dimensions, whatever the type. */
  public TensorLayout shape() {
    return header.shape();
  }

  /**
   * Copies the elements into the caller's memory, once.
   *
   * @param target overwritten with the elements in native byte order, bit for bit; has exactly
   *     their bytes
   * @throws IllegalArgumentException if the target has another size or is read-only
   * @throws IOException if the file cannot be read, or was read before
   */
  public void read(MemorySegment target) throws IOException {
    readInto(file, in, header, target);
  }

  /** The same from a stream that stands behind the header. */
  static void readInto(Path file, InputStream in, NpyHeader header, MemorySegment target)
      throws IOException {
    requireBytes(header.type(), header.shape(), target);
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target is read-only: pass writable memory");
    }
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, target.byteSize())];
    MemorySegment chunkSegment = MemorySegment.ofArray(chunk);
    int size;
    for (long done = 0; done < target.byteSize(); done += size) {
      size = (int) Math.min(CHUNK_BYTES, target.byteSize() - done);
      if (in.readNBytes(chunk, 0, size) < size) {
        throw new MalformedTensorFileException(file, "it ends within its elements");
      }
      copy(header.type(), chunkSegment, 0, true, target, done, size);
    }
  }

  /** Copies from the order of the file to that of the memory, or back; it is a swap or none. */
  private static void copy(
      Type type,
      MemorySegment from,
      long fromOffset,
      boolean fromFile,
      MemorySegment to,
      long toOffset,
      long bytes) {
    ByteOrder source = fromFile ? ByteOrder.LITTLE_ENDIAN : ByteOrder.nativeOrder();
    ByteOrder target = fromFile ? ByteOrder.nativeOrder() : ByteOrder.LITTLE_ENDIAN;
    // As integers, so that no conversion touches the payload of a NaN.
    ValueLayout element = type.bytes() == Long.BYTES ? JAVA_LONG_UNALIGNED : JAVA_INT_UNALIGNED;
    MemorySegment.copy(
        from,
        element.withOrder(source),
        fromOffset,
        to,
        element.withOrder(target),
        toOffset,
        bytes / type.bytes());
  }

  private static void requireBytes(Type type, TensorLayout shape, MemorySegment data) {
    long bytes = Math.multiplyExact(shape.elements(), (long) type.bytes());
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "an array of "
              + shape
              + " and type "
              + type.descr()
              + " has "
              + bytes
              + " bytes, the memory given "
              + data.byteSize()
              + ": pass exactly as many");
    }
  }

  /** Closes the file; what was read stays. */
  @Override
  public void close() throws IOException {
    in.close();
  }

  @Override
  public String toString() {
    return file + " (" + shape() + " of " + type().descr() + ")";
  }
}
