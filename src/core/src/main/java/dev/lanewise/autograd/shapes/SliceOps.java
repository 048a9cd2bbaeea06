package dev.lanewise.autograd.shapes;

import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.ColumnOps;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Parts of tensors along any dimension; elements are copied.
 *
 * <pre>
 * op       y                                     gradients
 * slice    from, from + 1, .. of a dimension     dx = dy in the slice, else 0
 * concat   the parts behind each other           each part its own of dy
 * split    consecutive slices                    as slice, added up
 * </pre>
 */
public final class SliceOps {
  private SliceOps() {}

  /** The elements {@code [from, from + length)} of dimension {@code dim}. */
  public static Tensor slice(Tape tape, Tensor x, int dim, long from, long length) {
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
    long inner = inner(x, dim);
    Tensor rows = ShapeOps.reshape(tape, x, outer(x, dim), size * inner);
    Tensor part = ColumnOps.slice(tape, rows, from * inner, length * inner);
    return ShapeOps.reshape(tape, part, with(x, dim, length));
  }

  /** The parts one after the other along dimension {@code dim}; they agree in all others. */
  public static Tensor concat(Tape tape, int dim, Tensor... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat: no parts are given: at least one is wanted");
    }
    Tensor first = parts[0];
    Tensor[] rows = new Tensor[parts.length];
    long size = 0;
    for (int i = 0; i < parts.length; i++) {
      requireDimension("concat", parts[i], dim);
      if (parts[i].layout().rank() != first.layout().rank()
          || !TensorLayout.of(with(parts[i], dim, 1))
              .equals(TensorLayout.of(with(first, dim, 1)))) {
        throw new IllegalArgumentException(
            "concat: part 0 is "
                + first.layout()
                + ", part "
                + i
                + " is "
                + parts[i].layout()
                + ": all but dimension "
                + dim
                + " must be the same");
      }
      size = Math.addExact(size, parts[i].layout().dim(dim));
      rows[i] =
          ShapeOps.reshape(
              tape, parts[i], outer(first, dim), parts[i].layout().dim(dim) * inner(first, dim));
    }
    return ShapeOps.reshape(tape, ColumnOps.concat(tape, rows), with(first, dim, size));
  }

  /** Consecutive slices of these sizes, which come to the whole of dimension {@code dim}. */
  public static List<Tensor> split(Tape tape, Tensor x, int dim, long... sizes) {
    requireDimension("split", x, dim);
    long sum = 0;
    for (long size : sizes) {
      sum = Math.addExact(sum, size);
    }
    if (sum != x.layout().dim(dim)) {
      throw new IllegalArgumentException(
          "split: x is "
              + x.layout()
              + ", the sizes come to "
              + sum
              + ": dimension "
              + dim
              + " has "
              + x.layout().dim(dim));
    }
    List<Tensor> parts = new ArrayList<>();
    long from = 0;
    for (long size : sizes) {
      parts.add(slice(tape, x, dim, from, size));
      from += size;
    }
    return parts;
  }

  private static void requireDimension(String op, Tensor x, int dim) {
    if (dim < 0 || dim >= x.layout().rank()) {
      throw new IllegalArgumentException(
          op
              + ": x is "
              + x.layout()
              + ", of rank "
              + x.layout().rank()
              + ": there is no dimension "
              + dim);
    }
  }

  private static long outer(Tensor x, int dim) {
    long outer = 1;
    for (int i = 0; i < dim; i++) {
      outer = Math.multiplyExact(outer, x.layout().dim(i));
    }
    return outer;
  }

  private static long inner(Tensor x, int dim) {
    long inner = 1;
    for (int i = dim + 1; i < x.layout().rank(); i++) {
      inner = Math.multiplyExact(inner, x.layout().dim(i));
    }
    return inner;
  }

  private static long[] with(Tensor x, int dim, long size) {
    long[] dims = x.layout().dims();
    dims[dim] = size;
    return dims;
  }
}
