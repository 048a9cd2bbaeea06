package dev.lanewise.jmh.peers;

import dev.lanewise.kernel.limit.PeakFma;
import dev.lanewise.parallel.Workers;

/**
 * No product at all: fused multiply-adds on registers, in a fork between those of the libraries,
 * since what the machine gives changes by the minute. The peak of doubles is taken as half of that
 * of floats: half the lanes, as many instructions.
 */
final class PeakProduct implements Product {
  private static final int ROUNDS = 20_000;
  private static final int UNITS_PER_THREAD = 4;

  /** Floats from one sum to the next, so that no two threads write to one cache line. */
  private static final int SLOT = 16;

  private final Workers workers;
  private final int units;
  private final Workers.Task task;

  private PeakProduct(int threads) {
    workers = Workers.of(threads);
    units = Math.multiplyExact(threads, UNITS_PER_THREAD);
    float[] sums = new float[Math.multiplyExact(units, SLOT)];
    task =
        (begin, end) -> {
          for (long unit = begin; unit < end; unit++) {
            sums[(int) unit * SLOT] = PeakFma.run(ROUNDS);
          }
        };
  }

  static Product open(Problem problem) {
    return new PeakProduct(problem.threads());
  }

  @Override
  public void multiply() {
    workers.run(units, 1, task);
  }

  @Override
  public boolean answers() {
    return false;
  }

  @Override
  public long flops(Problem problem) {
    return PeakFma.flops(ROUNDS) * units * Float.BYTES / problem.bytes();
  }

  @Override
  public void close() {
    workers.close();
  }
}
