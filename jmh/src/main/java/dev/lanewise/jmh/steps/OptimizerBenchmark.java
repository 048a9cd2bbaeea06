package dev.lanewise.jmh.steps;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.step.adaptive.f32.segments.RmsProp;
import dev.lanewise.kernel.step.momentum.f32.segments.Lion;
import dev.lanewise.kernel.step.momentum.f32.segments.Momentum;
import dev.lanewise.kernel.step.momentum.f32.segments.Sgd;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Steps of optimizers with one state or none. */
public class OptimizerBenchmark extends KernelBenchmark {
  private static final float LR = 1e-3f;
  private static final float DECAY = 0.9f;
  private static final float EPS = 1e-8f;
  private static final float NEVER = Float.POSITIVE_INFINITY;

  @Param public Footprint footprint;

  private int n;
  private Slab slab;
  private MemorySegment w;
  private MemorySegment g;
  private MemorySegment state;

  @Setup
  public void setUp() {
    n = footprint.floats(3);
    slab = Slab.open("optimizer steps", 4L * n * Float.BYTES);
    w = slab.allocateFloats(n);
    g = slab.allocateFloats(n);
    state = slab.allocateFloats(n);
    Operands.randomise(w, 1);
    Operands.randomise(g, 2);
    int stride = Operands.checkStride(n);
    double[] expected = new double[Math.ceilDiv(n, stride)];
    for (int i = 0; i < n; i += stride) {
      double gradient = at(g, i);
      double afterSgd = at(w, i) - LR * gradient;
      double afterMomentum = afterSgd - LR * gradient;
      // From here on the state is the gradient: Lion goes by its sign.
      expected[i / stride] = afterMomentum - LR * Math.signum(gradient);
    }
    Sgd.step(w, g, 0, n, LR, 1, NEVER, 0, 0, false);
    runMomentum();
    runLion();
    for (int i = 0; i < n; i += stride) {
      Operands.require("parameter " + i, expected[i / stride], at(w, i), 1e-6);
    }
    // A mean square is not negative.
    for (int i = 0; i < n; i++) {
      set(state, i, Math.abs(at(state, i)));
    }
    double square = DECAY * at(state, 0) + (1 - DECAY) * at(g, 0) * at(g, 0);
    double after = at(w, 0) - LR * at(g, 0) / (Math.sqrt(square) + EPS);
    runRmsProp();
    Operands.require("parameter 0 of RMSProp", after, at(w, 0), 1e-6);
  }

  @TearDown
  public void close() {
    slab.close();
  }

  private void runMomentum() {
    Momentum.step(w, g, state, 0, n, DECAY, 1, LR, 0, 1, NEVER, 0, 0, false);
  }

  private void runLion() {
    Lion.step(w, g, state, 0, n, LR, DECAY, 0.99f, 1, NEVER, 0, 0, false);
  }

  private void runRmsProp() {
    RmsProp.step(w, g, state, 0, n, LR, DECAY, 0, EPS, 1, NEVER, 0, 0, false);
  }

  @Benchmark
  public MemorySegment sgd(Work work, Traffic traffic) {
    Sgd.step(w, g, 0, n, LR, 1, NEVER, 0, 0, false);
    work.flops += 2L * n;
    traffic.bytes += 3L * Float.BYTES * n;
    return w;
  }

  @Benchmark
  public MemorySegment momentum(Work work, Traffic traffic) {
    runMomentum();
    work.flops += 4L * n;
    traffic.bytes += 5L * Float.BYTES * n;
    return w;
  }

  @Benchmark
  public MemorySegment momentumScalar(Work work, Traffic traffic) {
    for (int i = 0; i < n; i++) {
      float velocity = Math.fma(DECAY, at(state, i), at(g, i));
      set(state, i, velocity);
      set(w, i, Math.fma(-LR, velocity, at(w, i)));
    }
    work.flops += 4L * n;
    traffic.bytes += 5L * Float.BYTES * n;
    return w;
  }

  @Benchmark
  public MemorySegment lion(Work work, Traffic traffic) {
    runLion();
    work.flops += 8L * n;
    traffic.bytes += 5L * Float.BYTES * n;
    return w;
  }

  @Benchmark
  public MemorySegment rmsProp(Work work, Traffic traffic) {
    runRmsProp();
    work.flops += 8L * n;
    traffic.bytes += 5L * Float.BYTES * n;
    return w;
  }
}
