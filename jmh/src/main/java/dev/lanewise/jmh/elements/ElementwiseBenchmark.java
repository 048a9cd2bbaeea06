package dev.lanewise.jmh.elements;

import static dev.lanewise.jmh.Operands.at;
import static dev.lanewise.jmh.Operands.set;

import dev.lanewise.jmh.Footprint;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.kernel.cast.segments.Bf16;
import dev.lanewise.kernel.gated.segments.Swiglu;
import dev.lanewise.kernel.random.segments.Dropout;
import dev.lanewise.kernel.unary.segments.Exp;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** One of each kind: two operands, an exponential, a gated unit, random bits, a cast. */
public class ElementwiseBenchmark extends KernelBenchmark {
  private static final float P = 0.5f;
  private static final long SEED = 7;

  @Param public Footprint footprint;

  private int n;
  private Slab slab;
  private MemorySegment a;
  private MemorySegment b;
  private MemorySegment y;
  private long step;

  @Setup
  public void setUp() {
    n = footprint.floats(3);
    slab = Slab.open("elementwise", 4L * n * Float.BYTES);
    a = slab.allocateFloats(n);
    b = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    Operands.randomise(a, 1);
    Operands.randomise(b, 2);
    int stride = Operands.checkStride(n);
    Add.forward(a, b, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      Operands.require("the sum", at(a, i) + at(b, i), at(y, i), 0);
    }
    Exp.forward(a, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      Operands.require("exp of " + at(a, i), Math.exp(at(a, i)), at(y, i), 4e-7);
    }
    Swiglu.forward(a, b, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      Operands.require("swiglu of " + at(a, i), swiglu(at(a, i), at(b, i)), at(y, i), 4e-7);
    }
    checkDropout(stride);
    Bf16.narrow(a, y, 0, n);
    for (int i = 0; i < n; i += stride) {
      short half = y.getAtIndex(ValueLayout.JAVA_SHORT, i);
      Operands.require("bf16 of " + at(a, i), Bf16.narrow(at(a, i)), half, 0);
    }
  }

  private void checkDropout(int stride) {
    Dropout.forward(P, SEED, 0, 0, a, y, 0, n);
    int dropped = 0;
    int checked = 0;
    for (int i = 0; i < n; i += stride) {
      dropped += at(y, i) == 0 ? 1 : 0;
      checked++;
      Operands.require("what is left of " + at(a, i), 0, at(y, i) * (at(y, i) - 2 * at(a, i)), 0);
    }
    Operands.require("the share that is dropped", P, (double) dropped / checked, 0.1);
  }

  @TearDown
  public void close() {
    slab.close();
  }

  @Benchmark
  public MemorySegment add(Work work, Traffic traffic) {
    Add.forward(a, b, y, 0, n);
    work.flops += n;
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment addScalar(Work work, Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, at(a, i) + at(b, i));
    }
    work.flops += n;
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment exp(Traffic traffic) {
    Exp.forward(a, y, 0, n);
    traffic.bytes += 2L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment expScalar(Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, (float) Math.exp(at(a, i)));
    }
    traffic.bytes += 2L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment swiglu(Traffic traffic) {
    Swiglu.forward(a, b, y, 0, n);
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment swigluScalar(Traffic traffic) {
    for (int i = 0; i < n; i++) {
      set(y, i, (float) swiglu(at(a, i), at(b, i)));
    }
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  /** Another mask at each call, as in a training. */
  @Benchmark
  public MemorySegment dropout(Traffic traffic) {
    Dropout.forward(P, SEED, 0, step++, a, y, 0, n);
    traffic.bytes += 2L * Float.BYTES * n;
    return y;
  }

  @Benchmark
  public MemorySegment toBfloat16(Traffic traffic) {
    Bf16.narrow(a, y, 0, n);
    traffic.bytes += (long) (Float.BYTES + Short.BYTES) * n;
    return y;
  }

  private static double swiglu(double gate, double value) {
    return gate / (1 + Math.exp(-gate)) * value;
  }
}
