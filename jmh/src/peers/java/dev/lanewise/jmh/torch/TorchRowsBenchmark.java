package dev.lanewise.jmh.torch;

import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Operations on the rows of a matrix: of activations, and of logits over a vocabulary. */
public class TorchRowsBenchmark extends TorchPeersBenchmark {
  private static final long FEW_ROWS = 8;
  private static final long FEW_COLUMNS = 520;
  private static final int OFTEN = 2000;

  @Param public RowKernel kernel;

  @Param({"512x768", "256x50257"})
  public String shape;

  private long rows;
  private long cols;

  @Override
  long operandBytes() {
    rows = Long.parseLong(shape.substring(0, shape.indexOf('x')));
    cols = Long.parseLong(shape.substring(shape.indexOf('x') + 1));
    return Float.BYTES * (5 * rows * cols + 8 * cols + 4 * FEW_ROWS * FEW_COLUMNS);
  }

  @Override
  Pair open(Slab slab, Workers workers, Torch torch) throws Throwable {
    RowOperands few = new RowOperands(slab, FEW_ROWS, FEW_COLUMNS, workers);
    for (RowKernel other : RowKernel.values()) {
      Call warm = other.ours.over(few);
      for (int i = 0; i < OFTEN; i++) {
        warm.run();
      }
    }
    RowOperands operands = new RowOperands(slab, rows, cols, workers);
    RowOperands.Views views = operands.views(torch);
    // Ours writes the gradient in the place of the logits, which libtorch keeps.
    return new Pair(
        kernel.ours.over(operands),
        kernel.theirs.over(torch, views),
        kernel == RowKernel.CROSS_ENTROPY ? operands.y.asSlice(0, 0) : operands.y);
  }

  @Benchmark
  public void run(Traffic traffic) throws Throwable {
    run(traffic, (long) kernel.streams * Float.BYTES * rows * cols);
  }
}
