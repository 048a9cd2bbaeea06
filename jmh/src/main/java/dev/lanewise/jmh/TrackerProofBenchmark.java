package dev.lanewise.jmh;

import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.memory.Slab;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the regression tracker is tried on: a kernel that {@code -Dlanewise.slowDown=5} makes 5 %
 * slower, and a sum whose vectors live on the heap on purpose.
 */
public class TrackerProofBenchmark extends KernelBenchmark {
  private static final int N = 16_000;

  private static final int SLOW_DOWN = Integer.getInteger("lanewise.slowDown", 0);

  private Slab slab;
  private MemorySegment x;
  private MemorySegment y;
  private int extra;

  /** A field can hold a vector as an object alone. */
  private @Nullable FloatVector held;

  @Setup
  public void setUp() {
    slab = Slab.open("proof", 4L * N * Float.BYTES);
    x = slab.allocateFloats(N);
    y = slab.allocateFloats(N);
    Operands.randomise(x, 1);
    extra = N / 100 * SLOW_DOWN;
    if (extra < 0 || extra > N) {
      throw new IllegalArgumentException(
          "lanewise.slowDown is " + SLOW_DOWN + ": 0 to 100 percent");
    }
    double expected = 0;
    for (int i = 0; i < N; i++) {
      expected += Operands.at(x, i);
    }
    Operands.require("the boxed sum", expected, boxed(new Traffic()), 1e-2);
  }

  @TearDown
  public void close() {
    slab.close();
  }

  /** GELU over all elements, and over a share of them once more. */
  @Benchmark
  public MemorySegment slowed(Traffic traffic) {
    Gelu.forward(x, y, 0, N);
    if (extra > 0) {
      Gelu.forward(x, y, 0, extra);
    }
    traffic.bytes += 2L * Float.BYTES * N;
    return y;
  }

  /** A sum through {@link #held}: each step makes an object. */
  @Benchmark
  public float boxed(Traffic traffic) {
    held = FloatVector.zero(F32);
    for (int i = 0; i + F32_LANES <= N; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector lanes = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      held = held == null ? lanes : held.add(lanes);
    }
    traffic.bytes += (long) Float.BYTES * N;
    float[] sums = new float[F32_LANES];
    held.intoArray(sums, 0);
    float sum = 0;
    for (float lane : sums) {
      sum += lane;
    }
    return sum;
  }
}
