package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** GELU, tanh form, and its derivative: one exponential per element. */
public class GeluBenchmark extends KernelBenchmark {
  private static final double C = Math.sqrt(2 / Math.PI);
  private static final double K = 0.044715;

  @Param public Footprint footprint;

  private int n;
  private Slab slab;
  private MemorySegment x;
  private MemorySegment dy;
  private MemorySegment y;

  @Setup
  public void setUp() {
    n = footprint.floats(3);
    slab = Slab.open("gelu", 4L * n * Float.BYTES);
    x = slab.allocateFloats(n);
    dy = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    Operands.randomise(x, 1);
    Operands.randomise(dy, 2);
    int stride = Operands.checkStride(n);
    Gelu.forward(x, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      Operands.require("gelu of " + at(x, i), gelu(at(x, i)), at(y, i), 1e-6);
    }
    Gelu.backward(x, dy, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      Operands.require("gelu' of " + at(x, i), at(dy, i) * derivative(at(x, i)), at(y, i), 2e-6);
    }
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment forward(Traffic traffic) {
    Gelu.forward(x, y, 0, n);
    traffic.bytes += 2L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment forwardScalar(Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, (float) gelu(at(x, i)));
    }
    traffic.bytes += 2L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment backward(Traffic traffic) {
    Gelu.backward(x, dy, y, 0, n);
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment backwardScalar(Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, (float) (at(dy, i) * derivative(at(x, i))));
    }
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  private static double gelu(double x) {
    return 0.5 * x * (1 + Math.tanh(C * (x + K * x * x * x)));
  }

  private static double derivative(double x) {
    double tanh = Math.tanh(C * (x + K * x * x * x));
    return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * C * (1 + 3 * K * x * x);
  }
}
