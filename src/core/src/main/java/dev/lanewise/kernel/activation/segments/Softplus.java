package dev.lanewise.kernel.activation.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softplus: {@code y = ln(1 + exp(x))}, a smooth ReLU. The error, NaN, infinities and subnormal
 * results are those of {@link dev.lanewise.simd.math.Softplus#softplus(float)}. An empty range does
 * nothing.
 *
 * <p>Gradient: {@code dx = dy sigmoid(x)}, in the form and with the flat ends of the kernel
 * Sigmoid: {@code |dx - dx'| <= 5 u |dx| + 2^-125 |dy|}, u = 2^-24.
 */
public final class Softplus {

  /** Where the curve counts as flat: far enough from the 87.3 at which exp(-|x|) is subnormal. */
  private static final float FLAT = 87;

  private Softplus() {}

  /**
   * {@code y = softplus(x)}.
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
            dev.lanewise.simd.math.Softplus.softplus(x.get(JAVA_FLOAT_UNALIGNED, at)));
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
      dev.lanewise.simd.math.Softplus.softplus(
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy sigmoid(x)}.
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
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(x, dy, dx, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float e = Exp.exp(sx);
        float slope = sx > FLAT ? 1 : sx < -FLAT ? 0 : e / (e + 1);
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) * slope);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardWhole(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long base, int whole) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector e = Exp.normal(vx);
      FloatVector slope = e.div(e.add(1));
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        slope =
            slope
                .blend(1, vx.compare(VectorOperators.GT, FLAT))
                .blend(0, vx.compare(VectorOperators.LT, -FLAT));
      }
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(slope).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
