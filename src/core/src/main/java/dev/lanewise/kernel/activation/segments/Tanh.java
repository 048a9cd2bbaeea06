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

/**
 * Hyperbolic tangent. The error, NaN, infinities and subnormal numbers are those of {@link
 * dev.lanewise.simd.math.Tanh#tanh(float)}. An empty range does nothing.
 *
 * <p>Gradient: {@code dx = dy (1 - y^2)}, {@code |dx - dx'| <= 2 u |dx|} of the y it is given, u =
 * 2^-24: {@code 1 - y^2} is rounded once.
 */
public final class Tanh {

  private Tanh() {}

  /**
   * {@code y = tanh(x)}.
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
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(x, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            dev.lanewise.simd.math.Tanh.tanh(x.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(MemorySegment x, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      dev.lanewise.simd.math.Tanh.tanh(
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy (1 - y^2)}.
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
        vdy.mul(vy.neg().fma(vy, FloatVector.broadcast(F32, 1)))
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sy = y.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) * Math.fma(-sy, sy, 1));
      }
    }
  }
}
