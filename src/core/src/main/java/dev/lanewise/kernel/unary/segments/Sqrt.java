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
 * Square roots, {@code y = sqrt(x)}, correctly rounded. Below 0 and of NaN it is NaN, of -0 it is
 * -0. An empty range does nothing.
 *
 * <p>Gradient: {@code dx = dy / (2 y)}, {@code |dx - dx'| <= 2 u |dx|} with u = 2^-24; infinite at
 * 0, NaN if {@code dy} is 0 there.
 */
public final class Sqrt {

  private Sqrt() {}

  /**
   * {@code y = sqrt(x)}.
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
        FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
            .sqrt()
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, (float) Math.sqrt(x.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /**
   * {@code dx = dy / (2 y)}.
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
        vdy.div(vy.add(vy)).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sy = y.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) / (sy + sy));
      }
    }
  }
}
