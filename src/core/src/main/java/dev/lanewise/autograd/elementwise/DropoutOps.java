package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.random.Dropout;
import java.util.function.LongSupplier;

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
   * @throws IllegalStateException if the tape captures a step, which would drop the same elements
   *     in each run: give a supplier of the step there
   */
  public static Tensor dropout(Tape tape, Tensor x, float p, long seed, int stream, long step) {
    if (tape.isCapturing()) {
      throw new IllegalStateException(
          "dropout with the fixed step "
              + step
              + " cannot be captured: give a supplier that tells the step of each run");
    }
    return dropout(tape, x, p, seed, stream, () -> step);
  }

  /**
   * The same, with the step asked for when the mask is computed.
   *
   * @param step the step of the training; must not change between a forward pass and its backward
   *     pass
   */
  public static Tensor dropout(
      Tape tape, Tensor x, float p, long seed, int stream, LongSupplier step) {
    Elementwise.Map dropout =
        (in, out, n, workers) ->
            Dropout.forward(in, out, n, p, seed, stream, step.getAsLong(), workers);
    return Elementwise.linear("dropout", tape, x, dropout, dropout);
  }
}
