package dev.lanewise.jmh.peers;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import dev.lanewise.parallel.Workers;
import jdk.incubator.vector.FloatVector;

/**
 * No product at all: fused multiply-adds on registers, in a fork between those of the libraries,
 * since what the machine gives changes by the minute. The peak of doubles is taken as half of that
 * of floats: half the lanes, as many instructions.
 */
final class PeakProduct implements Product {
  /** Twelve hide the latency of two units, 4 x 2 or 5 x 2, and leave registers for the factors. */
  private static final int CHAINS = 12;

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
            sums[(int) unit * SLOT] = run(ROUNDS);
          }
        };
  }

  static Product open(Problem problem) {
    return new PeakProduct(problem.threads());
  }

  /** Each chain goes through the sum, {@code c = x y + c}. */
  private static float run(int rounds) {
    FloatVector x = FloatVector.broadcast(F32, 0.5f);
    FloatVector y = FloatVector.broadcast(F32, 1e-3f);
    FloatVector c0 = FloatVector.broadcast(F32, 1f);
    FloatVector c1 = FloatVector.broadcast(F32, 2f);
    FloatVector c2 = FloatVector.broadcast(F32, 3f);
    FloatVector c3 = FloatVector.broadcast(F32, 4f);
    FloatVector c4 = FloatVector.broadcast(F32, 5f);
    FloatVector c5 = FloatVector.broadcast(F32, 6f);
    FloatVector c6 = FloatVector.broadcast(F32, 7f);
    FloatVector c7 = FloatVector.broadcast(F32, 8f);
    FloatVector c8 = FloatVector.broadcast(F32, 9f);
    FloatVector c9 = FloatVector.broadcast(F32, 10f);
    FloatVector c10 = FloatVector.broadcast(F32, 11f);
    FloatVector c11 = FloatVector.broadcast(F32, 12f);
    for (int k = 0; k < rounds; k++) {
      c0 = x.fma(y, c0);
      c1 = x.fma(y, c1);
      c2 = x.fma(y, c2);
      c3 = x.fma(y, c3);
      c4 = x.fma(y, c4);
      c5 = x.fma(y, c5);
      c6 = x.fma(y, c6);
      c7 = x.fma(y, c7);
      c8 = x.fma(y, c8);
      c9 = x.fma(y, c9);
      c10 = x.fma(y, c10);
      c11 = x.fma(y, c11);
    }
    return c0.add(c1)
        .add(c2)
        .add(c3)
        .add(c4)
        .add(c5)
        .add(c6)
        .add(c7)
        .add(c8)
        .add(c9)
        .add(c10)
        .add(c11)
        .lane(0);
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
    return 2L * CHAINS * F32_LANES * ROUNDS * units * Float.BYTES / problem.bytes();
  }

  @Override
  public void close() {
    workers.close();
  }
}
