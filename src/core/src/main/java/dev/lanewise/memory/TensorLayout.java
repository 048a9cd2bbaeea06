package dev.lanewise.memory;

import java.util.Arrays;

/**
 * Shape of a contiguous row-major f32 tensor: element {@code (i0, .., ir)} lies at {@code ((i0 * d1
 * + i1) * d2 + ..) + ir}.
 *
 * <p>Immutable. A rank of 0 is a scalar of one element, a dimension of 0 a tensor without elements.
 * The product of the dimensions that are not 0 has to fit in a {@code long} of bytes, also where
 * another dimension is 0, so strides never overflow.
 */
public final class TensorLayout {
  private final long[] dims;
  private final long elements;

  private TensorLayout(long[] dims, long elements) {
    this.dims = dims;
    this.elements = elements;
  }

  /**
   * The layout of a tensor with these dimensions, outermost first.
   *
   * @throws IllegalArgumentException if a dimension is negative or the bytes do not fit in a {@code
   *     long}
   */
  public static TensorLayout of(long... dims) {
    long[] copy = dims.clone();
    long product = 1;
    boolean empty = false;
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] < 0) {
        throw new IllegalArgumentException(
            "dimension " + i + " of " + text(copy) + " is negative: dimensions are 0 or more");
      }
      if (copy[i] == 0) {
        empty = true;
      } else if (copy[i] > Long.MAX_VALUE / Float.BYTES / product) {
        throw new IllegalArgumentException(
            "a tensor of "
                + text(copy)
                + " floats has more bytes than a long can count: make it smaller");
      } else {
        product *= copy[i];
      }
    }
    return new TensorLayout(copy, empty ? 0 : product);
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Size of dimension {@code i}, 0 being the outermost. */
  public long dim(int i) {
    if (i < 0 || i >= dims.length) {
      throw new IllegalArgumentException(
          "dimension "
              + i
              + " was asked of "
              + this
              + ": its dimensions are 0 to "
              + (dims.length - 1));
    }
    return dims[i];
  }

  /** All dimensions, outermost first, in an array of the caller's. */
  public long[] dims() {
    return dims.clone();
  }

  /** Number of elements: 1 for a scalar. */
  public long elements() {
    return elements;
  }

  /** Size in bytes. */
  public long bytes() {
    return elements * Float.BYTES;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorLayout layout && Arrays.equals(dims, layout.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The dimensions as in {@code 3x4}; {@code scalar} for rank 0. */
  @Override
  public String toString() {
    return text(dims);
  }

  private static String text(long[] dims) {
    if (dims.length == 0) {
      return "scalar";
    }
    StringBuilder text = new StringBuilder();
    for (long dim : dims) {
      text.append(text.isEmpty() ? "" : "x").append(dim);
    }
    return text.toString();
  }
}
