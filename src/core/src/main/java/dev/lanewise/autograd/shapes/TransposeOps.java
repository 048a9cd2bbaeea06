package dev.lanewise.autograd.shapes;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.kernel.gather.Permute;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.shape.Transpose;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Other orders of the dimensions; elements are copied. A product takes a transposed matrix as it
 * lies, see {@link dev.lanewise.autograd.MatrixOps#matmul}.
 *
 * <pre>
 * op          y                                    dx
 * permute     y[i(order[0]), ..] = x[i0, ..]       dy in the inverse order
 * transpose   two dimensions change places         the same of dy
 * </pre>
 */
public final class TransposeOps {
  /** Elements that pay for waking a thread. */
  private static final long GRAIN = 1 << 15;

  private TransposeOps() {}

  /**
   * The dimensions in another order: dimension {@code i} of the result is dimension {@code
   * order[i]} of {@code x}.
   *
   * @param order each of the dimensions of x once
   */
  public static Tensor permute(Tape tape, Tensor x, int... order) {
    int[] from = order.clone();
    long[] dims = x.layout().dims();
    requirePermutation(x, from);
    if (isIdentity(from)) {
      return ShapeOps.reshape(tape, x, dims);
    }
    long[] permuted = new long[from.length];
    int[] inverse = new int[from.length];
    for (int i = 0; i < from.length; i++) {
      permuted[i] = dims[from[i]];
      inverse[from[i]] = i;
    }
    Tensor y = tape.output(TensorLayout.of(permuted), x);
    copy(tape, x.data(), dims, y.data(), from);
    if (y.requiresGrad()) {
      long n = x.layout().elements();
      tape.record(
          "permute",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(n);
            copy(tape, dy, permuted, dx, inverse);
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** Dimensions {@code i} and {@code j} change places; for a matrix 0 and 1. */
  public static Tensor transpose(Tape tape, Tensor x, int i, int j) {
    int rank = x.layout().rank();
    if (i < 0 || j < 0 || i >= rank || j >= rank) {
      throw new IllegalArgumentException(
          "transpose: x is "
              + x.layout()
              + ", dimensions "
              + i
              + " and "
              + j
              + " are to change places: give two from 0 to "
              + (rank - 1));
    }
    int[] order = new int[rank];
    Arrays.setAll(order, k -> k == i ? j : k == j ? i : k);
    return permute(tape, x, order);
  }

  /** y of the dimensions of x in this order. */
  private static void copy(Tape tape, MemorySegment x, long[] dims, MemorySegment y, int[] order) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    long[] dimsOfY = new long[dims.length];
    long[] stridesOfX = new long[dims.length];
    long planes = 1;
    for (int i = 0; i < dims.length; i++) {
      dimsOfY[i] = dims[order[i]];
      stridesOfX[i] = strides[order[i]];
      planes *= i < dims.length - 2 ? dimsOfY[i] : 1;
    }
    long rows = dimsOfY[dims.length - 2];
    long cols = dimsOfY[dims.length - 1];
    if (planes == 1 && stridesOfX[dims.length - 2] == 1 && stridesOfX[dims.length - 1] == rows) {
      tape.compute(
          Meter.Family.INDEX, stride, workers -> Transpose.forward(x, y, cols, rows, workers));
      return;
    }
    tape.compute(
        Meter.Family.INDEX,
        stride,
        planes,
        Math.max(1, GRAIN / Math.max(1, rows * cols)),
        (begin, end) -> Permute.planes(x, y, dimsOfY, stridesOfX, begin, end));
  }

  private static boolean isIdentity(int[] order) {
    for (int i = 0; i < order.length; i++) {
      if (order[i] != i) {
        return false;
      }
    }
    return true;
  }

  private static void requirePermutation(Tensor x, int[] order) {
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    if (order.length != x.layout().rank() || !isIdentity(sorted)) {
      throw new IllegalArgumentException(
          "permute: x is "
              + x.layout()
              + ", the order is "
              + Arrays.toString(order)
              + ": give each of the "
              + x.layout().rank()
              + " dimensions once");
    }
  }
}
