package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.random.Dropout;

/** Dropout: {@code x / (1 - p)} with probability {@code 1 - p}, else 0, and dy likewise. */
public final class DropoutOps {
  private DropoutOps() {}

  /**
   * Drops elements. The mask is a function of the numbers given and is computed again in the
   * backward pass.
   *
   * @param p the probability that an element is dropped, 0 to 1
   * @param seed of the generator
   * @param stream the place in the model: each dropout of a model has its own
   * @param step the step of the training
   */
  public static Tensor dropout(Tape tape, Tensor x, float p, long seed, int stream, long step) {
    Elementwise.Map dropout =
        (in, out, n, workers) -> Dropout.forward(in, out, n, p, seed, stream, step, workers);
    return Elementwise.linear(tape, x, dropout, dropout);
  }
}
