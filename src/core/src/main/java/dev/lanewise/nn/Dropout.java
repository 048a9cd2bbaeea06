package dev.lanewise.nn;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutOps;

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

  /** Checks the probability. */
  public Dropout {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(
          "dropout = " + p + ": a probability of at least 0 and below 1 is wanted");
    }
  }

  /**
   * Drops elements, unless the tape was opened without gradients.
   *
   * @param step of the training, from 0 on, or {@link #EVALUATION}
   */
  public Tensor forward(Tape tape, Tensor x, long step) {
    if (step < EVALUATION) {
      throw new IllegalArgumentException(
          "dropout at step " + step + ": steps count from 0, evaluation is " + EVALUATION);
    }
    if (p == 0 || step == EVALUATION || !tape.isRecording()) {
      return x;
    }
    return DropoutOps.dropout(tape, x, p, seed, stream, step);
  }
}
