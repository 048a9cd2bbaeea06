package dev.lanewise.jmh.rows;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.memory.Slab;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.norm.RmsNorm;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Layer and RMS normalisation of rows, and the gradients of all operands. */
public class NormBenchmark extends KernelBenchmark {
  private static final float EPS = 1e-5f;

  @Param public Footprint footprint;

  @Param({"512", "509"})
  public int cols;

  private int rows;
  private Slab slab;
  private Workers workers;
  private MemorySegment x;
  private MemorySegment y;
  private MemorySegment dy;
  private MemorySegment weight;
  private MemorySegment mean;
  private MemorySegment rstd;
  private MemorySegment scratch;
  private MemorySegment moreScratch;
  private MemorySegment dWeight;
  private MemorySegment dBias;

  @Setup
  public void setUp() {
    rows = footprint.floats(3) / cols;
    long n = (long) rows * cols;
    long blocks = RowBlocks.count(rows);
    slab = Slab.open("norm", 2 * (3 * n + (2 * blocks + 4) * cols + 2L * rows) * Float.BYTES);
    workers = Workers.of(1);
    x = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    dy = slab.allocateFloats(n);
    weight = slab.allocateFloats(cols);
    mean = slab.allocateFloats(rows);
    rstd = slab.allocateFloats(rows);
    scratch = slab.allocateFloats(blocks * cols);
    moreScratch = slab.allocateFloats(blocks * cols);
    dWeight = slab.allocateFloats(cols);
    dBias = slab.allocateFloats(cols);
    Operands.randomise(x, 1);
    Operands.randomise(dy, 2);
    Operands.randomise(weight, 3);
    RmsNorm.forward(x, weight, y, rstd, rows, cols, EPS, workers);
    for (int r = 0; r < rows; r++) {
      checkRow("rms norm", r, 0, moment(r, 0));
    }
    forward();
    for (int r = 0; r < rows; r++) {
      double middle = sum(r) / cols;
      checkRow("layer norm", r, middle, moment(r, middle));
    }
    backward();
    for (int r = 0; r < rows; r++) {
      double gradients = 0;
      double magnitudes = 0;
      for (int c = 0; c < cols; c++) {
        gradients += at(y, (long) r * cols + c);
        magnitudes += Math.abs(at(y, (long) r * cols + c));
      }
      // A shift of the row changes nothing, so its gradient has no component along it.
      Operands.require("the sum of the gradients of row " + r, 0, gradients, 1e-4 * magnitudes);
    }
  }

  private double sum(int r) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      sum += at(x, (long) r * cols + c);
    }
    return sum;
  }

  private double moment(int r, double middle) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      double difference = at(x, (long) r * cols + c) - middle;
      sum += difference * difference;
    }
    return sum / cols;
  }

  private void checkRow(String what, int r, double middle, double moment) {
    double scale = 1 / Math.sqrt(moment + EPS);
    double bias = what.startsWith("layer") ? 1 : 0;
    for (int c = 0; c < cols; c++) {
      long i = (long) r * cols + c;
      double expected = (at(x, i) - middle) * scale * at(weight, c) + bias * at(weight, c);
      Operands.require(what + " of row " + r, expected, at(y, i), 1e-5);
    }
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  private void forward() {
    // The weight is the bias too.
    LayerNorm.forward(x, weight, weight, y, mean, rstd, rows, cols, EPS, workers);
  }

  private void backward() {
    LayerNorm.backward(
        x, weight, mean, rstd, dy, y, scratch, moreScratch, dWeight, dBias, rows, cols, workers);
  }

  @Benchmark
  public MemorySegment layerNorm(Work work, Traffic traffic) {
    forward();
    work.flops += 8L * rows * cols;
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment layerNormBackward(Work work, Traffic traffic) {
    backward();
    work.flops += 15L * rows * cols;
    traffic.bytes += 3L * Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment rmsNorm(Work work, Traffic traffic) {
    RmsNorm.forward(x, weight, y, rstd, rows, cols, EPS, workers);
    work.flops += 4L * rows * cols;
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment rmsNormBackward(Work work, Traffic traffic) {
    RmsNorm.backward(x, weight, rstd, dy, y, scratch, dWeight, rows, cols, workers);
    work.flops += 10L * rows * cols;
    traffic.bytes += 3L * Float.BYTES * rows * cols;
    return y;
  }

  @Benchmark
  public MemorySegment layerNormScalar(Work work, Traffic traffic) {
    for (int r = 0; r < rows; r++) {
      long base = (long) r * cols;
      float sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += at(x, base + c);
      }
      float middle = sum / cols;
      float squares = 0;
      for (int c = 0; c < cols; c++) {
        float difference = at(x, base + c) - middle;
        squares += difference * difference;
      }
      float scale = (float) (1 / Math.sqrt(squares / cols + EPS));
      for (int c = 0; c < cols; c++) {
        set(y, base + c, (at(x, base + c) - middle) * scale * at(weight, c) + at(weight, c));
      }
    }
    work.flops += 8L * rows * cols;
    traffic.bytes += 2L * Float.BYTES * rows * cols;
    return y;
  }
}
