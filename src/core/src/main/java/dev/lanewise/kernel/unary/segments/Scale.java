package dev.lanewise.kernel.unary.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Multiplication by a scalar. Each result is rounded once. An empty range does nothing. The
 * gradient is {@code dx = alpha dy}: the same methods.
 *
 * <p>{@code alpha} = 0 keeps NaN and turns infinities into NaN, as IEEE 754 has it: to clear
 * memory, use {@link Fill}.
 */
public final class Scale {

  private Scale() {}

  /**
   * {@code x = alpha * x}.
   *
   * @param alpha the factor
   * @param x read and overwritten
   * @param begin first element
   * @param end one past the last element
   */
  public static void inPlace(float alpha, MemorySegment x, long begin, long end) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
        vx.mul(alpha).intoMemorySegment(x, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        x.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) * alpha);
      }
    }
  }

  /**
   * {@code y = alpha * x}.
   *
   * @param alpha the factor
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(float alpha, MemorySegment x, MemorySegment y, long begin, long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
        vx.mul(alpha).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) * alpha);
      }
    }
  }
}
