package dev.lanewise.kernel.activation.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Hard swish: {@code y = x h}, {@code h = min(max(x + 3, 0), 6) / 6} (A. Howard et al.: Searching
 * for MobileNetV3, 2019, section 5.2).
 *
 * <p>{@code y} is +0 for x at most -3, {@code x} from 3 on. The derivative is 0 up to -3, {@code x
 * / 3 + 1 / 2} between, 1 from 3 on. NaN gives NaN, {@code dx} 0 or {@code dy} where {@code x} is
 * an infinity. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 4 u |y|}: the sum, the constant 1 / 6 and two products;
 * {@code |dx - dx'| <= (2 |x / 3| + 2 |h'|) u |dy|} with h' the derivative.
 */
public final class Hardswish {
  private static final float SIXTH = 1f / 6;
  private static final float THIRD = 1f / 3;

  private Hardswish() {}

  /**
   * {@code y = hardswish(x)}.
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
        FloatVector h = vx.add(3).mul(SIXTH).blend(1, vx.compare(VectorOperators.GE, 3));
        vx.mul(h)
            .blend(0, vx.compare(VectorOperators.LE, -3))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float h = sx >= 3 ? 1 : (sx + 3) * SIXTH;
        y.set(JAVA_FLOAT_UNALIGNED, at, sx <= -3 ? 0 : sx * h);
      }
    }
  }

  /**
   * {@code dx = dy hardswish'(x)}.
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
        FloatVector slope =
            vx.fma(FloatVector.broadcast(F32, THIRD), FloatVector.broadcast(F32, 0.5f))
                .blend(1, vx.compare(VectorOperators.GE, 3));
        vdy.mul(slope)
            .blend(0, vx.compare(VectorOperators.LE, -3))
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        float slope = sx >= 3 ? 1 : Math.fma(sx, THIRD, 0.5f);
        dx.set(JAVA_FLOAT_UNALIGNED, at, sx <= -3 ? 0 : sdy * slope);
      }
    }
  }
}
