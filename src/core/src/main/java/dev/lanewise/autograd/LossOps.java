package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.engine.Indices;
import dev.lanewise.autograd.engine.work.RowLosses;
import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
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
    Indices.checkSize("target", targets, rows);
    boolean needsGradient = tape.use(logits);
    Tensor loss = tape.result(TensorLayout.of(), needsGradient);
    MemorySegment losses = tape.allocateFloats(rows);
    MemorySegment values = logits.data();
    MemorySegment value = loss.data();
    if (!needsGradient) {
      Workers.Task task =
          (begin, end) -> SoftmaxCrossEntropy.forward(values, targets, losses, begin, end, classes);
      compute(tape, rows, classes, targets, task, losses, value);
      return loss;
    }
    boolean consumes = logits.mayBeConsumed();
    MemorySegment gradient = consumes ? values : copy(tape, values, shape.elements());
    float scale = 1f / rows;
    Workers.Task task =
        (begin, end) ->
            SoftmaxCrossEntropy.forwardBackward(
                gradient, targets, losses, scale, begin, end, classes);
    compute(tape, rows, classes, targets, task, losses, value);
    if (consumes) {
      logits.consume("crossEntropyMean");
    }
    tape.record("crossEntropyMean", loss, dy -> addScaled(tape, logits, gradient, dy));
    return loss;
  }

  private static void compute(
      Tape tape,
      long rows,
      long classes,
      MemorySegment targets,
      Workers.Task task,
      MemorySegment losses,
      MemorySegment value) {
    long grain = tape.rowGrain(classes);
    tape.compute(
        Meter.Family.REDUCTION,
        rows * classes,
        workers -> {
          Indices.checkBounds("target", targets, rows, classes);
          workers.run(rows, grain, task);
          value.set(JAVA_FLOAT, 0, RowLosses.mean(losses, rows, (double) rows));
        });
  }

  private static MemorySegment copy(Tape tape, MemorySegment logits, long n) {
    MemorySegment copy = tape.allocateFloats(n);
    tape.compute(Meter.Family.ELEMENTWISE, 0, workers -> copy.copyFrom(logits));
    return copy;
  }

  private static void addScaled(
      Tape tape, Tensor logits, MemorySegment gradient, MemorySegment dy) {
    long n = logits.layout().elements();
    tape.compute(Meter.Family.ELEMENTWISE, 0, RowLosses.scaling(gradient, n, dy));
    tape.addGradient(logits, gradient);
  }
}
