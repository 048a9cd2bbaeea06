package dev.lanewise.kernel.step.gradient.f32.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Zeros in the place of a block of gradients, which is in the cache still. */
public final class Zero {
  private Zero() {}

  /**
   * {@code grads = 0}.
   *
   * @param grads overwritten, never read
   * @param base where the block begins
   * @param n its elements
   */
  public static void fill(MemorySegment grads, long base, int n) {
    if (grads.getClass() != NATIVE) {
      throw SegmentClass.notNative(grads);
    }
    FloatVector zeros = FloatVector.zero(F32);
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      zeros.intoMemorySegment(grads, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      grads.set(JAVA_FLOAT_UNALIGNED, at, 0);
    }
  }
}
