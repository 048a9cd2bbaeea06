package dev.lanewise.jmh.elements;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.kernel.loss.segments.BinaryCrossEntropy;
import dev.lanewise.kernel.loss.segments.MeanSquaredError;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Losses of elements: the value alone, and with its gradient in one pass. */
public class LossBenchmark extends KernelBenchmark {
  @Param public Footprint footprint;

  private int n;
  private long blocks;
  private Slab slab;
  private MemorySegment x;
  private MemorySegment target;
  private MemorySegment dx;
  private MemorySegment partials;

  @Setup
  public void setUp() {
    n = footprint.floats(3);
    blocks = LossBlocks.count(n);
    slab = Slab.open("losses", 4L * n * Float.BYTES + 2 * blocks * Double.BYTES + 4096);
    x = slab.allocateFloats(n);
    target = slab.allocateFloats(n);
    dx = slab.allocateFloats(n);
    partials = slab.allocateDoubles(blocks);
    Operands.randomise(x, 1);
    Operands.randomise(target, 2);
    for (int i = 0; i < n; i++) {
      set(target, i, Math.abs(at(target, i)));
    }
    MeanSquaredError.forwardBackward(x, target, dx, partials, 1f, n, 0, blocks);
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double difference = (double) at(x, i) - at(target, i);
      squares += difference * difference;
      Operands.require("the gradient of the square", 2 * difference, at(dx, i), 1e-6);
    }
    Operands.require("the sum of squares", squares, LossBlocks.total(partials, n), 3e-6 * squares);
    MeanSquaredError.forward(x, target, partials, n, 0, blocks);
    Operands.require("the sum of squares", squares, LossBlocks.total(partials, n), 3e-6 * squares);
    BinaryCrossEntropy.forwardBackward(x, target, dx, partials, 1f, 1f, n, 0, blocks);
    double entropy = 0;
    for (int i = 0; i < n; i++) {
      double logit = at(x, i);
      entropy += Math.log1p(Math.exp(logit)) - at(target, i) * logit;
      double gradient = 1 / (1 + Math.exp(-logit)) - at(target, i);
      Operands.require("the gradient of the entropy", gradient, at(dx, i), 1e-6);
    }
    Operands.require("the entropy", entropy, LossBlocks.total(partials, n), 3e-6 * entropy);
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment squares(Work work, Traffic traffic) {
    MeanSquaredError.forward(x, target, partials, n, 0, blocks);
    work.flops += 3L * n;
    traffic.bytes += 2L * Float.BYTES * n;
    return partials;
  }

  @Benchmark
  public MemorySegment squaresGradient(Work work, Traffic traffic) {
    MeanSquaredError.forwardBackward(x, target, dx, partials, 1f, n, 0, blocks);
    work.flops += 4L * n;
    traffic.bytes += 3L * Float.BYTES * n;
    return dx;
  }

  @Benchmark
  public double squaresGradientScalar(Work work, Traffic traffic) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      float difference = at(x, i) - at(target, i);
      sum += difference * difference;
      set(dx, i, 2 * difference);
    }
    work.flops += 4L * n;
    traffic.bytes += 3L * Float.BYTES * n;
    return sum;
  }

  @Benchmark
  public MemorySegment binaryCrossEntropyGradient(Traffic traffic) {
    BinaryCrossEntropy.forwardBackward(x, target, dx, partials, 1f, 1f, n, 0, blocks);
    traffic.bytes += 3L * Float.BYTES * n;
    return dx;
  }

  @Benchmark
  public double binaryCrossEntropyGradientScalar(Traffic traffic) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double e = Math.exp(-Math.abs(at(x, i)));
      sum += Math.max(at(x, i), 0) - at(target, i) * at(x, i) + Math.log1p(e);
      set(dx, i, (float) ((at(x, i) >= 0 ? 1 : e) / (1 + e) - at(target, i)));
    }
    traffic.bytes += 3L * Float.BYTES * n;
    return sum;
  }
}
