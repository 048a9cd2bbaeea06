package dev.lanewise.nn;

import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which step of a training a {@link Dropout} drops for: a fixed one, one that is asked for whenever
 * something is dropped, so that a captured step drops anew in each run, or none.
 */
public final class DropoutStep {
  /** No step of a training: nothing is dropped, also on a tape that records. */
  public static final DropoutStep EVALUATION = new DropoutStep(Dropout.EVALUATION, null);

  private final long fixed;
  private final @Nullable LongSupplier source;

  private DropoutStep(long fixed, @Nullable LongSupplier source) {
    this.fixed = fixed;
    this.source = source;
  }

  /**
   * A fixed step; in a captured step it is refused.
   *
   * @param step from 0 on, or {@link Dropout#EVALUATION}
   */
  public static DropoutStep at(long step) {
    if (step < Dropout.EVALUATION) {
      throw new IllegalArgumentException(
          "dropout at step " + step + ": steps count from 0, evaluation is " + Dropout.EVALUATION);
    }
    return step == Dropout.EVALUATION ? EVALUATION : new DropoutStep(step, null);
  }

  /**
   * A step that is asked for.
   *
   * @param source gives steps from 0 on; the same between a forward pass and its backward pass
   */
  public static DropoutStep from(LongSupplier source) {
    return new DropoutStep(0, Objects.requireNonNull(source, "source"));
  }

  /** Where it is asked for, or null if it is fixed. */
  @Nullable LongSupplier source() {
    return source;
  }

  /** The fixed step. */
  long fixed() {
    return fixed;
  }
}
