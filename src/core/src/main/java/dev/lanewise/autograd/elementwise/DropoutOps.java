package dev.lanewise.autograd.elementwise;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.ops.random.Dropout;
import java.util.function.LongSupplier;

/** Dropout: {@code x / (1 - p)} with probability {@code 1 - p}, else 0, and dy likewise. */
public final class DropoutOps {
  private DropoutOps() {}

  /** Drops elements. */
  public static Tensor dropout(Tape tape, Tensor x, DropoutMask mask) {
    float p = mask.p();
    long seed = mask.seed();
    int stream = mask.stream();
    LongSupplier step = mask.step();
    Elementwise.Map dropout =
        (in, out, n, workers) ->
            Dropout.forward(in, out, n, p, seed, stream, step.getAsLong(), workers);
    return Elementwise.linear("dropout", tape, x, dropout, dropout);
  }

  /** The same with the {@linkplain DropoutMask#at mask of one step}. */
  public static Tensor dropout(Tape tape, Tensor x, float p, long seed, int stream, long step) {
    return dropout(tape, x, DropoutMask.at(tape, p, seed, stream, step));
  }

  /** The same with the numbers of a {@link DropoutMask}. */
  public static Tensor dropout(
      Tape tape, Tensor x, float p, long seed, int stream, LongSupplier step) {
    return dropout(tape, x, new DropoutMask(p, seed, stream, step));
  }
}
