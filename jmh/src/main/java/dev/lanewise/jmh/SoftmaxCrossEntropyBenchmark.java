package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The loss of a row of logits, alone and with the gradient in the place of the logits. */
public class SoftmaxCrossEntropyBenchmark extends KernelBenchmark {
  @Param public Footprint footprint;

  /** The alphabet of a byte-level model, and a prime. */
  @Param({"256", "1021"})
  public int cols;

  private int rows;
  private Slab slab;
  private MemorySegment logits;
  private MemorySegment targets;
  private MemorySegment losses;

  @Setup
  public void setUp() {
    rows = footprint.floats(1) / cols;
    slab = Slab.open("softmax cross-entropy", 5L * rows * cols);
    logits = slab.allocateFloats((long) rows * cols);
    targets = slab.allocateInts(rows);
    losses = slab.allocateFloats(rows);
    Operands.randomise(logits, 1);
    Operands.randomiseInts(targets, cols, 2);
    int checked = Math.min(rows, 100);
    double[] expected = new double[checked];
    double[][] gradients = new double[checked][cols];
    for (int r = 0; r < checked; r++) {
      expected[r] = loss(r, gradients[r]);
    }
    SoftmaxCrossEntropy.forward(logits, targets, losses, 0, rows, cols);
    for (int r = 0; r < checked; r++) {
      Operands.require("the loss of row " + r, expected[r], at(losses, r), 1e-5);
    }
    SoftmaxCrossEntropy.forwardBackward(logits, targets, losses, 1, 0, rows, cols);
    for (int r = 0; r < checked; r++) {
      Operands.require("the loss of row " + r, expected[r], at(losses, r), 1e-5);
      for (int c = 0; c < cols; c++) {
        Operands.require("the gradient", gradients[r][c], at(logits, (long) r * cols + c), 1e-6);
      }
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment forward(Traffic traffic) {
    SoftmaxCrossEntropy.forward(logits, targets, losses, 0, rows, cols);
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return losses;
  }

  @Benchmark
  public MemorySegment forwardScalar(Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      long base = (long) r * cols;
      float max = max(base);
      float sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += (float) Math.exp(at(logits, base + c) - max);
      }
      set(losses, r, max + (float) Math.log(sum) - at(logits, base + Operands.indexAt(targets, r)));
    }
    traffic.bytes += (long) Float.BYTES * rows * cols;
    return losses;
  }

  /**
   * The logits are overwritten by gradients, which serve as the logits of the next call: the work
   * is the same.
   */
  @Benchmark
  public MemorySegment forwardBackward(Traffic traffic) {
    SoftmaxCrossEntropy.forwardBackward(logits, targets, losses, 1, 0, rows, cols);
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return losses;
  }

  private float max(long base) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < cols; c++) {
      max = Math.max(max, at(logits, base + c));
    }
    return max;
  }

  private double loss(int r, double[] gradient) {
    long base = (long) r * cols;
    int target = Operands.indexAt(targets, r);
    float max = max(base);
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      gradient[c] = Math.exp((double) at(logits, base + c) - max);
      sum += gradient[c];
    }
    for (int c = 0; c < cols; c++) {
      gradient[c] = gradient[c] / sum - (c == target ? 1 : 0);
    }
    return max + Math.log(sum) - at(logits, base + target);
  }
}
