package dev.lanewise.jmh;

import dev.lanewise.kernel.limit.PeakFma;
import dev.lanewise.parallel.Workers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The limit of arithmetic: fused multiply-adds on registers alone, no operand in memory. */
public class PeakFmaBenchmark extends KernelBenchmark {
  private static final int ROUNDS = 20_000;

  /** Units of work per thread: the pool splits a region in four blocks per thread. */
  private static final int UNITS_PER_THREAD = 4;

  private static final int SLOT = 16;

  @Param public Threads threads;

  private Workers workers;
  private Workers.Task task;
  private float[] sums;

  @Setup
  public void setUp() {
    workers = threads.open();
    sums = new float[Math.multiplyExact(SLOT * UNITS_PER_THREAD, workers.threads())];
    task =
        (begin, end) -> {
          for (long unit = begin; unit < end; unit++) {
            sums[(int) unit * SLOT] = PeakFma.run(ROUNDS);
          }
        };
    Operands.require("the sum of the chains", sum(), PeakFma.run(ROUNDS), 0);
  }

  @TearDown
  public void close() {
    workers.close();
  }

  @Benchmark
  public float[] fma(Work work) {
    int units = UNITS_PER_THREAD * workers.threads();
    workers.run(units, 1, task);
    work.flops += PeakFma.flops(ROUNDS) * units;
    return sums;
  }

  /** What the twelve chains add up to: each begins at 1 to 12 and gains 2^-11 a round, exactly. */
  private static double sum() {
    return 78 + 12 * ROUNDS * 0x1p-11;
  }
}
