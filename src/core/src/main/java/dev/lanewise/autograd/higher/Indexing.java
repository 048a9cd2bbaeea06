package dev.lanewise.autograd.higher;

import dev.lanewise.autograd.Meter;
import dev.lanewise.kernel.dense.DenseIndex;
import dev.lanewise.memory.TensorLayout;

/**
 * Elements by index, and what is made of that.
 *
 * <pre>
 * op           y                                          dx
 * gather       y[i] = x[index[i]], 0 where it is below 0  scatterAdd of dy
 * scatterAdd   y[index[i]] += x[i]                        gather of dy
 * permute      the dimensions in another order            the same of dy, in the inverse order
 * slice        a part of one dimension                    dy in its place, else 0
 * concat       parts one after the other                  to each part its own of dy
 * </pre>
 */
public final class Indexing {
  private Indexing() {}

  /**
   * Elements of x in the order of their indices.
   *
   * @param layout of the result
   * @param index of the element in x, row-major, for each element of the result; below 0 for a 0
   */
  public static DoubleTensor gather(DoubleTensor x, TensorLayout layout, int... index) {
    requireIndex("gather", "the result", layout, index, x.values().length);
    long started = System.nanoTime();
    int[] from = index.clone();
    double[] values = new double[from.length];
    DenseIndex.gather(x.values(), from, values);
    x.count(Meter.Family.INDEX, started, values.length);
    return DoubleTensor.result(
        layout, values, (which, in, y, dy) -> scatterAdd(dy, in[0].layout(), from), x);
  }

  /**
   * The sum of the elements of x that go to each place.
   *
   * @param layout of the result
   * @param index of the place, row-major, for each element of x; below 0 for none
   */
  public static DoubleTensor scatterAdd(DoubleTensor x, TensorLayout layout, int... index) {
    requireIndex("scatterAdd", "x", x.layout(), index, layout.elements());
    long started = System.nanoTime();
    int[] to = index.clone();
    double[] values = new double[Math.toIntExact(layout.elements())];
    DenseIndex.scatterAdd(x.values(), to, values);
    x.count(Meter.Family.INDEX, started, to.length);
    return DoubleTensor.result(
        layout, values, (which, in, y, dy) -> gather(dy, in[0].layout(), to), x);
  }

  /**
   * The dimensions in another order: dimension {@code i} of the result is dimension {@code
   * order[i]} of {@code x}.
   *
   * @param order each of the dimensions of x once
   */
  public static DoubleTensor permute(DoubleTensor x, int... order) {
    long[] dims = x.layout().dims();
    long[] permuted = new long[order.length];
    int[] strides = new int[order.length];
    boolean[] taken = new boolean[dims.length];
    boolean fits = order.length == dims.length;
    for (int i = 0; fits && i < order.length; i++) {
      fits = order[i] >= 0 && order[i] < dims.length && !taken[order[i]];
      if (fits) {
        taken[order[i]] = true;
        permuted[i] = dims[order[i]];
        strides[i] = Math.toIntExact(product(dims, order[i] + 1, dims.length));
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "permute: x is "
              + x.layout()
              + ", an order of "
              + order.length
              + " dimensions is given: each of the dimensions of x is wanted once");
    }
    TensorLayout layout = TensorLayout.of(permuted);
    int[] index = new int[x.values().length];
    for (int i = 0; i < index.length; i++) {
      long rest = i;
      long at = 0;
      for (int d = permuted.length - 1; d >= 0; d--) {
        at += rest % permuted[d] * strides[d];
        rest /= permuted[d];
      }
      index[i] = Math.toIntExact(at);
    }
    return gather(x, layout, index);
  }

  /** The elements {@code [from, from + length)} of dimension {@code dim}. */
  public static DoubleTensor slice(DoubleTensor x, int dim, long from, long length) {
    requireDimension("slice", x, dim);
    long size = x.layout().dim(dim);
    if (from < 0 || length < 0 || from > size - length) {
      throw new IllegalArgumentException(
          "slice: x is "
              + x.layout()
              + ", from "
              + from
              + " on "
              + length
              + " of dimension "
              + dim
              + " are wanted: it has "
              + size);
    }
    TensorLayout part = with(x, dim, length);
    return gather(x, part, places(part.dims(), dim, size, from));
  }

  /** The parts one after the other along dimension {@code dim}; they agree in all others. */
  public static DoubleTensor concat(int dim, DoubleTensor... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat: no parts are given: at least one is wanted");
    }
    long size = 0;
    for (DoubleTensor part : parts) {
      requireDimension("concat", part, dim);
      if (!with(part, dim, 1).equals(with(parts[0], dim, 1))) {
        throw new IllegalArgumentException(
            "concat: a part is "
                + parts[0].layout()
                + ", another "
                + part.layout()
                + ": all but dimension "
                + dim
                + " must be the same");
      }
      size = Math.addExact(size, part.layout().dim(dim));
    }
    TensorLayout whole = with(parts[0], dim, size);
    DoubleTensor sum = parts[0].graph().filled(whole, 0);
    long from = 0;
    for (DoubleTensor part : parts) {
      int[] index = places(part.layout().dims(), dim, size, from);
      sum = Arithmetic.add(sum, scatterAdd(part, whole, index));
      from += part.layout().dim(dim);
    }
    return sum;
  }

  /** Where a part lies in the whole, whose dimension {@code dim} has {@code size}. */
  private static int[] places(long[] part, int dim, long size, long from) {
    long inner = product(part, dim + 1, part.length);
    int[] places = new int[Math.toIntExact(product(part, 0, part.length))];
    for (int i = 0; i < places.length; i++) {
      long outer = i / (inner * part[dim]);
      long along = i / inner % part[dim];
      places[i] = Math.toIntExact((outer * size + from + along) * inner + i % inner);
    }
    return places;
  }

  private static long product(long[] dims, int begin, int end) {
    long product = 1;
    for (int d = begin; d < end; d++) {
      product *= dims[d];
    }
    return product;
  }

  private static TensorLayout with(DoubleTensor x, int dim, long size) {
    long[] dims = x.layout().dims();
    dims[dim] = size;
    return TensorLayout.of(dims);
  }

  private static void requireDimension(String op, DoubleTensor x, int dim) {
    if (dim < 0 || dim >= x.layout().rank()) {
      throw new IllegalArgumentException(
          op + ": x is " + x.layout() + ", dimension " + dim + " is wanted: it has none");
    }
  }

  private static void requireIndex(
      String op, String name, TensorLayout layout, int[] index, long elements) {
    if (index.length != layout.elements()) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " is "
              + layout
              + " with "
              + index.length
              + " indices: one for each element is wanted");
    }
    for (int i : index) {
      if (i >= elements) {
        throw new IllegalArgumentException(
            op + ": an index is " + i + ": there are " + elements + " elements");
      }
    }
  }
}
