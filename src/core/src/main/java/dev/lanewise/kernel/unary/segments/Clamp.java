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
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elements cut off at two limits. NaN stays NaN; if the limits are the wrong way round, everything
 * is the upper one. Exact. An empty range does nothing.
 */
public final class Clamp {

  private Clamp() {}

  /**
   * {@code y = min(max(x, lower), upper)}.
   *
   * @param lower the least value
   * @param upper the greatest value
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      float lower, float upper, MemorySegment x, MemorySegment y, long begin, long end) {
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
        FloatVector above = vx.blend(lower, vx.compare(VectorOperators.LT, lower));
        above
            .blend(upper, above.compare(VectorOperators.GT, upper))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float above = sx < lower ? lower : sx;
        y.set(JAVA_FLOAT_UNALIGNED, at, above > upper ? upper : above);
      }
    }
  }

  /**
   * {@code dx = lower <= x && x <= upper ? dy : 0}; 0 where {@code x} is NaN.
   *
   * @param lower as in the forward pass
   * @param upper as in the forward pass
   * @param x read: the input of the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code dy} or {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      float lower,
      float upper,
      MemorySegment x,
      MemorySegment dy,
      MemorySegment dx,
      long begin,
      long end) {
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
        VectorMask<Float> inside =
            vx.compare(VectorOperators.GE, lower).and(vx.compare(VectorOperators.LE, upper));
        FloatVector.zero(F32).blend(vdy, inside).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, lower <= sx && sx <= upper ? sdy : 0);
      }
    }
  }
}
