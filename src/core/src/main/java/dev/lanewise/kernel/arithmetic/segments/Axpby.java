package dev.lanewise.kernel.arithmetic.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.kernel.unary.segments.Scale;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * A sum with two coefficients, {@code y = alpha x + beta y}: {@code beta y} is rounded, then the
 * sum. {@code |y - y'| <= u (|beta y| + |alpha x + beta y|)}, u = 2^-24.
 *
 * <p>{@code beta} = 0 does not read y, so that NaN in it counts for nothing; {@code alpha} = 0
 * multiplies as IEEE 754 has it. An empty range does nothing.
 */
public final class Axpby {

  private Axpby() {}

  /**
   * {@code y = alpha x + beta y}.
   *
   * @param alpha the factor of {@code x}
   * @param x read; may be {@code y} itself
   * @param beta the factor of {@code y}
   * @param y accumulated into; overwritten if {@code beta} is 0
   * @param begin first element
   * @param end one past the last element
   */
  public static void accumulate(
      float alpha, MemorySegment x, float beta, MemorySegment y, long begin, long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    assert 0 <= begin && begin <= end;
    if (beta == 0) {
      Scale.forward(alpha, x, y, begin, end);
      return;
    }
    FloatVector alphas = FloatVector.broadcast(F32, alpha);
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
        FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
        vx.fma(alphas, vy.mul(beta)).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            Math.fma(
                x.get(JAVA_FLOAT_UNALIGNED, at), alpha, y.get(JAVA_FLOAT_UNALIGNED, at) * beta));
      }
    }
  }
}
