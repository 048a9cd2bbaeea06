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
 * Squares. Each result is rounded once; NaN and infinities follow IEEE 754. An empty range does
 * nothing.
 */
public final class Square {

  private Square() {}

  /**
   * {@code y = x^2}.
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
        FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
        vx.mul(vx).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, sx * sx);
      }
    }
  }

  /**
   * {@code dx = 2 x dy}.
   *
   * @param x read: the input of the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code dy} or {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long begin, long end) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
        FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
        vx.add(vx).mul(vdy).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, (sx + sx) * dy.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }
}
