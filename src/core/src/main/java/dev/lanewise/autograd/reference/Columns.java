package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;

/**
 * Reductions over all dimensions but the last, to one element for each column; with the rows of the
 * transpose as the columns they are those of {@link Rows}.
 *
 * <pre>
 * op                y
 * columnSum         sum of each column
 * columnMean        mean of each column
 * columnVariance    sum of (x - mean)^2 / (rows - correction)
 * columnMax         maximum of each column; its gradient goes to the first
 * columnNorm        root of sum of x^2; without a gradient where it is 0
 * columnLogSumExp   log of sum of e^x
 * </pre>
 */
public final class Columns {
  private Columns() {}

  /** The sum of each column. */
  public static DoubleTensor columnSum(DoubleTensor x) {
    return Rows.rowSum(columns(x));
  }

  /** The mean of each column, which has one element at least. */
  public static DoubleTensor columnMean(DoubleTensor x) {
    return Rows.rowMean(columns(x));
  }

  /** The variance of each column, which has more elements than {@code correction}. */
  public static DoubleTensor columnVariance(DoubleTensor x, int correction) {
    DoubleTensor columns = columns(x);
    int n = Rows.cols(columns);
    DoubleTensor mean = scale(Reductions.sumTo(columns, Rows.ones(columns)), 1.0 / n);
    DoubleTensor squares = Rows.rowSum(Unary.square(sub(columns, mean)));
    return scale(squares, 1.0 / (n - correction));
  }

  /** The maximum of each column, which has one element at least. */
  public static DoubleTensor columnMax(DoubleTensor x) {
    return Rows.rowMax(columns(x));
  }

  /** The Euclidean norm of each column. */
  public static DoubleTensor columnNorm(DoubleTensor x) {
    return Rows.rowNorm(columns(x));
  }

  /** The logarithm of the sum of the exponentials of each column. */
  public static DoubleTensor columnLogSumExp(DoubleTensor x) {
    return Rows.rowSum(Reductions.logSumExp(columns(x)));
  }

  /** A row for each column. */
  private static DoubleTensor columns(DoubleTensor x) {
    TensorLayout rows = TensorLayout.of(Rows.ones(x).elements(), Rows.cols(x));
    return Matrices.transpose(Matrices.reshape(x, rows));
  }
}
