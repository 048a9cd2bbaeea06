package dev.lanewise.nn;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutMask;
import dev.lanewise.autograd.elementwise.DropoutOps;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * In training {@code x / (1 - p)} with probability {@code 1 - p}, else 0; in evaluation x itself
 * (N. Srivastava et al.: Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014).
 *
 * <p>There is no hidden generator: what is dropped is a function of the seed, the stream and the
 * step, so a step that is taken again drops the same.
 *
 * @param p the probability that an element is dropped, at least 0 and below 1
 * @param seed of the model
 * @param stream the place in the model: each dropout of a model has its own
 */
public record Dropout(float p, long seed, int stream) {
  /** The step that is none: nothing is dropped, also on a tape that records. */
  public static final long EVALUATION = -1;

  /** Drops nothing. */
  public static final Dropout NONE = new Dropout(0, 0, 0);

  /** Checks the probability. */
  public Dropout {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(
          "dropout = " + p + ": a probability of at least 0 and below 1 is wanted");
    }
  }

  /** Drops elements, unless {@link #mask} is null. */
  public Tensor forward(Tape tape, Tensor x, DropoutStep step) {
    DropoutMask mask = mask(tape, step);
    return mask == null ? x : DropoutOps.dropout(tape, x, mask);
  }

  /**
   * The same for a fixed step.
   *
   * @param step of the training, from 0 on, or {@link #EVALUATION}
   */
  public Tensor forward(Tape tape, Tensor x, long step) {
    return forward(tape, x, DropoutStep.at(step));
  }

  /**
   * What is dropped, for ops that drop inside; null if nothing is: in evaluation, with p = 0, and
   * on a tape that was opened without gradients.
   */
  public @Nullable DropoutMask mask(Tape tape, DropoutStep step) {
    if (p == 0 || step == DropoutStep.EVALUATION || !tape.isRecording()) {
      return null;
    }
    LongSupplier source = step.source();
    return source == null
        ? DropoutMask.at(tape, p, seed, stream, step.fixed())
        : new DropoutMask(p, seed, stream, source);
  }
}
