package dev.lanewise.autograd.higher;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.Meter;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.kernel.dense.DenseBroadcast;
import dev.lanewise.memory.TensorLayout;

/**
 * Matrix products and shapes.
 *
 * <pre>
 * op          y               da                        db
 * matmul      op(a) op(b)     dy op(b)', transposed     op(a)' dy, transposed where the operand is
 * transpose   a'              dy'
 * reshape     a               dy in the shape of a
 * </pre>
 */
public final class Matrices {
  private Matrices() {}

  /** {@code a b}, [m, k] times [k, n]. */
  public static DoubleTensor matmul(DoubleTensor a, DoubleTensor b) {
    return matmul(a, NO_TRANS, b, NO_TRANS);
  }

  /** {@code op(a) op(b)}: each operand as it is or transposed, without a copy. */
  public static DoubleTensor matmul(
      DoubleTensor a, Transpose transA, DoubleTensor b, Transpose transB) {
    int rowsA = size("a", a, 0);
    int colsA = size("a", a, 1);
    int rowsB = size("b", b, 0);
    int colsB = size("b", b, 1);
    int m = transA == NO_TRANS ? rowsA : colsA;
    int k = transA == NO_TRANS ? colsA : rowsA;
    int inner = transB == NO_TRANS ? rowsB : colsB;
    int n = transB == NO_TRANS ? colsB : rowsB;
    if (k != inner) {
      throw new IllegalArgumentException(
          "matmul: a is "
              + a.layout()
              + " ("
              + transA
              + "), b is "
              + b.layout()
              + " ("
              + transB
              + "): inner dimensions "
              + k
              + " and "
              + inner
              + " differ");
    }
    long started = System.nanoTime();
    double[] y = new double[Math.multiplyExact(m, n)];
    Gemm.dgemm(
        transA,
        transB,
        m,
        n,
        k,
        1,
        a.values(),
        0,
        Math.max(1, colsA),
        b.values(),
        0,
        Math.max(1, colsB),
        0,
        y,
        0,
        Math.max(1, n),
        a.graph().workers());
    a.count(Meter.Family.MATRIX, started, Math.multiplyExact(2L * m * n, (long) k));
    return DoubleTensor.result(
        TensorLayout.of(m, n),
        y,
        (which, x, out, dy) ->
            which == 0 ? ofA(x[1], transA, transB, dy) : ofB(x[0], transA, transB, dy),
        a,
        b);
  }

  private static DoubleTensor ofA(
      DoubleTensor b, Transpose transA, Transpose transB, DoubleTensor dy) {
    return transA == NO_TRANS
        ? matmul(dy, NO_TRANS, b, other(transB))
        : matmul(b, transB, dy, TRANS);
  }

  private static DoubleTensor ofB(
      DoubleTensor a, Transpose transA, Transpose transB, DoubleTensor dy) {
    return transB == NO_TRANS
        ? matmul(a, other(transA), dy, NO_TRANS)
        : matmul(dy, TRANS, a, transA);
  }

  /** {@code x'}, of a matrix. */
  public static DoubleTensor transpose(DoubleTensor x) {
    int rows = size("x", x, 0);
    int cols = size("x", x, 1);
    double[] values = new double[x.values().length];
    DenseBroadcast.transpose(x.values(), rows, cols, values);
    return DoubleTensor.result(
        TensorLayout.of(cols, rows), values, (which, in, y, dy) -> transpose(dy), x);
  }

  /** The same values in another shape of as many elements. */
  public static DoubleTensor reshape(DoubleTensor x, TensorLayout layout) {
    if (layout.elements() != x.layout().elements()) {
      throw new IllegalArgumentException(
          "reshape: x is "
              + x.layout()
              + ", which has "
              + x.layout().elements()
              + " elements, "
              + layout
              + " has "
              + layout.elements()
              + ": both need the same number");
    }
    return DoubleTensor.result(
        layout, x.values(), (which, in, y, dy) -> reshape(dy, in[0].layout()), x);
  }

  private static int size(String name, DoubleTensor x, int dim) {
    if (x.layout().rank() != 2) {
      throw new IllegalArgumentException(
          name + " is " + x.layout() + ": a matrix is wanted, reshape it first");
    }
    return Math.toIntExact(x.layout().dim(dim));
  }

  private static Transpose other(Transpose trans) {
    return trans == NO_TRANS ? TRANS : NO_TRANS;
  }
}
