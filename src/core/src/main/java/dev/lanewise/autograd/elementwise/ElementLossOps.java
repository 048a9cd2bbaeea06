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
    return mean(tape, x, target, MeanSquaredError::forward, MeanSquaredError::forwardBackward);
  }

  /** The mean of {@code |x - target|}, both of one shape. */
  public static Tensor meanAbsoluteError(Tape tape, Tensor x, Tensor target) {
    return mean(tape, x, target, MeanAbsoluteError::forward, MeanAbsoluteError::forwardBackward);
  }

  /**
   * The mean of the Huber loss, both of one shape.
   *
   * @param delta where the loss turns from a parabola into a line, positive
   */
  public static Tensor huber(Tape tape, Tensor x, Tensor target, float delta) {
    return mean(
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
      Tape tape, Tensor x, Tensor target, Loss forward, LossAndGradient forwardBackward) {
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
    long started = tape.startClock();
    double total;
    if (loss.requiresGrad()) {
      MemorySegment dx = tape.allocateFloats(n);
      total =
          forwardBackward.run(
              x.data(), target.data(), dx, partials, n, (float) (1.0 / n), tape.workers());
      tape.record(loss, dy -> addScaled(tape, x, dx, dy.get(JAVA_FLOAT, 0)));
    } else {
      total = forward.run(x.data(), target.data(), partials, n, tape.workers());
    }
    tape.stopClock(Meter.Family.REDUCTION, started, n);
    loss.data().set(JAVA_FLOAT, 0, (float) (total / n));
    return loss;
  }

  private static void addScaled(Tape tape, Tensor x, MemorySegment dx, float dy) {
    if (dy != 1f) {
      Scale.inPlace(dx, x.layout().elements(), dy, tape.workers());
    }
    tape.addGradient(x, dx);
  }
}
