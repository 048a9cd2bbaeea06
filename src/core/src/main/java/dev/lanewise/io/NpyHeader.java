package dev.lanewise.io;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What stands before the numbers of a npy file: the magic string, a version, the length of the
 * rest, and a dictionary as Python writes it, padded with blanks to a multiple of 64 bytes.
 *
 * <p>Source: NumPy, {@code numpy/lib/format.py}, versions 1.0, 2.0 and 3.0 of the format.
 *
 * @param bytes from the start of the file to the first number
 */
record NpyHeader(Npy.Type type, TensorLayout shape, long bytes) {
  /** NumPy itself reads no longer dictionary unless it is told to trust the file. */
  private static final int MAX_DICTIONARY_BYTES = 10_000;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  private static final int ALIGNMENT = 64;

  /** Bytes of magic string, version and a length of two bytes. */
  private static final int FIXED_BYTES = 10;

  /** Bytes of the numbers that follow. */
  long dataBytes() {
    return Math.multiplyExact(shape.elements(), (long) type.bytes());
  }

  /** The header of an array in the order of C, version 1.0. */
  static byte[] of(Npy.Type type, TensorLayout shape) {
    StringBuilder dictionary = new StringBuilder("{'descr': '").append(type.descr());
    dictionary.append("', 'fortran_order': False, 'shape': (");
    for (long dim : shape.dims()) {
      dictionary.append(dim).append(", ");
    }
    if (shape.rank() > 1) {
      dictionary.setLength(dictionary.length() - 2);
    } else if (shape.rank() == 1) {
      // A tuple of one element ends with a comma.
      dictionary.setLength(dictionary.length() - 1);
    }
    dictionary.append("), }");
    int length = Math.ceilDiv(FIXED_BYTES + dictionary.length() + 1, ALIGNMENT) * ALIGNMENT;
    byte[] header = new byte[length];
    Arrays.fill(header, (byte) ' ');
    ByteBuffer.wrap(header)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) (length - FIXED_BYTES))
        .put(dictionary.toString().getBytes(StandardCharsets.US_ASCII));
    header[length - 1] = '\n';
    return header;
  }

  /** Reads the header of a file that is not trusted; the numbers come next. */
  static NpyHeader read(Path file, InputStream in) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    if (start.length < MAGIC.length + 2
        || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new MalformedTensorFileException(file, "it does not begin as a npy file does");
    }
    int version = start[MAGIC.length];
    if (version < 1 || version > 3 || start[MAGIC.length + 1] != 0) {
      throw new MalformedTensorFileException(
          file,
          "its version is " + version + "." + start[MAGIC.length + 1] + ", known are 1.0 to 3.0");
    }
    int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
    byte[] lengthField = in.readNBytes(lengthBytes);
    long length = 0;
    for (int i = lengthField.length - 1; i >= 0; i--) {
      length = length << 8 | (lengthField[i] & 0xff);
    }
    if (lengthField.length < lengthBytes || length > MAX_DICTIONARY_BYTES) {
      throw new MalformedTensorFileException(
          file, "its header claims " + length + " bytes, " + MAX_DICTIONARY_BYTES + " are allowed");
    }
    byte[] dictionary = in.readNBytes((int) length);
    if (dictionary.length < length) {
      throw new MalformedTensorFileException(file, "it ends within its header");
    }
    return new Dictionary(file, new String(dictionary, StandardCharsets.ISO_8859_1))
        .header(start.length + lengthBytes + length);
  }

  /** The three entries that the format has, in any order, and nothing else. */
  private static final class Dictionary {
    private final Path file;
    private final String text;
    private int at;
    private String descr = "";
    private String order = "";
    private final List<Long> dims = new ArrayList<>();
    private boolean shapeSeen;

    Dictionary(Path file, String text) {
      this.file = file;
      this.text = text;
    }

    NpyHeader header(long bytes) throws MalformedTensorFileException {
      expect('{');
      while (!take('}')) {
        entry();
        if (!take(',')) {
          expect('}');
          break;
        }
      }
      skipBlanks();
      if (at != text.length()) {
        throw error("something follows its dictionary");
      }
      return new NpyHeader(type(), shape(), bytes).checked(file);
    }

    private void entry() throws MalformedTensorFileException {
      String key = string();
      expect(':');
      boolean twice =
          switch (key) {
            case "descr" -> !descr.isEmpty();
            case "fortran_order" -> !order.isEmpty();
            case "shape" -> shapeSeen;
            default -> throw error("its header has an entry " + Safetensors.quoted(key));
          };
      if (twice) {
        throw error("its header has " + key + " twice");
      }
      switch (key) {
        case "descr" -> descr = string();
        case "fortran_order" -> order = word();
        default -> tuple();
      }
    }

    private void tuple() throws MalformedTensorFileException {
      shapeSeen = true;
      expect('(');
      while (!take(')')) {
        dims.add(count());
        if (!take(',')) {
          if (dims.size() == 1) {
            throw error("its shape is no tuple");
          }
          expect(')');
          break;
        }
      }
    }

    private long count() throws MalformedTensorFileException {
      String digits = word();
      try {
        if (!digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
          return Long.parseLong(digits);
        }
      } catch (NumberFormatException tooLarge) {
        throw error("a dimension is larger than a long");
      }
      throw error("a dimension is missing");
    }

    private String string() throws MalformedTensorFileException {
      char quote = take('"') ? '"' : '\'';
      if (quote == '\'') {
        expect('\'');
      }
      int end = text.indexOf(quote, at);
      if (end < 0) {
        throw error("a string of its header does not end");
      }
      String string = text.substring(at, end);
      at = end + 1;
      return string;
    }

    private String word() {
      skipBlanks();
      int start = at;
      while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private boolean take(char symbol) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == symbol) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char symbol) throws MalformedTensorFileException {
      if (!take(symbol)) {
        throw error("'" + symbol + "' is missing in its header");
      }
    }

    private void skipBlanks() {
      while (at < text.length() && " \n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private Npy.Type type() throws MalformedTensorFileException {
      for (Npy.Type type : Npy.Type.values()) {
        if (type.descr().equals(descr)) {
          return type;
        }
      }
      throw error(
          "its type is "
              + Safetensors.quoted(descr)
              + ", which is not supported: convert it to one of "
              + Npy.Type.NAMES);
    }

    private TensorLayout shape() throws MalformedTensorFileException {
      boolean fortran = order.equals("True");
      if (!shapeSeen || !(fortran || order.equals("False"))) {
        throw error("its header has no " + (shapeSeen ? "fortran_order" : "shape"));
      }
      if (fortran && dims.size() > 1) {
        throw error(
            "its elements are in the order of Fortran: save numpy.ascontiguousarray of the array");
      }
      try {
        return TensorLayout.of(dims.stream().mapToLong(Long::longValue).toArray());
      } catch (IllegalArgumentException tooLarge) {
        throw error(String.valueOf(tooLarge.getMessage()));
      }
    }

    private MalformedTensorFileException error(String reason) {
      return new MalformedTensorFileException(file, reason);
    }
  }

  private NpyHeader checked(Path file) throws MalformedTensorFileException {
    if (shape.elements() > Long.MAX_VALUE / type.bytes() - bytes) {
      throw new MalformedTensorFileException(
          file, "an array of " + shape + " has more bytes than a long can count");
    }
    return this;
  }
}
