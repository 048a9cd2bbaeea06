package dev.lanewise.io;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Several arrays by name as NumPy saves them, a zip of npy files: {@code numpy.savez}, {@code
 * numpy.savez_compressed} and {@code numpy.load}.
 *
 * <p>{@link #write} replaces a file crash-safe, without compression, and the same arrays give the
 * same bytes. {@link #open} trusts nothing that the file says: every entry has to be an array as
 * {@link Npy} wants it, of the size that the zip tells, no name may be there twice; {@link #read}
 * takes no byte more than the shape has, whatever a compressed entry unpacks to, and compares the
 * checksum.
 */
public final class Npz implements AutoCloseable {
  private static final String SUFFIX = ".npy";

  /** The first moment that a zip can name. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private record Place(ZipEntry entry, NpyHeader header) {}

  private final Path file;
  private final ZipFile zip;
  private final SequencedMap<String, Place> places = new LinkedHashMap<>();

  private Npz(Path file, ZipFile zip) {
    this.file = file;
    this.zip = zip;
  }

  /**
   * Writes a file, or replaces it as a whole.
   *
   * @param arrays by name, in the order in which they are to lie in the file; read
   * @throws IOException one sentence that names the file and the reason; the old file is as it was
   */
  public static void write(Path file, SequencedMap<String, Npy.Entry> arrays) throws IOException {
    CrashSafeFile.replace(
        file,
        channel -> {
          ZipOutputStream out = new ZipOutputStream(Channels.newOutputStream(channel));
          out.setMethod(ZipOutputStream.STORED);
          for (Map.Entry<String, Npy.Entry> array : arrays.entrySet()) {
            out.putNextEntry(entry(array.getKey(), array.getValue()));
            Npy.writeTo(out, array.getValue());
            out.closeEntry();
          }
          // The channel stays open: it is forced before it is closed.
          out.finish();
        });
  }

  /** An entry that is stored tells size and checksum before its bytes. */
  private static ZipEntry entry(String name, Npy.Entry array) throws IOException {
    CRC32 crc = new CRC32();
    Npy.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), crc), array);
    ZipEntry entry = new ZipEntry(name + SUFFIX);
    entry.setTimeLocal(NO_TIME);
    entry.setSize(NpyHeader.of(array.type(), array.shape()).length + array.data().byteSize());
    entry.setCrc(crc.getValue());
    return entry;
  }

  /**
   * Opens a file and reads the headers of its arrays.
   *
   * @throws MalformedTensorFileException if it is not a zip of sound arrays of known types
   * @throws IOException if it cannot be read, in one sentence
   */
  @SuppressWarnings("resource") // closed by close()
  public static Npz open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("cannot read " + file + ": there is no such file");
    }
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile());
    } catch (IOException damaged) {
      throw new MalformedTensorFileException(file, "it is no whole zip: " + damaged);
    }
    try {
      Npz npz = new Npz(file, zip);
      npz.readHeaders();
      return npz;
    } catch (Throwable failure) {
      zip.close();
      throw failure;
    }
  }

  private void readHeaders() throws IOException {
    var entries = zip.entries();
    while (entries.hasMoreElements()) {
      ZipEntry entry = entries.nextElement();
      if (!entry.getName().endsWith(SUFFIX)) {
        throw new MalformedTensorFileException(
            file, "its entry " + Safetensors.quoted(entry.getName()) + " is no npy file");
      }
      String name = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
      NpyHeader header;
      try (InputStream in = zip.getInputStream(entry)) {
        header = NpyHeader.read(file, in);
        Npy.requireSize(file, header, entry.getSize());
      } catch (MalformedTensorFileException malformed) {
        throw malformed;
      } catch (IOException damaged) {
        throw damaged(entry, damaged);
      }
      if (places.put(name, new Place(entry, header)) != null) {
        throw new MalformedTensorFileException(
            file, "array " + Safetensors.quoted(name) + " is there twice");
      }
    }
  }

  /** The names of the arrays, in the order of the file. */
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(new LinkedHashSet<>(places.keySet()));
  }

  /**
   * The type of the elements of an array.
   *
   * @throws IllegalArgumentException if the file has no array of that name
   */
  public Npy.Type type(String name) {
    return place(name).header().type();
  }

  /**
   * The dimensions of an array, whatever its type.
   *
   * @throws IllegalArgumentException if the file has no array of that name
   */
  public TensorLayout shape(String name) {
    return place(name).header().shape();
  }

  /**
   * Copies the elements of an array into the caller's memory.
   *
   * @param target overwritten with the elements in native byte order, bit for bit; has exactly
   *     their bytes
   * @throws IllegalArgumentException if the file has no array of that name, or the target has
   *     another size or is read-only
   * @throws IOException if the file cannot be read or its checksum is another one; the target may
   *     have been overwritten in part then
   */
  public void read(String name, MemorySegment target) throws IOException {
    Place place = place(name);
    CRC32 crc = new CRC32();
    try (InputStream in = new CheckedInputStream(zip.getInputStream(place.entry()), crc)) {
      NpyHeader header = NpyHeader.read(file, in);
      Npy.readInto(file, in, header, target);
      if (in.read() >= 0) {
        throw new MalformedTensorFileException(
            file, "array " + Safetensors.quoted(name) + " goes on behind its elements");
      }
    } catch (MalformedTensorFileException malformed) {
      throw malformed;
    } catch (IOException damaged) {
      throw damaged(place.entry(), damaged);
    }
    if (crc.getValue() != place.entry().getCrc()) {
      throw new MalformedTensorFileException(
          file,
          "the checksum of array "
              + Safetensors.quoted(name)
              + " is "
              + Long.toHexString(place.entry().getCrc())
              + ", that of its bytes "
              + Long.toHexString(crc.getValue()));
    }
  }

  private MalformedTensorFileException damaged(ZipEntry entry, IOException cause) {
    return new MalformedTensorFileException(
        file, "its entry " + Safetensors.quoted(entry.getName()) + " cannot be unpacked: " + cause);
  }

  private Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          file
              + " has no array "
              + Safetensors.quoted(name)
              + ", it has "
              + places.keySet().stream().limit(10).map(Safetensors::quoted).toList());
    }
    return place;
  }

  /** Closes the file; what was read stays. */
  @Override
  public void close() throws IOException {
    zip.close();
  }

  @Override
  public String toString() {
    return file + " (" + places.size() + " arrays)";
  }
}
