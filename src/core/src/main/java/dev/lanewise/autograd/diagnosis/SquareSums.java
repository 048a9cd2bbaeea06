package dev.lanewise.autograd.diagnosis;

import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Sums of squares in double precision, the same bits for any number of workers. */
final class SquareSums {
  /** Blocks that pay for waking a thread, as in the optimizers. */
  private static final long GRAIN = 4;

  private SquareSums() {}

  /** {@code sum of x[i]^2} over {@code n} floats; NaN or infinite where an element is. */
  static double of(MemorySegment x, long n, Workers workers) {
    double[] partials = new double[Math.toIntExact(SumOfSquares.blocks(n))];
    workers.run(
        partials.length,
        GRAIN,
        (begin, end) -> {
          for (long block = begin; block < end; block++) {
            long first = block * SumOfSquares.BLOCK;
            int count = (int) Math.min(SumOfSquares.BLOCK, n - first);
            partials[(int) block] = SumOfSquares.block(x, first * Float.BYTES, count);
          }
        });
    double sum = 0;
    for (double partial : partials) {
      sum += partial;
    }
    return sum;
  }
}
