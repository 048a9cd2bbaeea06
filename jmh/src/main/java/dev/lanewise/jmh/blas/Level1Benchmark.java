package dev.lanewise.jmh.blas;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.blas.Level1;
import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Inner product, update of a vector and length: two operations for each element. */
public class Level1Benchmark extends KernelBenchmark {
  private static final float ALPHA = 0.5f;

  @Param public Footprint footprint;

  private int n;
  private Slab slab;
  private MemorySegment x;
  private MemorySegment y;

  @Setup
  public void setUp() {
    n = footprint.floats(2);
    slab = Slab.open("level 1", 4L * n * Float.BYTES);
    x = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    Operands.randomise(x, 1);
    Operands.randomise(y, 2);
    double dot = 0;
    double magnitudes = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double product = (double) at(x, i) * at(y, i);
      dot += product;
      magnitudes += Math.abs(product);
      squares += (double) at(x, i) * at(x, i);
    }
    Operands.require("the inner product", dot, Level1.sdot(n, x, y), 1e-5 * magnitudes);
    Operands.require(
        "the length", Math.sqrt(squares), Level1.snrm2(n, x), 1e-5 * Math.sqrt(squares));
    int stride = Operands.checkStride(n);
    float[] before = new float[Math.ceilDiv(n, stride)];
    for (int i = 0; i < n; i += stride) {
      before[i / stride] = at(y, i);
    }
    Level1.saxpy(n, ALPHA, x, y);
    for (int i = 0; i < n; i += stride) {
      Operands.require("y", Math.fma(ALPHA, at(x, i), before[i / stride]), at(y, i), 0);
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public float dot(Work work, Traffic traffic) {
    work.flops += 2L * n;
    traffic.bytes += 2L * Float.BYTES * n;
    return Level1.sdot(n, x, y);
  }

  @Benchmark
  public float dotScalar(Work work, Traffic traffic) {
    float dot = 0;
    for (int i = 0; i < n; i++) {
      dot = Math.fma(at(x, i), at(y, i), dot);
    }
    work.flops += 2L * n;
    traffic.bytes += 2L * Float.BYTES * n;
    return dot;
  }

  @Benchmark
  public MemorySegment axpy(Work work, Traffic traffic) {
    Level1.saxpy(n, ALPHA, x, y);
    work.flops += 2L * n;
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment axpyScalar(Work work, Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, Math.fma(ALPHA, at(x, i), at(y, i)));
    }
    work.flops += 2L * n;
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public float nrm2(Work work, Traffic traffic) {
    work.flops += 2L * n;
    traffic.bytes += (long) Float.BYTES * n;
    return Level1.snrm2(n, x);
  }
}
