package dev.lanewise.blas;

import dev.lanewise.kernel.limit.PeakFma;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.VectorModule;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What this machine can do at most, measured: the figures that results are given as a percentage
 * of.
 */
public final class MachineLimits {
  /**
   * About 2 ms a round at 100 GFLOP/s: long against the wake-up of a thread, short against a
   * disturbance.
   */
  private static final int FMA_ROUNDS = 1 << 20;

  private static final long MEASURE_NANOS = 400_000_000L;

  static {
    VectorModule.require();
  }

  private MachineLimits() {}

  /**
   * The peak of single-precision fused multiply-adds at the vector width in use, measured for about
   * half a second.
   *
   * @param threads threads that compute at the same time, at least 1
   * @return GFLOP/s of all of them together, the best of many short measurements
   */
  public static double fmaPeak(int threads) {
    try (Workers workers = Workers.of(threads)) {
      AtomicInteger sink = new AtomicInteger();
      Workers.Task task =
          (begin, end) -> {
            for (long i = begin; i < end; i++) {
              sink.lazySet(Float.floatToRawIntBits(PeakFma.run(FMA_ROUNDS)));
            }
          };
      // Twice: the first pass is spent on compilation.
      bestRate(workers, task, PeakFma.flops(FMA_ROUNDS), MEASURE_NANOS / 4);
      return bestRate(workers, task, PeakFma.flops(FMA_ROUNDS), MEASURE_NANOS);
    }
  }

  /**
   * Units per nanosecond, that is giga-units per second, when each thread does one task of {@code
   * units} at a time.
   */
  private static double bestRate(Workers workers, Workers.Task task, long units, long nanos) {
    double best = 0;
    long begin = System.nanoTime();
    long now = begin;
    while (now - begin < nanos) {
      long start = System.nanoTime();
      workers.run(workers.threads(), 1, task);
      now = System.nanoTime();
      best = Math.max(best, (double) units * workers.threads() / (now - start));
    }
    return best;
  }
}
