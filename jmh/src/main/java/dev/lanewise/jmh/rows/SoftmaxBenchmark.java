package dev.lanewise.jmh.rows;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.softmax.segments.LogSoftmax;
import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Softmax of rows, its logarithm, and the gradient of softmax. */
public class SoftmaxBenchmark extends KernelBenchmark {
  @Param public Footprint footprint;

  @Param({"512", "509"})
  public int cols;

  private int rows;
  private Slab slab;
  private MemorySegment x;
  private MemorySegment y;
  private MemorySegment dy;
  private MemorySegment out;

  @Setup
  public void setUp() {
    rows = footprint.floats(3) / cols;
    long n = (long) rows * cols;
    slab = Slab.open("softmax", 5 * n * Float.BYTES + 4096);
    x = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    dy = slab.allocateFloats(n);
    out = slab.allocateFloats(n);
    Operands.randomise(x, 1);
    Operands.randomise(dy, 2);
    Softmax.forward(x, y, 0, rows, cols);
    LogSoftmax.forward(x, out, 0, rows, cols);
    for (int r = 0; r < rows; r++) {
      double sum = sum(r);
      for (int c = 0; c < cols; c++) {
        long i = (long) r * cols + c;
        Operands.require("a probability", Math.exp(at(x, i)) / sum, at(y, i), 1e-6);
        Operands.require("its logarithm", at(x, i) - Math.log(sum), at(out, i), 1e-5);
      }
    }
    Softmax.backward(y, dy, out, 1f, 0, rows, cols);
    for (int r = 0; r < rows; r++) {
      double dot = dot(r);
      for (int c = 0; c < cols; c++) {
        long i = (long) r * cols + c;
        Operands.require("the gradient", at(y, i) * (at(dy, i) - dot), at(out, i), 1e-6);
      }
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  private double sum(int r) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      sum += Math.exp(at(x, (long) r * cols + c));
    }
    return sum;
  }

  private double dot(int r) {
    double dot = 0;
    for (int c = 0; c < cols; c++) {
      long i = (long) r * cols + c;
      dot += (double) at(y, i) * at(dy, i);
    }
    return dot;
  }

  @Benchmark
  public MemorySegment forward(Traffic traffic) {
    Softmax.forward(x, out, 0, rows, cols);
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return out;
  }

  @Benchmark
  public MemorySegment forwardScalar(Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      long base = (long) r * cols;
      float max = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < cols; c++) {
        max = Math.max(max, at(x, base + c));
      }
      float sum = 0;
      for (int c = 0; c < cols; c++) {
        float e = (float) Math.exp(at(x, base + c) - max);
        set(out, base + c, e);
        sum += e;
      }
      for (int c = 0; c < cols; c++) {
        set(out, base + c, at(out, base + c) / sum);
      }
    }
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return out;
  }

  @Benchmark
  public MemorySegment logarithm(Traffic traffic) {
    LogSoftmax.forward(x, out, 0, rows, cols);
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return out;
  }

  @Benchmark
  public MemorySegment backward(Work work, Traffic traffic) {
    Softmax.backward(y, dy, out, 1f, 0, rows, cols);
    work.flops += 4L * rows * cols;
    traffic.bytes += 3L * Float.BYTES * rows * cols;
    return out;
  }

  @Benchmark
  public MemorySegment backwardScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      float dot = (float) dot(r);
      for (int c = 0; c < cols; c++) {
        long i = (long) r * cols + c;
        set(out, i, at(y, i) * (at(dy, i) - dot));
      }
    }
    work.flops += 4L * rows * cols;
    traffic.bytes += 3L * Float.BYTES * rows * cols;
    return out;
  }
}
