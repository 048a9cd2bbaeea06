package dev.lanewise.jmh;

import static dev.lanewise.simd.Lanes.F32;

import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The limit of arithmetic: fused multiply-adds on registers alone, no operand in memory. */
public class PeakFmaBenchmark extends KernelBenchmark {
  /**
   * Two ports of latency four need eight chains; twelve leave registers for the factors in a file
   * of sixteen.
   */
  private static final int CHAINS = 12;

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
            sums[(int) unit * SLOT] = chains(ROUNDS);
          }
        };
    Operands.require("the sum of the chains", scalarChains(ROUNDS), chains(ROUNDS), 1e-3);
  }

  @TearDown
  public void close() {
    workers.close();
  }

  @Benchmark
  public float[] fma(Work work) {
    int units = UNITS_PER_THREAD * workers.threads();
    workers.run(units, 1, task);
    work.flops += 2L * CHAINS * Lanes.F32_LANES * ROUNDS * units;
    return sums;
  }

  private static float chains(int rounds) {
    FloatVector factor = FloatVector.broadcast(F32, 0.5f);
    FloatVector addend = FloatVector.broadcast(F32, 0.25f);
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0.add(1);
    FloatVector s2 = s0.add(2);
    FloatVector s3 = s0.add(3);
    FloatVector s4 = s0.add(4);
    FloatVector s5 = s0.add(5);
    FloatVector s6 = s0.add(6);
    FloatVector s7 = s0.add(7);
    FloatVector s8 = s0.add(8);
    FloatVector s9 = s0.add(9);
    FloatVector s10 = s0.add(10);
    FloatVector s11 = s0.add(11);
    for (int i = 0; i < rounds; i++) {
      s0 = s0.fma(factor, addend);
      s1 = s1.fma(factor, addend);
      s2 = s2.fma(factor, addend);
      s3 = s3.fma(factor, addend);
      s4 = s4.fma(factor, addend);
      s5 = s5.fma(factor, addend);
      s6 = s6.fma(factor, addend);
      s7 = s7.fma(factor, addend);
      s8 = s8.fma(factor, addend);
      s9 = s9.fma(factor, addend);
      s10 = s10.fma(factor, addend);
      s11 = s11.fma(factor, addend);
    }
    FloatVector left = s0.add(s1).add(s2).add(s3).add(s4).add(s5);
    FloatVector right = s6.add(s7).add(s8).add(s9).add(s10).add(s11);
    return left.add(right).reduceLanes(VectorOperators.ADD);
  }

  private static double scalarChains(int rounds) {
    double sum = 0;
    for (int chain = 0; chain < CHAINS; chain++) {
      float s = chain;
      for (int i = 0; i < rounds; i++) {
        s = Math.fma(s, 0.5f, 0.25f);
      }
      sum += (double) s * Lanes.F32_LANES;
    }
    return sum;
  }
}
