package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tensor files in the safetensors format: eight bytes of header length (little-endian), a JSON
 * header that gives each tensor's name, type, shape and place, and the tensors' bytes one after the
 * other.
 *
 * <p>{@link #write} replaces a file crash-safe. {@link #open} treats the file as hostile: the
 * header is read under the cap of the reference implementation and never beyond the file's own
 * size, and everything it says is checked before it is believed; the tensors have to cover the data
 * exactly. What does not hold is a {@link MalformedTensorFileException}.
 *
 * <p>f32 alone is read and written. Source: the format's description and reference implementation,
 * Hugging Face safetensors, README "Format" and {@code safetensors/src/tensor.rs}.
 */
public final class Safetensors implements AutoCloseable {
  /** Most bytes a header may have, the reference implementation's {@code MAX_HEADER_SIZE}. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final String DTYPE = "F32";

  /** The types of the format besides f32: such a file is sound, this library cannot read it. */
  private static final Set<String> OTHER_DTYPES =
      Set.of(
          "BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64", "F16", "BF16", "F64", "C64",
          "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E8M0");

  private static final int LENGTH_BYTES = Long.BYTES;

  /** Large enough that system calls do not count, small enough for the heap of any JVM. */
  private static final int CHUNK_BYTES = 1 << 18;

  // As ints, so that no conversion touches the payload of a NaN.
  private static final ValueLayout.OfInt MEMORY_ORDER =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
  private static final ValueLayout.OfInt FILE_ORDER =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final FileChannel channel;
  private final long dataStart;
  private final SequencedMap<String, Place> places;
  private final SequencedMap<String, String> metadata;

  private Safetensors(
      Path file,
      FileChannel channel,
      long dataStart,
      SequencedMap<String, Place> places,
      SequencedMap<String, String> metadata) {
    this.file = file;
    this.channel = channel;
    this.dataStart = dataStart;
    this.places = places;
    this.metadata = Collections.unmodifiableSequencedMap(metadata);
  }

  /**
   * A tensor to be written.
   *
   * @param layout the tensor's shape
   * @param data its floats in native byte order, exactly as many bytes as the layout has; any
   *     segment
   */
  public record Entry(TensorLayout layout, MemorySegment data) {
    /** Checks that both have the same size. */
    public Entry {
      if (layout.bytes() != data.byteSize()) {
        throw new IllegalArgumentException(
            "a tensor of "
                + layout
                + " has "
                + layout.bytes()
                + " bytes, its data "
                + data.byteSize()
                + ": pass the slice that holds the tensor");
      }
    }
  }

  /** Where a tensor lies: bytes from the start of the data. */
  private record Place(TensorLayout layout, long begin, long end) {}

  /**
   * Writes a file, or replaces it as a whole: after a crash at any moment the old file or the new
   * one is there.
   *
   * @param file where to; its folder has to exist
   * @param tensors by name, in the order in which they are to lie in the file; read
   * @param metadata any text by key, written in the order of the keys
   * @throws IllegalArgumentException if a name is {@code __metadata__} or not valid text, or the
   *     header gets too large
   * @throws IllegalStateException if the memory of a tensor is closed
   * @throws IOException one sentence that names the file and the reason. After any exception the
   *     old file is untouched
   */
  public static void write(
      Path file, SequencedMap<String, Entry> tensors, Map<String, String> metadata)
      throws IOException {
    write(Disk.SYSTEM, file, tensors, metadata);
  }

  /** The same on a given disk. */
  static void write(
      Disk disk, Path file, SequencedMap<String, Entry> tensors, Map<String, String> metadata)
      throws IOException {
    byte[] header = header(tensors, metadata);
    // A copy: the header has been made from these entries, and a caller's map may change.
    List<MemorySegment> data = tensors.values().stream().map(Entry::data).toList();
    CrashSafeFile.replace(disk, file, channel -> writeTo(channel, header, data));
  }

  /**
   * Opens a file and reads its header, not its tensors.
   *
   * @throws MalformedTensorFileException if it is not a sound tensor file, or holds a type other
   *     than f32
   * @throws IOException if it cannot be read, in one sentence
   */
  public static Safetensors open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("cannot read " + file + ": it is a folder, give the name of a file");
    }
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException missing) {
      throw new IOException("cannot read " + file + ": there is no such file", missing);
    } catch (IOException failure) {
      throw new IOException("cannot read " + file + ": " + failure.getMessage(), failure);
    }
    try {
      return open(file, channel);
    } catch (Throwable failure) {
      channel.close();
      throw failure;
    }
  }

  /** The tensors' names, in the order of the header. */
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(new LinkedHashSet<>(places.keySet()));
  }

  /**
   * The shape of a tensor.
   *
   * @throws IllegalArgumentException if the file has no tensor of that name
   */
  public TensorLayout layout(String name) {
    return place(name).layout();
  }

  /** The file's metadata: any text by key. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Copies a tensor into the caller's memory. May be called from several threads.
   *
   * @param target overwritten with the tensor's floats in native byte order, bit for bit; has
   *     exactly the tensor's bytes
   * @throws IllegalArgumentException if the file has no tensor of that name, or the target has
   *     another size
   * @throws IOException if the file cannot be read; the target may have been overwritten in part
   *     then
   */
  public void read(String name, MemorySegment target) throws IOException {
    Place place = place(name);
    long bytes = place.layout().bytes();
    if (target.byteSize() != bytes || target.isReadOnly()) {
      throw new IllegalArgumentException(
          "tensor "
              + quoted(name)
              + " of "
              + place.layout()
              + " has "
              + bytes
              + " bytes, its target "
              + target.byteSize()
              + (target.isReadOnly() ? " that are read-only" : "")
              + ": pass writable memory of exactly that size");
    }
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, bytes));
    MemorySegment chunkSegment = MemorySegment.ofArray(chunk.array());
    long size;
    for (long done = 0; done < bytes; done += size) {
      size = Math.min(CHUNK_BYTES, bytes - done);
      chunk.clear().limit((int) size);
      readFully(file, channel, chunk, dataStart + place.begin() + done);
      MemorySegment.copy(
          chunkSegment, FILE_ORDER, 0, target, MEMORY_ORDER, done, size / Float.BYTES);
    }
  }

  /** Closes the file; what was read stays. */
  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return file + " (" + places.size() + " tensors)";
  }

  /** The shapes of all tensors, in the order of the header. */
  SequencedMap<String, TensorLayout> layouts() {
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    places.forEach((name, place) -> layouts.put(name, place.layout()));
    return layouts;
  }

  /** Copies the bytes of all tensors, in the order of the file. */
  void copyData(WritableByteChannel target) throws IOException {
    long end = channel.size();
    for (long at = dataStart; at < end; ) {
      long count = channel.transferTo(at, end - at, target);
      if (count == 0) {
        throw new MalformedTensorFileException(
            file, "it was cut to " + channel.size() + " bytes while being read");
      }
      at += count;
    }
  }

  /** Length, JSON and padding: the file up to the data. */
  static byte[] header(SequencedMap<String, Entry> tensors, Map<String, String> metadata) {
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    tensors.forEach((name, entry) -> layouts.put(name, entry.layout()));
    return headerOf(layouts, metadata);
  }

  /** The header of tensors of these shapes. */
  static byte[] headerOf(SequencedMap<String, TensorLayout> tensors, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append('"').append(METADATA).append("\":{");
      // Sorted, so that the same content gives the same bytes whatever map it came in.
      new TreeMap<>(metadata)
          .forEach(
              (key, value) -> appendQuoted(appendQuoted(json, key).append(':'), value).append(','));
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    long begin = 0;
    for (Map.Entry<String, TensorLayout> tensor : tensors.entrySet()) {
      if (tensor.getKey().equals(METADATA)) {
        throw new IllegalArgumentException(
            "a tensor is named " + METADATA + ", the format keeps that name: rename it");
      }
      TensorLayout layout = tensor.getValue();
      long end = Math.addExact(begin, layout.bytes());
      appendQuoted(json, tensor.getKey())
          .append(":{\"dtype\":\"")
          .append(DTYPE)
          .append("\",\"shape\":")
          .append(Arrays.toString(layout.dims()).replace(" ", ""))
          .append(",\"data_offsets\":[")
          .append(begin)
          .append(',')
          .append(end)
          .append("]},");
      begin = end;
    }
    if (json.length() > 1) {
      json.setLength(json.length() - 1);
    }
    json.append('}');
    ByteBuffer text;
    try {
      text = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
    } catch (CharacterCodingException notText) {
      throw new IllegalArgumentException(
          "a tensor's name or the metadata holds half a surrogate pair, which UTF-8 has no bytes"
              + " for: use valid text",
          notText);
    }
    long padded = (text.remaining() + 7L) & -8L;
    if (padded > MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "names, shapes and metadata make a header of "
              + padded
              + " bytes, the format allows "
              + MAX_HEADER_BYTES
              + ": shorten the names or the metadata");
    }
    byte[] header = new byte[LENGTH_BYTES + (int) padded];
    Arrays.fill(header, (byte) ' ');
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(text);
    return header;
  }

  /** The whole file; loops where a channel takes less than it was given. */
  static void writeTo(WritableByteChannel channel, byte[] header, List<MemorySegment> data)
      throws IOException {
    writeFully(channel, ByteBuffer.wrap(header));
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    MemorySegment chunkSegment = MemorySegment.ofArray(chunk.array());
    for (MemorySegment tensor : data) {
      long size;
      for (long done = 0; done < tensor.byteSize(); done += size) {
        size = Math.min(CHUNK_BYTES, tensor.byteSize() - done);
        MemorySegment.copy(
            tensor, MEMORY_ORDER, done, chunkSegment, FILE_ORDER, 0, size / Float.BYTES);
        writeFully(channel, chunk.clear().limit((int) size));
      }
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer bytes, long from)
      throws IOException {
    long position = from;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, position);
      if (count < 0) {
        throw new MalformedTensorFileException(
            file, "it was cut to " + channel.size() + " bytes while being read");
      }
      position += count;
    }
  }

  private static Safetensors open(Path file, FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    if (fileBytes < LENGTH_BYTES) {
      throw new MalformedTensorFileException(
          file,
          "it has " + fileBytes + " bytes, the length of the header alone takes " + LENGTH_BYTES);
    }
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, length, 0);
    long headerBytes = length.getLong(0);
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw new MalformedTensorFileException(
          file,
          "its header claims "
              + Long.toUnsignedString(headerBytes)
              + " bytes, the format allows "
              + MAX_HEADER_BYTES);
    }
    long dataStart = LENGTH_BYTES + headerBytes;
    if (dataStart > fileBytes) {
      throw new MalformedTensorFileException(
          file,
          "its header claims "
              + headerBytes
              + " bytes, the file has "
              + (fileBytes - LENGTH_BYTES)
              + " left");
    }
    ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
    readFully(file, channel, json, LENGTH_BYTES);
    if (headerBytes == 0 || json.get(0) != '{') {
      throw new MalformedTensorFileException(file, "its header does not start with '{'");
    }
    SequencedMap<String, Place> places = new LinkedHashMap<>();
    SequencedMap<String, String> metadata = new LinkedHashMap<>();
    parse(new HeaderReader(file, json.array()), places, metadata);
    requireExactCover(file, places, fileBytes - dataStart);
    return new Safetensors(file, channel, dataStart, places, metadata);
  }

  private static void parse(
      HeaderReader json, Map<String, Place> places, Map<String, String> metadata)
      throws MalformedTensorFileException {
    boolean metadataSeen = false;
    json.expect('{');
    if (!json.take('}')) {
      do {
        String name = json.string();
        json.expect(':');
        if (!name.equals(METADATA)) {
          if (places.put(name, parseTensor(json, name)) != null) {
            throw json.error("tensor " + quoted(name) + " is there twice");
          }
        } else if (metadataSeen) {
          throw json.error(METADATA + " is there twice");
        } else {
          metadataSeen = true;
          parseMetadata(json, metadata);
        }
      } while (json.takeCommaOr('}'));
    }
    json.end();
  }

  private static void parseMetadata(HeaderReader json, Map<String, String> metadata)
      throws MalformedTensorFileException {
    json.expect('{');
    if (json.take('}')) {
      return;
    }
    do {
      String key = json.string();
      json.expect(':');
      if (metadata.put(key, json.string()) != null) {
        throw json.error("key " + quoted(key) + " is there twice in " + METADATA);
      }
    } while (json.takeCommaOr('}'));
  }

  private static Place parseTensor(HeaderReader json, String name)
      throws MalformedTensorFileException {
    String dtype = null;
    long[] shape = null;
    long[] offsets = null;
    json.expect('{');
    do {
      String field = json.string();
      json.expect(':');
      boolean twice =
          switch (field) {
            case "dtype" -> dtype != null;
            case "shape" -> shape != null;
            case "data_offsets" -> offsets != null;
            default ->
                throw json.error(
                    "tensor "
                        + quoted(name)
                        + " has a field "
                        + quoted(field)
                        + " unknown to the format");
          };
      if (twice) {
        throw json.error("tensor " + quoted(name) + " has " + field + " twice");
      }
      switch (field) {
        case "dtype" -> dtype = json.string();
        case "shape" -> shape = parseCounts(json);
        default -> offsets = parseCounts(json);
      }
    } while (json.takeCommaOr('}'));
    return checkedPlace(json, name, dtype, shape, offsets);
  }

  private static Place checkedPlace(
      HeaderReader json,
      String name,
      @Nullable String dtype,
      long @Nullable [] shape,
      long @Nullable [] offsets)
      throws MalformedTensorFileException {
    String tensor = "tensor " + quoted(name);
    if (dtype == null || shape == null || offsets == null) {
      throw json.error(
          tensor
              + " has no "
              + (dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
    }
    if (!dtype.equals(DTYPE)) {
      throw json.error(
          OTHER_DTYPES.contains(dtype)
              ? tensor + " has type " + dtype + ", which is not supported: convert it to " + DTYPE
              : tensor + " has the unknown type " + quoted(dtype));
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw json.error(tensor + " has data_offsets that are not a begin and an end");
    }
    TensorLayout layout;
    try {
      layout = TensorLayout.of(shape);
    } catch (IllegalArgumentException tooLarge) {
      throw json.error(tensor + " has a shape with more bytes than a long can count");
    }
    if (layout.bytes() != offsets[1] - offsets[0]) {
      throw json.error(
          tensor
              + " has "
              + layout.bytes()
              + " bytes by its shape, "
              + (offsets[1] - offsets[0])
              + " by its data_offsets");
    }
    return new Place(layout, offsets[0], offsets[1]);
  }

  private static long[] parseCounts(HeaderReader json) throws MalformedTensorFileException {
    long[] counts = new long[4];
    int n = 0;
    json.expect('[');
    if (!json.take(']')) {
      do {
        if (n == counts.length) {
          counts = Arrays.copyOf(counts, 2 * n);
        }
        counts[n++] = json.count();
      } while (json.takeCommaOr(']'));
    }
    return Arrays.copyOf(counts, n);
  }

  /**
   * No hole, no overlap, nothing left over: the tensors in the order of their places meet end to
   * begin.
   */
  private static void requireExactCover(Path file, Map<String, Place> places, long dataBytes)
      throws MalformedTensorFileException {
    List<Map.Entry<String, Place>> inOrder = new ArrayList<>(places.entrySet());
    inOrder.sort(
        Comparator.comparingLong((Map.Entry<String, Place> entry) -> entry.getValue().begin())
            .thenComparingLong(entry -> entry.getValue().end()));
    long covered = 0;
    for (Map.Entry<String, Place> entry : inOrder) {
      Place place = entry.getValue();
      if (place.begin() != covered) {
        throw new MalformedTensorFileException(
            file,
            "tensor "
                + quoted(entry.getKey())
                + " begins at byte "
                + place.begin()
                + " of the data, the tensors before it end at "
                + covered);
      }
      covered = place.end();
    }
    if (covered != dataBytes) {
      throw new MalformedTensorFileException(
          file,
          "its tensors take "
              + covered
              + " bytes, the file has "
              + dataBytes
              + " after the header");
    }
  }

  private Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          file
              + " has no tensor "
              + quoted(name)
              + ", it has "
              + places.keySet().stream().limit(10).map(Safetensors::quoted).toList()
              + (places.size() > 10 ? " and " + (places.size() - 10) + " more" : ""));
    }
    return place;
  }

  private static StringBuilder appendQuoted(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"');
  }

  /** A name out of a file, fit for a message: short, and nothing that a terminal would obey. */
  static String quoted(String name) {
    String text = name.length() > 80 ? name.substring(0, 80) + "..." : name;
    return "\"" + text.replaceAll("\\p{C}", "?") + "\"";
  }
}
