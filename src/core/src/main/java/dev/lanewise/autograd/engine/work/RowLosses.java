package dev.lanewise.autograd.engine.work;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.ops.unary.Scale;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Losses that are means over rows and have computed their gradient in the forward pass. */
public final class RowLosses {
  private RowLosses() {}

  /** The sum in order, in double precision, by the rows that count; NaN if none does. */
  public static float mean(MemorySegment losses, long rows, double counted) {
    double sum = 0;
    for (long row = 0; row < rows; row++) {
      sum += losses.get(JAVA_FLOAT_UNALIGNED, row * Float.BYTES);
    }
    return (float) (sum / counted);
  }

  /** Makes the gradient for a cotangent of 1 that for the one that there is. */
  public static Consumer<Workers> scaling(MemorySegment gradient, long n, MemorySegment dy) {
    return workers -> {
      float cotangent = dy.get(JAVA_FLOAT, 0);
      if (cotangent != 1f) {
        Scale.inPlace(gradient, n, cotangent, workers);
      }
    };
  }
}
