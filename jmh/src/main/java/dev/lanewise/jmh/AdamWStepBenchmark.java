package dev.lanewise.jmh;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.kernel.step.adaptive.f32.segments.Adam;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** One step of AdamW over four streams: 28 bytes per parameter. */
public class AdamWStepBenchmark extends KernelBenchmark {
  private static final float LR = 1e-3f;
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPS = 1e-8f;
  private static final float WEIGHT_DECAY = 0.01f;

  /** Multiplications, additions, a root and a division of the scalar form. */
  private static final int FLOPS = 14;

  @Param public Footprint footprint;

  private int n;
  private Slab slab;
  private MemorySegment params;
  private MemorySegment grads;
  private MemorySegment m;
  private MemorySegment v;

  @Setup
  public void setUp() {
    n = footprint.floats(4);
    slab = Slab.open("adamw", 5L * n * Float.BYTES);
    params = slab.allocateFloats(n);
    grads = slab.allocateFloats(n);
    m = slab.allocateFloats(n);
    v = slab.allocateFloats(n);
    Operands.randomise(params, 1);
    Operands.randomise(grads, 2);
    int stride = Operands.checkStride(n);
    double[] expected = new double[Math.ceilDiv(n, stride)];
    for (int i = 0; i < n; i += stride) {
      double g = at(grads, i);
      double decayed = at(params, i) * (1 - (double) LR * WEIGHT_DECAY);
      expected[i / stride] = decayed - LR * g / (Math.abs(g) + EPS);
    }
    step(LR / (1 - BETA1), (float) (1 / Math.sqrt(1 - BETA2)));
    for (int i = 0; i < n; i += stride) {
      Operands.require("parameter " + i, expected[i / stride], at(params, i), 1e-6);
    }
  }

  private void step(float step, float rootScale) {
    Adam.step(
        params,
        grads,
        m,
        v,
        0,
        n,
        BETA1,
        BETA2,
        step,
        rootScale,
        EPS,
        1,
        Float.POSITIVE_INFINITY,
        0,
        LR * WEIGHT_DECAY,
        false);
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment step(Work work, Traffic traffic) {
    step(LR / 0.5f, (float) (1 / Math.sqrt(0.5)));
    work.flops += (long) FLOPS * n;
    traffic.bytes += 7L * Float.BYTES * n;
    return params;
  }

  @Benchmark
  public MemorySegment stepScalar(Work work, Traffic traffic) {
    float step = LR / 0.5f;
    float rootScale = (float) (1 / Math.sqrt(0.5));
    for (int i = 0; i < n; i++) {
      float g = at(grads, i);
      float mean = BETA1 * at(m, i) + (1 - BETA1) * g;
      float square = BETA2 * at(v, i) + (1 - BETA2) * g * g;
      set(m, i, mean);
      set(v, i, square);
      float decayed = at(params, i) * (1 - LR * WEIGHT_DECAY);
      set(params, i, decayed - step * mean / ((float) Math.sqrt(square) * rootScale + EPS));
    }
    work.flops += (long) FLOPS * n;
    traffic.bytes += 7L * Float.BYTES * n;
    return params;
  }
}
