package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;

/** What an element-wise operation reads and writes, all of n elements. */
final class ElementwiseOperands {
  /** Elements below which a part is not worth a thread. */
  private static final long GRAIN = 16_384;

  /** Between -4 and 4. */
  final MemorySegment a;

  /** Between -1 and 1: a second operand, or the gradient of the result. */
  final MemorySegment b;

  /** Between 0 and 1, as the result of a sigmoid or the argument of a logarithm. */
  final MemorySegment p;

  /** The result. */
  final MemorySegment y;

  private final long n;
  private final Workers workers;

  /** The same as tensors. */
  record Views(Tensor a, Tensor b, Tensor p, Tensor y) {}

  ElementwiseOperands(Slab slab, long n, Workers workers) {
    this.n = n;
    this.workers = workers;
    a = slab.allocateFloats(n);
    b = slab.allocateFloats(n);
    p = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    Operands.randomise(a, 1);
    Operands.randomise(b, 2);
    for (long i = 0; i < n; i++) {
      a.setAtIndex(JAVA_FLOAT, i, 4 * a.getAtIndex(JAVA_FLOAT, i));
      p.setAtIndex(JAVA_FLOAT, i, 0.5f + 0.499f * b.getAtIndex(JAVA_FLOAT, i));
    }
  }

  Call split(Workers.Task task) {
    return () -> workers.run(n, GRAIN, task);
  }

  Views views(Torch torch) {
    return new Views(
        torch.tensor(a, n), torch.tensor(b, n), torch.tensor(p, n), torch.tensor(y, n));
  }
}
