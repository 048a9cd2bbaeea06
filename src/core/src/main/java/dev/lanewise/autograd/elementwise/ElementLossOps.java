package dev.lanewise.autograd.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.loss.BinaryCrossEntropy;
import dev.lanewise.ops.loss.Huber;
import dev.lanewise.ops.loss.MeanAbsoluteError;
import dev.lanewise.ops.loss.MeanSquaredError;
import dev.lanewise.ops.unary.Scale;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Losses of each element by itself, their mean over all elements. The gradient is computed with the
 * loss; targets have none.
 *
 * <pre>
 * op                   y, the mean of                              dx, times dy / n
 * meanSquaredError     (x - t)^2                                   2 (x - t)
 * meanAbsoluteError    |x - t|                                     sign(x - t)
 * huber                |d| <= delta ? d^2 / 2                      |d| <= delta ? d
 *                        : delta (|d| - delta / 2), d = x - t        : delta sign(d)
 * binaryCrossEntropy   max(x, 0) - x t + log(1 + exp(-|x|))        sigmoid(x) - t
 * </pre>
 */
public final class ElementLossOps {
  private interface Loss {
    double run(
        MemorySegment x, MemorySegment target, MemorySegment partials, long n, Workers workers);
  }

  private interface LossAndGradient {
    double run(
        MemorySegment x,
        MemorySegment target,
        MemorySegment dx,
        MemorySegment partials,
        long n,
        float scale,
        Workers workers);
  }

  private ElementLossOps() {}

  /** The mean of {@code (x - target)^2}, both of one shape. */
  public static Tensor meanSquaredError(Tape tape, Tensor x, Tensor target) {
    return mean(
        "meanSquaredError",
        tape,
        x,
        target,
        MeanSquaredError::forward,
        MeanSquaredError::forwardBackward);
  }

  /** The mean of {@code |x - target|}, both of one shape. */
  public static Tensor meanAbsoluteError(Tape tape, Tensor x, Tensor target) {
    return mean(
        "meanAbsoluteError",
        tape,
        x,
        target,
        MeanAbsoluteError::forward,
        MeanAbsoluteError::forwardBackward);
  }

  /**
   * The mean of the Huber loss, both of one shape.
   *
   * @param delta where the loss turns from a parabola into a line, positive
   */
  public static Tensor huber(Tape tape, Tensor x, Tensor target, float delta) {
    return mean(
        "huber",
        tape,
        x,
        target,
        (in, t, partials, n, workers) -> Huber.forward(in, t, partials, n, delta, workers),
        (in, t, dx, partials, n, scale, workers) ->
            Huber.forwardBackward(in, t, dx, partials, n, delta, scale, workers));
  }

  /**
   * The mean of the binary cross-entropy of logits {@code x}, both of one shape.
   *
   * @param target each from 0 to 1
   * @param positiveWeight weight of the positive class, not negative; 1 for the plain form
   */
  public static Tensor binaryCrossEntropy(
      Tape tape, Tensor x, Tensor target, float positiveWeight) {
    return mean(
        "binaryCrossEntropy",
        tape,
        x,
        target,
        (in, t, partials, n, workers) ->
            BinaryCrossEntropy.forward(in, t, partials, n, positiveWeight, workers),
        (in, t, dx, partials, n, scale, workers) ->
            BinaryCrossEntropy.forwardBackward(
                in, t, dx, partials, n, positiveWeight, scale, workers));
  }

  private static Tensor mean(
      String op,
      Tape tape,
      Tensor x,
      Tensor target,
      Loss forward,
      LossAndGradient forwardBackward) {
    Elementwise.requireSameShape("x", x, "target", target);
    long n = x.layout().elements();
    if (n == 0) {
      throw new IllegalArgumentException(
          "x is " + x.layout() + ": the mean of a loss wants at least one element");
    }
    if (target.requiresGrad()) {
      throw new IllegalArgumentException(
          "target is a tensor of "
              + target.layout()
              + " that requires a gradient: a loss gives one to x alone, use a constant");
    }
    Tensor loss = tape.output(TensorLayout.of(), x, target);
    MemorySegment partials =
        tape.allocateFloats(MeanSquaredError.blocks(n) * (Double.BYTES / Float.BYTES));
    MemorySegment xs = x.data();
    MemorySegment ts = target.data();
    MemorySegment value = loss.data();
    if (!loss.requiresGrad()) {
      tape.compute(
          Meter.Family.REDUCTION,
          n,
          workers -> setMean(value, forward.run(xs, ts, partials, n, workers), n));
      return loss;
    }
    MemorySegment dx = tape.allocateFloats(n);
    float scale = (float) (1.0 / n);
    tape.compute(
        Meter.Family.REDUCTION,
        n,
        workers -> setMean(value, forwardBackward.run(xs, ts, dx, partials, n, scale, workers), n));
    tape.record(op, loss, dy -> addScaled(tape, x, dx, dy));
    return loss;
  }

  private static void setMean(MemorySegment loss, double total, long n) {
    loss.set(JAVA_FLOAT, 0, (float) (total / n));
  }

  private static void addScaled(Tape tape, Tensor x, MemorySegment dx, MemorySegment dy) {
    long n = x.layout().elements();
    tape.compute(
        Meter.Family.ELEMENTWISE,
        0,
        workers -> {
          float scale = dy.get(JAVA_FLOAT, 0);
          if (scale != 1f) {
            Scale.inPlace(dx, n, scale, workers);
          }
        });
    tape.addGradient(x, dx);
  }
}
