package dev.lanewise.autograd.higher;

import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.Meter;
import dev.lanewise.kernel.dense.DenseBroadcast;
import dev.lanewise.kernel.dense.DenseMap;
import dev.lanewise.memory.TensorLayout;

/**
 * Sums, what they are the adjoint of, and what is made of them.
 *
 * <pre>
 * op            y                                         dx
 * sumTo         sums over what broadcasting repeats       broadcastTo(dy)
 * broadcastTo   repeats                                   sumTo(dy)
 * logSumExp     m + log sum exp(x - m), m the row's max   dy softmax(x)
 * softmax       exp(x - logSumExp(x)): of the ops above
 * crossEntropy  mean over rows of logSumExp(x) - x[target]
 * </pre>
 */
public final class Reductions {
  private static final TensorLayout SCALAR = TensorLayout.of();

  private Reductions() {}

  /** The sum of all elements, a scalar. */
  public static DoubleTensor sum(DoubleTensor x) {
    return sumTo(x, SCALAR);
  }

  /** The mean of all elements, of which there is one at least, a scalar. */
  public static DoubleTensor mean(DoubleTensor x) {
    if (x.layout().elements() == 0) {
      throw new IllegalArgumentException(
          "mean: x is " + x.layout() + ": at least one element is wanted");
    }
    return scale(sum(x), 1.0 / x.layout().elements());
  }

  /** {@code <a, b>}, a scalar. */
  public static DoubleTensor dot(DoubleTensor a, DoubleTensor b) {
    return sum(mul(a, b));
  }

  /** The sum over all elements that broadcasting {@code layout} to the shape of x makes of one. */
  public static DoubleTensor sumTo(DoubleTensor x, TensorLayout layout) {
    if (layout.equals(x.layout())) {
      return x;
    }
    long started = System.nanoTime();
    int[] strides = Shapes.strides(layout, x.layout());
    double[] values = new double[Math.toIntExact(layout.elements())];
    DenseBroadcast.sum(x.values(), strides, Shapes.dims(x.layout()), values);
    x.count(Meter.Family.REDUCTION, started, x.layout().elements());
    return DoubleTensor.result(
        layout, values, (which, in, y, dy) -> broadcastTo(dy, in[0].layout()), x);
  }

  /** x repeated to a shape, by NumPy's rules. */
  public static DoubleTensor broadcastTo(DoubleTensor x, TensorLayout layout) {
    if (layout.equals(x.layout())) {
      return x;
    }
    long started = System.nanoTime();
    int[] strides = Shapes.strides(x.layout(), layout);
    double[] values = new double[Math.toIntExact(layout.elements())];
    DenseBroadcast.expand(x.values(), strides, Shapes.dims(layout), values);
    x.count(Meter.Family.ELEMENTWISE, started, layout.elements());
    return DoubleTensor.result(layout, values, (which, in, y, dy) -> sumTo(dy, in[0].layout()), x);
  }

  /** {@code log sum exp(x)} over the last dimension, which becomes 1. */
  public static DoubleTensor logSumExp(DoubleTensor x) {
    TensorLayout rows = Shapes.rows("logSumExp", x);
    // A shift by a constant changes neither value nor derivative, whatever it is.
    double[] shift = new double[Math.toIntExact(rows.elements())];
    int cols = Math.toIntExact(x.layout().dim(x.layout().rank() - 1));
    DenseMap.rowMax(x.values(), cols, shift);
    DoubleTensor most = x.graph().constant(rows, shift);
    DoubleTensor sums = sumTo(Unary.exp(sub(x.detach(), most)), rows);
    double[] values = Arithmetic.add(Unary.log(sums), most).values();
    return DoubleTensor.result(
        rows, values, (which, in, y, dy) -> mul(dy, Unary.exp(sub(in[0], y))), x);
  }

  /** Softmax over the last dimension. */
  public static DoubleTensor softmax(DoubleTensor x) {
    return Unary.exp(logSoftmax(x));
  }

  /** {@code x - logSumExp(x)}. */
  public static DoubleTensor logSoftmax(DoubleTensor x) {
    return sub(x, logSumExp(x));
  }

  /**
   * The mean cross-entropy of rows of logits, a scalar.
   *
   * @param logits [rows, classes], at least one row
   * @param targets one for each row, each in {@code [0, classes)}
   */
  public static DoubleTensor crossEntropyMean(DoubleTensor logits, int... targets) {
    TensorLayout layout = logits.layout();
    if (layout.rank() != 2 || layout.elements() == 0 || layout.dim(0) != targets.length) {
      throw new IllegalArgumentException(
          "crossEntropyMean: logits are "
              + layout
              + " with "
              + targets.length
              + " targets: [rows, classes] with one target for each row is wanted");
    }
    int classes = Math.toIntExact(layout.dim(1));
    double[] chosen = new double[logits.values().length];
    for (int row = 0; row < targets.length; row++) {
      if (targets[row] < 0 || targets[row] >= classes) {
        throw new IllegalArgumentException(
            "target "
                + row
                + " is "
                + targets[row]
                + ": there are the classes 0 to "
                + (classes - 1));
      }
      chosen[Math.addExact(Math.multiplyExact(row, classes), targets[row])] = 1;
    }
    DoubleTensor picked = dot(logits, logits.graph().constant(layout, chosen));
    return scale(sub(sum(logSumExp(logits)), picked), 1.0 / targets.length);
  }
}
