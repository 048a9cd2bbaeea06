package dev.lanewise.autograd.higher;

import dev.lanewise.memory.TensorLayout;

/** NumPy's rules of broadcasting: trailing dimensions are equal, or one of them is 1 or missing. */
final class Shapes {
  private Shapes() {}

  /** The shape that both are broadcast to. */
  static TensorLayout broadcast(TensorLayout a, TensorLayout b) {
    int rank = Math.max(a.rank(), b.rank());
    long[] dims = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long of = i > a.rank() ? 1 : a.dim(a.rank() - i);
      long and = i > b.rank() ? 1 : b.dim(b.rank() - i);
      if (of != and && of != 1 && and != 1) {
        throw new IllegalArgumentException(
            "a is "
                + a
                + ", b is "
                + b
                + ": dimensions "
                + of
                + " and "
                + and
                + ", counted from the last, are neither equal nor 1");
      }
      dims[rank - i] = of == 1 ? and : of;
    }
    return TensorLayout.of(dims);
  }

  /** The strides with which a small tensor lies in a large one, 0 where it is repeated. */
  static int[] strides(TensorLayout small, TensorLayout large) {
    if (small.rank() > large.rank() || !broadcast(small, large).equals(large)) {
      throw new IllegalArgumentException(
          small + " cannot be broadcast to " + large + ": its dimensions are not those or 1");
    }
    int[] strides = new int[large.rank()];
    long stride = 1;
    for (int i = 1; i <= small.rank(); i++) {
      long dim = small.dim(small.rank() - i);
      strides[large.rank() - i] = dim == 1 ? 0 : Math.toIntExact(stride);
      stride *= dim;
    }
    return strides;
  }

  static int[] dims(TensorLayout layout) {
    int[] dims = new int[layout.rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact(layout.dim(i));
    }
    return dims;
  }

  /** The same with 1 as the last dimension: a number for each row. */
  static TensorLayout rows(String op, DoubleTensor x) {
    long[] dims = x.layout().dims();
    if (dims.length == 0 || dims[dims.length - 1] == 0) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ": rows of at least one element are wanted");
    }
    dims[dims.length - 1] = 1;
    return TensorLayout.of(dims);
  }
}
