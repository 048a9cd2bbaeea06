package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * What is dropped at one place of a model: a function of these numbers, computed again in backward
 * and never stored.
 *
 * @param p the probability that an element is dropped, 0 to 1
 * @param seed of the generator
 * @param stream the place in the model: each dropout of a model has its own
 * @param step the step of the training, asked for whenever the mask is computed; must not change
 *     between a forward pass and its backward pass
 */
public record DropoutMask(float p, long seed, int stream, LongSupplier step) {
  /** Checks the probability. */
  public DropoutMask {
    Objects.requireNonNull(step, "step");
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("p = " + p + ": it must be from 0 to 1");
    }
  }

  /**
   * The mask of one step.
   *
   * @throws IllegalStateException if the tape captures a step, which would drop the same elements
   *     in each run: give a supplier of the step there
   */
  public static DropoutMask at(Tape tape, float p, long seed, int stream, long step) {
    if (tape.isCapturing()) {
      throw new IllegalStateException(
          "dropout with the fixed step "
              + step
              + " cannot be captured: give a supplier that tells the step of each run");
    }
    return new DropoutMask(p, seed, stream, () -> step);
  }
}
