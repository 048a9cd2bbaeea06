package dev.lanewise.jmh;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The limit of memory at each level: {@code y = a + s b}, twelve bytes per element (J. McCalpin:
 * STREAM, 1995).
 */
public class TriadBenchmark extends KernelBenchmark {
  private static final float S = 3;
  private static final int GRAIN = 4096;

  @Param public Footprint footprint;
  @Param public Threads threads;

  private int n;
  private Slab slab;
  private MemorySegment a;
  private MemorySegment b;
  private MemorySegment y;
  private Workers workers;
  private Workers.Task task;

  @Setup
  public void setUp() {
    n = footprint.floats(3);
    slab = Slab.open("triad", 4L * n * Float.BYTES);
    a = slab.allocateFloats(n);
    b = slab.allocateFloats(n);
    y = slab.allocateFloats(n);
    Operands.randomise(a, 1);
    Operands.randomise(b, 2);
    workers = threads.open();
    task = (begin, end) -> triad(a, b, y, (int) begin, (int) end);
    workers.run(n, GRAIN, task);
    for (int i = 0; i < n; i++) {
      Operands.require(
          "y[" + i + "]", Math.fma(S, Operands.at(b, i), Operands.at(a, i)), Operands.at(y, i), 0);
    }
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  @Benchmark
  public MemorySegment triad(Traffic traffic) {
    workers.run(n, GRAIN, task);
    traffic.bytes += 3L * Float.BYTES * n;
    return y;
  }

  private static void triad(MemorySegment a, MemorySegment b, MemorySegment y, int begin, int end) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, y);
    }
    FloatVector s = FloatVector.broadcast(F32, S);
    int i = begin;
    for (; i <= end - F32_LANES; i += F32_LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vb.fma(s, va).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < end; i++) {
      y.setAtIndex(
          JAVA_FLOAT, i, Math.fma(S, b.getAtIndex(JAVA_FLOAT, i), a.getAtIndex(JAVA_FLOAT, i)));
    }
  }
}
