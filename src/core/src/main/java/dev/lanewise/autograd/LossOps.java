package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.kernel.unary.segments.Scale;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;

/**
 * Losses.
 *
 * <pre>
 * op                  y                                  dLogits
 * crossEntropyMean    mean over rows of lse - x[target]  (softmax - onehot) dy / rows
 * </pre>
 */
public final class LossOps {
  private LossOps() {}

  /**
   * The mean cross-entropy, in nats, of rows of logits with one class each.
   *
   * <p>Where a gradient is needed it is written over the logits in the forward pass, which saves a
   * matrix of their size: the values of {@code logits} are consumed, and every later use of them is
   * an IllegalStateException. They are copied instead where another op keeps them for its own
   * backward pass or where they are a leaf.
   *
   * @param logits [rows, classes], at least one row
   * @param targets native int32, one for each row, each in {@code [0, classes)}
   * @return a scalar; the losses of the rows are summed in order in double precision
   */
  public static Tensor crossEntropyMean(Tape tape, Tensor logits, MemorySegment targets) {
    TensorLayout shape = logits.layout();
    if (shape.rank() != 2 || shape.elements() == 0) {
      throw new IllegalArgumentException(
          "crossEntropyMean: logits are "
              + shape
              + ": [rows, classes] with at least one row and one class is wanted");
    }
    long rows = shape.dim(0);
    long classes = shape.dim(1);
    if (classes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "crossEntropyMean: logits are "
              + shape
              + ": there can be at most "
              + Integer.MAX_VALUE
              + " classes");
    }
    Indices.check("target", targets, rows, classes);
    boolean needsGradient = tape.use(logits);

    Tensor loss = tape.result(TensorLayout.of(), needsGradient);
    MemorySegment losses = tape.allocateFloats(rows);
    if (needsGradient) {
      boolean consumes = logits.mayBeConsumed();
      MemorySegment gradient = consumes ? logits.data() : copy(tape, logits);
      if (consumes) {
        logits.consume("crossEntropyMean");
      }
      float scale = 1f / rows;
      long started = tape.startClock();
      tape.rows(
          rows,
          classes,
          (begin, end) ->
              SoftmaxCrossEntropy.forwardBackward(
                  gradient, targets, losses, scale, begin, end, classes));
      tape.stopClock(Meter.Family.REDUCTION, started, shape.elements());
      tape.record(loss, dy -> addScaled(tape, logits, gradient, dy.get(JAVA_FLOAT, 0)));
    } else {
      MemorySegment values = logits.data();
      long started = tape.startClock();
      tape.rows(
          rows,
          classes,
          (begin, end) ->
              SoftmaxCrossEntropy.forward(values, targets, losses, begin, end, classes));
      tape.stopClock(Meter.Family.REDUCTION, started, shape.elements());
    }
    loss.data().set(JAVA_FLOAT, 0, mean(losses, rows));
    return loss;
  }

  private static MemorySegment copy(Tape tape, Tensor logits) {
    return tape.allocateFloats(logits.layout().elements()).copyFrom(logits.data());
  }

  private static void addScaled(Tape tape, Tensor logits, MemorySegment gradient, float dy) {
    if (dy != 1f) {
      long n = logits.layout().elements();
      tape.elementwise(n, (begin, end) -> Scale.inPlace(dy, gradient, begin, end));
    }
    tape.addGradient(logits, gradient);
  }

  private static float mean(MemorySegment losses, long rows) {
    double sum = 0;
    for (long row = 0; row < rows; row++) {
      sum += losses.get(JAVA_FLOAT_UNALIGNED, row * Float.BYTES);
    }
    return (float) (sum / rows);
  }
}
