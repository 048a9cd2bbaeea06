package dev.lanewise.jmh;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.memory.Slab;
import dev.lanewise.ops.activation.Gelu;
import dev.lanewise.ops.activation.Relu;
import dev.lanewise.ops.norm.LayerNorm;
import dev.lanewise.ops.softmax.Softmax;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the public form of an op costs beside its kernel, and where threads begin to pay: a cheap
 * op, one with an exponential, two over rows of 64 elements.
 */
public class PublicOpsBenchmark extends KernelBenchmark {
  private static final int COLS = 64;
  private static final int OFFSET = 3;
  private static final float EPS = 1e-5f;

  @Param({"64", "1024", "16384", "65536", "262144", "4194304"})
  public int n;

  @Param public Threads threads;

  private Workers workers;
  private Slab slab;
  private float[] in;
  private float[] out;
  private MemorySegment x;
  private MemorySegment y;
  private MemorySegment weight;
  private MemorySegment statistics;
  private MemorySegment deviations;

  @Setup
  public void setUp() {
    workers = threads.open();
    slab = Slab.open("ops", 8L * (n + COLS) * Float.BYTES);
    x = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    weight = slab.allocateFloats(COLS);
    statistics = slab.allocateFloats(n / COLS);
    deviations = slab.allocateFloats(n / COLS);
    Operands.randomise(x, 1);
    Operands.randomise(weight, 2);
    in = new float[n + OFFSET];
    out = new float[n + OFFSET];
    MemorySegment.copy(x, JAVA_FLOAT, 0, in, OFFSET, n);
    geluArrays();
    geluSegments();
    for (int i = 0; i < n; i++) {
      Operands.require("element " + i, y.getAtIndex(JAVA_FLOAT, i), out[i], 0);
    }
  }

  @TearDown
  public void close() {
    slab.close();
    workers.close();
  }

  @Benchmark
  public float[] reluArrays() {
    Relu.forward(in, OFFSET, out, 0, n, workers);
    return out;
  }

  @Benchmark
  public MemorySegment reluSegments() {
    Relu.forward(x, y, n, workers);
    return y;
  }

  @Benchmark
  public MemorySegment reluKernel() {
    dev.lanewise.kernel.activation.segments.Relu.forward(x, y, 0, n);
    return y;
  }

  @Benchmark
  public float[] geluArrays() {
    Gelu.forward(in, OFFSET, out, 0, n, workers);
    return out;
  }

  @Benchmark
  public MemorySegment geluSegments() {
    Gelu.forward(x, y, n, workers);
    return y;
  }

  @Benchmark
  public MemorySegment geluKernel() {
    dev.lanewise.kernel.activation.segments.Gelu.forward(x, y, 0, n);
    return y;
  }

  @Benchmark
  public float[] softmaxArrays() {
    Softmax.forward(in, OFFSET, out, 0, n / COLS, COLS, workers);
    return out;
  }

  @Benchmark
  public MemorySegment softmaxSegments() {
    Softmax.forward(x, y, n / COLS, COLS, workers);
    return y;
  }

  @Benchmark
  public MemorySegment layerNormSegments() {
    LayerNorm.forward(x, weight, weight, y, statistics, deviations, n / COLS, COLS, EPS, workers);
    return y;
  }
}
