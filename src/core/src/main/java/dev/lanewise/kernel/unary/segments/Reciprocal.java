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
 * Reciprocals, {@code y = 1 / x}, rounded once. Of 0 and -0 it is the infinity of that sign; NaN
 * stays NaN. An empty range does nothing.
 *
 * <p>Gradient: {@code dx = -(dy y) y}, {@code |dx - dx'| <= 4 u |dx|} with u = 2^-24 where nothing
 * underflows: twice the rounding of y and two products.
 */
public final class Reciprocal {

  private Reciprocal() {}

  /**
   * {@code y = 1 / x}.
   *
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(MemorySegment x, MemorySegment y, long begin, long end) {
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
        FloatVector.broadcast(F32, 1)
            .div(FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, 1 / x.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }

  /**
   * {@code dx = -dy y^2}.
   *
   * @param y read: the output of the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code dy} or {@code y} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment y, MemorySegment dy, MemorySegment dx, long begin, long end) {
    if (y.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(y, dy, dx);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
        FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
        vdy.mul(vy).mul(vy).neg().intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sy = y.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, -(dy.get(JAVA_FLOAT_UNALIGNED, at) * sy * sy));
      }
    }
  }
}
