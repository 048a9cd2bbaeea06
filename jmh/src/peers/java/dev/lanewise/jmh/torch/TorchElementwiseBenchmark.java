package dev.lanewise.jmh.torch;

import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Element-wise operations, in the second-level cache and in main memory. */
public class TorchElementwiseBenchmark extends TorchPeersBenchmark {
  private static final long FEW = 4096;
  private static final int OFTEN = 3000;

  @Param public ElementwiseKernel kernel;

  @Param({"16384", "16777216"})
  public int n;

  @Override
  long operandBytes() {
    return 4L * Float.BYTES * (n + FEW);
  }

  @Override
  Pair open(Slab slab, Workers workers, Torch torch) throws Throwable {
    ElementwiseOperands few = new ElementwiseOperands(slab, FEW, workers);
    for (ElementwiseKernel other : ElementwiseKernel.values()) {
      Call warm = other.ours.over(few);
      for (int i = 0; i < OFTEN; i++) {
        warm.run();
      }
    }
    ElementwiseOperands operands = new ElementwiseOperands(slab, n, workers);
    return new Pair(
        kernel.ours.over(operands), kernel.theirs.over(torch, operands.views(torch)), operands.y);
  }

  @Benchmark
  public void run(Traffic traffic) throws Throwable {
    run(traffic, (long) kernel.streams * Float.BYTES * n);
  }
}
