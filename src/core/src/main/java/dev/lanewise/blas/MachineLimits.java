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
  /** Some 100 microseconds: long against the start of a parallel region. */
  private static final int FMA_ROUNDS = 1 << 16;

  private static final long WINDOW_NANOS = 100_000_000;

  /** Windows without progress after which the code counts as compiled and the peak as reached. */
  private static final int STEADY_WINDOWS = 3;

  private static final int MOST_WINDOWS = 40;

  static {
    VectorModule.require();
  }

  private MachineLimits() {}

  /**
   * The peak of single-precision fused multiply-adds at the vector width in use. Takes about half a
   * second, up to four where the compiler is slow to come.
   *
   * @param threads threads that compute at the same time, at least 1
   * @return GFLOP/s of all of them together, sustained over the best tenth of a second
   */
  public static double fmaPeak(int threads) {
    try (Workers workers = Workers.of(threads)) {
      return steadyRate(workers, fmaTask(), PeakFma.flops(FMA_ROUNDS));
    }
  }

  /**
   * The same as it is at this moment, over one tenth of a second: what the neighbours on a shared
   * host, heat and power leave of the peak. {@link #fmaPeak} has to be called before, or the figure
   * is that of code that is not compiled yet.
   *
   * @param workers the threads that compute, idle otherwise
   * @return GFLOP/s of all of them together
   */
  public static double fmaNow(Workers workers) {
    return windowRate(workers, fmaTask(), PeakFma.flops(FMA_ROUNDS));
  }

  private static Workers.Task fmaTask() {
    AtomicInteger sink = new AtomicInteger();
    return (begin, end) -> {
      for (long i = begin; i < end; i++) {
        sink.lazySet(Float.floatToRawIntBits(PeakFma.run(FMA_ROUNDS)));
      }
    };
  }

  /**
   * Units per nanosecond, that is giga-units per second, when each thread does one task of {@code
   * units} at a time: the best window, once several in a row have brought nothing more.
   */
  private static double steadyRate(Workers workers, Workers.Task task, long units) {
    double best = 0;
    int steady = 0;
    for (int window = 0; window < MOST_WINDOWS && steady < STEADY_WINDOWS; window++) {
      double rate = windowRate(workers, task, units);
      steady = rate > 1.02 * best ? 0 : steady + 1;
      best = Math.max(best, rate);
    }
    return best;
  }

  private static double windowRate(Workers workers, Workers.Task task, long units) {
    long begin = System.nanoTime();
    long now = begin;
    long regions = 0;
    while (now - begin < WINDOW_NANOS) {
      workers.run(workers.threads(), 1, task);
      regions++;
      now = System.nanoTime();
    }
    return (double) units * workers.threads() * regions / (now - begin);
  }
}
