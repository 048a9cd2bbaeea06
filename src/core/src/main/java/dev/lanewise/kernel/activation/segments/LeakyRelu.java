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
 * Leaky rectified linear unit: {@code y = x > 0 ? x : slope x} (A. L. Maas, A. Y. Hannun, A. Y. Ng:
 * Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013, section 2).
 *
 * <p>NaN stays NaN; {@code slope x} is rounded once, also of zeros and infinities. An empty range
 * does nothing.
 */
public final class LeakyRelu {

  private LeakyRelu() {}

  /**
   * {@code y = x > 0 ? x : slope x}.
   *
   * @param slope the derivative below 0
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(float slope, MemorySegment x, MemorySegment y, long begin, long end) {
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
        vx.mul(slope)
            .blend(vx, vx.compare(VectorOperators.GT, 0))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, sx > 0 ? sx : sx * slope);
      }
    }
  }

  /**
   * {@code dx = x > 0 ? dy : slope dy}, also where {@code x} is NaN.
   *
   * @param slope as in the forward pass
   * @param x read: the input of the forward pass, or its output if {@code slope} is positive
   * @param dy read
   * @param dx overwritten; may be {@code dy} or {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      float slope, MemorySegment x, MemorySegment dy, MemorySegment dx, long begin, long end) {
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
        vdy.mul(slope)
            .blend(vdy, vx.compare(VectorOperators.GT, 0))
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) > 0 ? sdy : sdy * slope);
      }
    }
  }
}
