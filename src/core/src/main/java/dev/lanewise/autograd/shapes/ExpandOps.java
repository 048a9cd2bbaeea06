package dev.lanewise.autograd.shapes;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.ArithmeticOps;
import dev.lanewise.autograd.rows.BroadcastOps;
import dev.lanewise.kernel.gather.Repeat;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.reduce.RowSum;
import dev.lanewise.ops.unary.Fill;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic on tensors of two shapes, by the rules of NumPy: shapes are aligned at their last
 * dimension, a missing dimension counts as 1, and a dimension of 1 is repeated along that of the
 * other operand; the gradient of what was repeated is summed.
 *
 * <pre>
 * op       y               gradients, each summed over what its operand was repeated along
 * expand   x, repeated     dx = dy
 * add      a + b           da = dy, db = dy
 * sub      a - b           da = dy, db = -dy
 * mul      a b             da = dy b, db = dy a
 * div      a / b           da = dy / b, db = -dy y / b
 * </pre>
 *
 * <p>Where {@code b} is a row, a column or one element, add and mul use the kernels of {@link
 * BroadcastOps}, else the operands are copied to the common shape first.
 */
public final class ExpandOps {
  /** Elements that pay for waking a thread. */
  private static final long GRAIN = 1 << 15;

  /** Columns that one thread sums: whole cache lines, enough rows come with them. */
  private static final long COLUMN_GRAIN = 64;

  private interface Join {
    Tensor apply(Tape tape, Tensor a, Tensor b);
  }

  private ExpandOps() {}

  /** {@code a + b}. */
  public static Tensor add(Tape tape, Tensor a, Tensor b) {
    Tensor fast =
        fast(tape, a, b, BroadcastOps::addRow, BroadcastOps::addColumn, BroadcastOps::addScalar);
    return fast != null ? fast : join("add", tape, a, b, ElementwiseOps::add);
  }

  /** {@code a - b}. */
  public static Tensor sub(Tape tape, Tensor a, Tensor b) {
    return join("sub", tape, a, b, ArithmeticOps::sub);
  }

  /** {@code a b}, element by element. */
  public static Tensor mul(Tape tape, Tensor a, Tensor b) {
    Tensor fast =
        fast(tape, a, b, BroadcastOps::mulRow, BroadcastOps::mulColumn, BroadcastOps::mulScalar);
    return fast != null ? fast : join("mul", tape, a, b, ElementwiseOps::mul);
  }

  /** {@code a / b}. */
  public static Tensor div(Tape tape, Tensor a, Tensor b) {
    return join("div", tape, a, b, ArithmeticOps::div);
  }

  /** {@code x}, repeated along each dimension of {@code dims} in which it has 1 or none. */
  public static Tensor expand(Tape tape, Tensor x, long... dims) {
    TensorLayout wanted = TensorLayout.of(dims);
    long[] own = aligned(x, dims.length);
    for (int i = 0; i < dims.length; i++) {
      if (x.layout().rank() > dims.length || (own[i] != dims[i] && own[i] != 1)) {
        throw new IllegalArgumentException(
            "expand: x is "
                + x.layout()
                + ", "
                + wanted
                + " is wanted: only dimensions of 1 can be repeated");
      }
    }
    Tensor y = ShapeOps.reshape(tape, x, own);
    // From the last dimension on, so that what is still to be repeated stays small.
    int end = dims.length;
    while (end > 0) {
      int begin = end - 1;
      if (own[begin] != dims[begin]) {
        // Neighbours that are all repeated are one dimension.
        while (begin > 0 && own[begin - 1] == 1) {
          begin--;
        }
        y = repeat(tape, y, own, dims, begin, end);
      }
      end = begin;
    }
    return ShapeOps.reshape(tape, y, dims);
  }

  /** Repeats the dimensions {@code [begin, end)}, all of 1; those behind them are expanded. */
  private static Tensor repeat(Tape tape, Tensor x, long[] own, long[] dims, int begin, int end) {
    long outer = product(own, 0, begin);
    long times = product(dims, begin, end);
    long inner = product(dims, end, dims.length);
    Tensor y = tape.output(TensorLayout.of(outer, times, inner), x);
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    long n = y.layout().elements();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        n,
        n == 0 ? 0 : outer * times,
        Math.max(1, GRAIN / Math.max(1, inner)),
        (from, to) -> Repeat.rows(xs, ys, times, inner, from, to));
    if (y.requiresGrad()) {
      tape.record(
          "expand",
          y,
          dy -> {
            MemorySegment dx = tape.allocateFloats(outer * inner);
            sum(tape, dy, dx, outer, times, inner);
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** {@code dx[o, c]} is the sum of {@code dy[o, i, c]} over i. */
  private static void sum(
      Tape tape, MemorySegment dy, MemorySegment dx, long outer, long times, long inner) {
    if (inner == 1) {
      tape.compute(
          Meter.Family.REDUCTION,
          outer * times,
          workers -> RowSum.forward(dy, dx, outer, times, workers));
      return;
    }
    long n = outer * inner;
    tape.compute(Meter.Family.ELEMENTWISE, 0, workers -> Fill.fill(dx, n, 0f, workers));
    for (long o = 0; o < outer; o++) {
      MemorySegment from = part(dy, o, times * inner);
      MemorySegment to = part(dx, o, inner);
      Workers.Task columns =
          (begin, end) -> ColumnSum.accumulate(from, to, times, inner, begin, end);
      tape.compute(Meter.Family.REDUCTION, times * inner, inner, COLUMN_GRAIN, columns);
    }
  }

  private static MemorySegment part(MemorySegment memory, long index, long elements) {
    return memory.asSlice(index * elements * Float.BYTES, elements * Float.BYTES);
  }

  private static Tensor join(String op, Tape tape, Tensor a, Tensor b, Join same) {
    if (a.layout().equals(b.layout())) {
      return same.apply(tape, a, b);
    }
    long[] dims = common(op, a, b);
    return same.apply(tape, expandTo(tape, a, dims), expandTo(tape, b, dims));
  }

  private static Tensor expandTo(Tape tape, Tensor x, long[] dims) {
    return Arrays.equals(x.layout().dims(), dims) ? x : expand(tape, x, dims);
  }

  /** The op on a row, a column or one element, or null if {@code b} is none of them. */
  private static @Nullable Tensor fast(
      Tape tape, Tensor a, Tensor b, Join row, Join column, Join scalar) {
    long[] dims = a.layout().dims();
    int rank = dims.length;
    long n = b.layout().elements();
    if (b.layout().rank() > rank || rank == 0 || a.layout().elements() == 0) {
      return null;
    }
    if (n == 1) {
      return scalar.apply(tape, a, b);
    }
    long[] other = aligned(b, rank);
    if (other[rank - 1] == dims[rank - 1] && n == dims[rank - 1] && rank > 1) {
      return row.apply(tape, a, ShapeOps.reshape(tape, b, n));
    }
    long[] withoutLast = dims.clone();
    withoutLast[rank - 1] = 1;
    if (Arrays.equals(other, withoutLast)) {
      return column.apply(tape, a, ShapeOps.reshape(tape, b, n));
    }
    return null;
  }

  private static long[] common(String op, Tensor a, Tensor b) {
    int rank = Math.max(a.layout().rank(), b.layout().rank());
    long[] ofA = aligned(a, rank);
    long[] ofB = aligned(b, rank);
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      if (ofA[i] != ofB[i] && ofA[i] != 1 && ofB[i] != 1) {
        throw new IllegalArgumentException(
            op
                + ": a is "
                + a.layout()
                + ", b is "
                + b.layout()
                + ": aligned at the last, dimensions have to be equal or 1");
      }
      dims[i] = ofA[i] == 1 ? ofB[i] : ofA[i];
    }
    return dims;
  }

  /** The dimensions with 1 in front up to this rank. */
  private static long[] aligned(Tensor x, int rank) {
    long[] dims = x.layout().dims();
    int missing = Math.max(0, rank - dims.length);
    long[] aligned = new long[missing + dims.length];
    Arrays.fill(aligned, 0, missing, 1);
    System.arraycopy(dims, 0, aligned, missing, dims.length);
    return aligned;
  }

  private static long product(long[] dims, int begin, int end) {
    long product = 1;
    for (int i = begin; i < end; i++) {
      product = Math.multiplyExact(product, dims[i]);
    }
    return product;
  }
}
