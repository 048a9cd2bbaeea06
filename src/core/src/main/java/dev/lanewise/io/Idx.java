package dev.lanewise.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * An array of bytes in the IDX format of the MNIST files (Y. LeCun, C. Cortes, C. J. C. Burges: The
 * MNIST Database of Handwritten Digits, 1998): two zeros, the type of the elements, the number of
 * dimensions, each dimension as 32 bits, the elements; all big-endian, the last dimension fastest.
 *
 * <p>{@link #read} trusts nothing that the file says: the dimensions have to give exactly the bytes
 * that are there before any memory is taken for them. What does not hold is a {@link
 * MalformedTensorFileException}. Types other than unsigned bytes are refused.
 */
public final class Idx {
  /** The type of unsigned bytes, the only one that the MNIST files use. */
  private static final int UNSIGNED_BYTES = 0x08;

  private static final int MAGIC_BYTES = 4;
  private static final int MOST_DIMENSIONS = 8;

  private final int[] dims;
  private final byte[] data;

  private Idx(int[] dims, byte[] data) {
    this.dims = dims;
    this.data = data;
  }

  /**
   * Reads a file as a whole.
   *
   * @throws MalformedTensorFileException if it is not such a file, or compressed
   */
  public static Idx read(Path file) throws IOException {
    long size = Files.size(file);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(MAGIC_BYTES);
      int rank = rank(file, magic);
      byte[] header = in.readNBytes(rank * Integer.BYTES);
      if (header.length < rank * Integer.BYTES) {
        throw new MalformedTensorFileException(
            file, "it ends within the sizes of its " + rank + " dimensions");
      }
      int[] dims = new int[rank];
      ByteBuffer.wrap(header).asIntBuffer().get(dims);
      int elements = elements(file, dims, size - MAGIC_BYTES - header.length);
      byte[] data = in.readNBytes(elements);
      if (data.length != elements) {
        throw new MalformedTensorFileException(
            file, "it was cut to " + data.length + " elements while it was read");
      }
      return new Idx(dims, data);
    }
  }

  private static int rank(Path file, byte[] magic) throws MalformedTensorFileException {
    if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      throw new MalformedTensorFileException(file, "it is compressed, unpack it with gunzip");
    }
    if (magic.length < MAGIC_BYTES || magic[0] != 0 || magic[1] != 0) {
      throw new MalformedTensorFileException(file, "it does not begin as an IDX file does");
    }
    if (magic[2] != UNSIGNED_BYTES) {
      throw new MalformedTensorFileException(
          file, "its elements are of type " + (magic[2] & 0xff) + ", unsigned bytes are 8");
    }
    if (magic[3] < 1 || magic[3] > MOST_DIMENSIONS) {
      throw new MalformedTensorFileException(
          file,
          "it has " + (magic[3] & 0xff) + " dimensions, 1 to " + MOST_DIMENSIONS + " are read");
    }
    return magic[3];
  }

  private static int elements(Path file, int[] dims, long there)
      throws MalformedTensorFileException {
    String shape = Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(" x "));
    long elements = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new MalformedTensorFileException(
            file, "a dimension of " + shape + " is 2^31 or more");
      }
      // Both factors are below 2^31.
      elements = dim == 0 ? 0 : elements * dim;
      if (elements > Integer.MAX_VALUE) {
        throw new MalformedTensorFileException(file, shape + " is 2^31 elements or more");
      }
    }
    if (elements != there) {
      throw new MalformedTensorFileException(
          file,
          shape + " is " + elements + " elements, the file has " + there + " behind its header");
    }
    return (int) elements;
  }

  /** The number of dimensions, at least 1. */
  public int rank() {
    return dims.length;
  }

  /** A dimension, from 0 on. */
  public int dim(int i) {
    return dims[i];
  }

  /** The elements, the last dimension fastest; the array itself. */
  public byte[] data() {
    return data;
  }
}
