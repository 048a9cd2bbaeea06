package dev.lanewise.autograd;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.engine.work.Products;
import dev.lanewise.blas.Activation;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products.
 *
 * <pre>
 * op       y            dx              dw             db
 * linear   x w' + b     dy w            dy' x          column sums of dy
 * matmul   a b          da = dy b'      db = a' dy, transposed where the operand is
 * </pre>
 */
public final class MatrixOps {
  /**
   * Columns of a bias gradient that one thread sums: whole cache lines, enough rows come with them.
   */
  private static final long COLUMN_GRAIN = 16;

  private MatrixOps() {}

  /**
   * {@code y = x w' + b}, each row of x a sample.
   *
   * @param x [rows, in]
   * @param weight [out, in]
   * @param bias [out], or null for none
   * @return [rows, out]
   */
  public static Tensor linear(Tape tape, Tensor x, Tensor weight, @Nullable Tensor bias) {
    TensorLayout shape = matrix("linear", "x", x);
    TensorLayout weightShape = matrix("linear", "weight", weight);
    if (shape.dim(1) != weightShape.dim(1)) {
      throw new IllegalArgumentException(
          "x is "
              + shape
              + ", weight is "
              + weightShape
              + " [out, in]: inner dimensions "
              + shape.dim(1)
              + " and "
              + weightShape.dim(1)
              + " differ");
    }
    if (bias != null && (bias.layout().rank() != 1 || bias.layout().dim(0) != weightShape.dim(0))) {
      throw new IllegalArgumentException(
          "weight is "
              + weightShape
              + " [out, in], bias is "
              + bias.layout()
              + ": bias needs one element for each of the "
              + weightShape.dim(0)
              + " outputs");
    }
    int rows = size("x", shape, 0);
    int in = size("x", shape, 1);
    int out = size("weight", weightShape, 0);
    boolean needsDx = tape.use(x);
    boolean needsDw = tape.use(weight);
    boolean needsDb = bias != null && tape.use(bias);

    Tensor y = tape.result(TensorLayout.of(rows, out), needsDx || needsDw || needsDb);
    MemorySegment xs = x.data();
    MemorySegment ws = weight.data();
    MemorySegment ys = y.data();
    if (bias == null) {
      multiply(tape, NO_TRANS, TRANS, rows, out, in, xs, ws, 0f, ys);
    } else {
      multiplyWithBias(tape, rows, out, in, xs, ws, bias.data(), ys);
    }

    if (y.requiresGrad()) {
      if (needsDx) {
        weight.keep();
      }
      if (needsDw) {
        x.keep();
      }
      tape.record(
          "linear",
          y,
          dy -> {
            if (needsDx) {
              float beta = tape.openGradient(x);
              multiply(tape, NO_TRANS, NO_TRANS, rows, in, out, dy, ws, beta, Tape.gradientOf(x));
            }
            if (needsDw) {
              float beta = tape.openGradient(weight);
              multiply(tape, TRANS, NO_TRANS, out, in, rows, dy, xs, beta, Tape.gradientOf(weight));
            }
            if (bias != null && needsDb) {
              addColumnSums(tape, dy, rows, out, bias);
            }
          });
    }
    return y;
  }

  /**
   * {@code y = a b}.
   *
   * @param a [m, k]
   * @param b [k, n]
   * @return [m, n]
   */
  public static Tensor matmul(Tape tape, Tensor a, Tensor b) {
    return matmul(tape, a, NO_TRANS, b, NO_TRANS);
  }

  /**
   * {@code y = op(a) op(b)}, the operands transposed or not as they lie: nothing is copied.
   *
   * @param a [m, k], or [k, m] to be transposed
   * @param b [k, n], or [n, k] to be transposed
   * @return [m, n]
   */
  public static Tensor matmul(Tape tape, Tensor a, Transpose transA, Tensor b, Transpose transB) {
    TensorLayout shapeA = matrix("matmul", "a", a);
    TensorLayout shapeB = matrix("matmul", "b", b);
    int rowsOfA = transA == NO_TRANS ? 0 : 1;
    int rowsOfB = transB == NO_TRANS ? 0 : 1;
    if (shapeA.dim(1 - rowsOfA) != shapeB.dim(rowsOfB)) {
      throw new IllegalArgumentException(
          "a is "
              + shapeA
              + (transA == NO_TRANS ? "" : " transposed")
              + ", b is "
              + shapeB
              + (transB == NO_TRANS ? "" : " transposed")
              + ": inner dimensions "
              + shapeA.dim(1 - rowsOfA)
              + " and "
              + shapeB.dim(rowsOfB)
              + " differ");
    }
    int m = size("a", shapeA, rowsOfA);
    int k = size("a", shapeA, 1 - rowsOfA);
    int n = size("b", shapeB, 1 - rowsOfB);
    boolean needsDa = tape.use(a);
    boolean needsDb = tape.use(b);

    Tensor y = tape.result(TensorLayout.of(m, n), needsDa || needsDb);
    MemorySegment as = a.data();
    MemorySegment bs = b.data();
    multiply(tape, transA, transB, m, n, k, as, bs, 0f, y.data());

    if (y.requiresGrad()) {
      if (needsDa) {
        b.keep();
      }
      if (needsDb) {
        a.keep();
      }
      tape.record(
          "matmul",
          y,
          dy -> {
            if (needsDa) {
              addGradientOfA(tape, a, transA, bs, transB, dy, m, n, k);
            }
            if (needsDb) {
              addGradientOfB(tape, as, transA, b, transB, dy, m, n, k);
            }
          });
    }
    return y;
  }

  /** {@code da = dy op(b)'}, or its transpose {@code op(b) dy'}. */
  private static void addGradientOfA(
      Tape tape,
      Tensor a,
      Transpose transA,
      MemorySegment b,
      Transpose transB,
      MemorySegment dy,
      int m,
      int n,
      int k) {
    float beta = tape.openGradient(a);
    MemorySegment da = Tape.gradientOf(a);
    if (transA == NO_TRANS) {
      multiply(tape, NO_TRANS, other(transB), m, k, n, dy, b, beta, da);
    } else {
      multiply(tape, transB, TRANS, k, m, n, b, dy, beta, da);
    }
  }

  /** {@code db = op(a)' dy}, or its transpose {@code dy' op(a)}. */
  private static void addGradientOfB(
      Tape tape,
      MemorySegment a,
      Transpose transA,
      Tensor b,
      Transpose transB,
      MemorySegment dy,
      int m,
      int n,
      int k) {
    float beta = tape.openGradient(b);
    MemorySegment db = Tape.gradientOf(b);
    if (transB == NO_TRANS) {
      multiply(tape, other(transA), NO_TRANS, k, n, m, a, dy, beta, db);
    } else {
      multiply(tape, TRANS, transA, n, k, m, dy, a, beta, db);
    }
  }

  private static Transpose other(Transpose trans) {
    return trans == NO_TRANS ? TRANS : NO_TRANS;
  }

  private static void multiply(
      Tape tape,
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      MemorySegment a,
      MemorySegment b,
      float beta,
      MemorySegment c) {
    tape.compute(
        Meter.Family.MATRIX,
        Products.flops(m, n, k),
        Products.sgemm(transA, transB, m, n, k, a, 0, b, 0, beta, c, 0));
  }

  /** {@code y = x w' + b}. */
  private static void multiplyWithBias(
      Tape tape,
      int rows,
      int out,
      int in,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y) {
    int ld = Math.max(1, in);
    int ldy = Math.max(1, out);
    Activation none = Activation.NONE;
    tape.compute(
        Meter.Family.MATRIX,
        Products.flops(rows, out, in),
        pool ->
            Gemm.sgemmBias(
                NO_TRANS, TRANS, rows, out, in, 1f, x, 0, ld, weight, 0, ld, 0f, y, 0, ldy, bias, 0,
                none, pool));
  }

  private static void addColumnSums(
      Tape tape, MemorySegment dy, long rows, long cols, Tensor bias) {
    boolean first = tape.openGradient(bias) == 0f;
    MemorySegment db = Tape.gradientOf(bias);
    Workers.Task sum = (begin, end) -> ColumnSum.accumulate(dy, db, rows, cols, begin, end);
    tape.compute(
        Meter.Family.REDUCTION,
        rows * cols,
        workers -> {
          if (first) {
            Fill.fill(0f, db, 0, cols);
          }
          workers.run(cols, COLUMN_GRAIN, sum);
        });
  }

  private static TensorLayout matrix(String op, String name, Tensor tensor) {
    TensorLayout layout = tensor.layout();
    if (layout.rank() != 2) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " is "
              + layout
              + ", of rank "
              + layout.rank()
              + ": a matrix is wanted, reshape it first");
    }
    return layout;
  }

  private static int size(String name, TensorLayout layout, int dim) {
    long size = layout.dim(dim);
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "dimension "
              + dim
              + " of "
              + name
              + ", which is "
              + layout
              + ", is past "
              + Integer.MAX_VALUE
              + ", the largest edge of a matrix product: split it");
    }
    return (int) size;
  }
}
