package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.autograd.higher.Arithmetic.scale;
import static dev.lanewise.autograd.higher.Arithmetic.sub;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;

/**
 * Losses, scalars; their mean over all elements or rows. Targets have a gradient too.
 *
 * <pre>
 * op                   y, the mean of
 * meanSquaredError     (x - t)^2
 * meanAbsoluteError    |x - t|
 * huber                |d| <= delta ? d^2 / 2 : delta (|d| - delta / 2), d = x - t
 * binaryCrossEntropy   (1 - t) x + (1 + (w - 1) t) log(1 + exp(-x)), w the weight of class 1
 * crossEntropyMean     -(1 - s) log p[target] - s / classes sum of log p, p = softmax(x)
 * </pre>
 */
public final class Losses {
  private Losses() {}

  /** The mean of {@code (x - target)^2}. */
  public static DoubleTensor meanSquaredError(DoubleTensor x, DoubleTensor target) {
    return Reductions.mean(Unary.square(sub(x, target)));
  }

  /** The mean of {@code |x - target|}. */
  public static DoubleTensor meanAbsoluteError(DoubleTensor x, DoubleTensor target) {
    return Reductions.mean(Piecewise.abs(sub(x, target)));
  }

  /** The mean of the Huber loss: {@code c (d - c / 2)}, c the difference cut at delta. */
  public static DoubleTensor huber(DoubleTensor x, DoubleTensor target, double delta) {
    DoubleTensor d = sub(x, target);
    DoubleTensor c = Piecewise.clamp(d, -delta, delta);
    return Reductions.mean(mul(c, sub(d, scale(c, 0.5))));
  }

  /** The mean of the binary cross-entropy of logits {@code x}. */
  public static DoubleTensor binaryCrossEntropy(
      DoubleTensor x, DoubleTensor target, double positiveWeight) {
    DoubleTensor one = x.graph().filled(x.layout(), 1);
    DoubleTensor weight = add(one, scale(target, positiveWeight - 1));
    DoubleTensor logarithm = mul(weight, Unary.softplus(scale(x, -1)));
    return Reductions.mean(add(mul(sub(one, target), x), logarithm));
  }

  /**
   * The mean cross-entropy, in nats, of rows of logits, over those that are not ignored, of which
   * there is one at least.
   *
   * @param logits [rows, classes]
   * @param targets one for each row, a class or {@code ignoreIndex}
   * @param smoothing of the labels, from 0 to 1
   * @param ignoreIndex target of the rows that do not count
   */
  public static DoubleTensor crossEntropyMean(
      DoubleTensor logits, int[] targets, double smoothing, int ignoreIndex) {
    TensorLayout layout = logits.layout();
    int rows = targets.length;
    int classes = layout.rank() == 2 ? Math.toIntExact(layout.dim(1)) : 0;
    if (classes == 0 || layout.dim(0) != rows) {
      throw new IllegalArgumentException(
          "crossEntropyMean: logits are "
              + layout
              + " with "
              + rows
              + " targets: [rows, classes] with one target for each row is wanted");
    }
    double[] weights = new double[Math.multiplyExact(rows, classes)];
    int counted = 0;
    for (int r = 0; r < rows; r++) {
      if (targets[r] != ignoreIndex) {
        int first = Math.multiplyExact(r, classes);
        for (int c = 0; c < classes; c++) {
          weights[first + c] = smoothing / classes;
        }
        weights[first + targets[r]] += 1 - smoothing;
        counted++;
      }
    }
    DoubleTensor logarithms = Reductions.logSoftmax(logits);
    return scale(
        Reductions.dot(logarithms, logits.graph().constant(layout, weights)), -1.0 / counted);
  }
}
