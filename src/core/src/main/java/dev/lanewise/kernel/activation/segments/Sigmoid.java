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
 * Logistic sigmoid: {@code y = 1 / (1 + exp(-x))}, as {@code e / (1 + e)} with {@code e = exp(x)},
 * which does not overflow where the curve is not flat: one exponential and one division.
 *
 * <p>Beyond |x| = 87 the curve counts as flat, so that the tail of e does not pass through the
 * subnormals, which slow down whatever reads them: {@code y} = 1 above and 0 below, where it is
 * less than 2^-125. NaN gives NaN. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 4 u |y| + 2^-125}: the 1.8 u of exp, the sum and the
 * quotient. The gradient is {@code dx = dy y (1 - y)}, {@code |dx - dx'| <= 3 u |dx|} of the y it
 * is given.
 */
public final class Sigmoid {

  /** Where the curve counts as flat: far enough from the 87.3 at which exp(-|x|) is subnormal. */
  private static final float FLAT = 87;

  private Sigmoid() {}

  /**
   * {@code y = sigmoid(x)}.
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
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float e = Exp.exp(sx);
        y.set(JAVA_FLOAT_UNALIGNED, at, sx > FLAT ? 1 : sx < -FLAT ? 0 : e / (e + 1));
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
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector e = Exp.normal(vx);
      FloatVector vy = e.div(e.add(1));
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        vy =
            vy.blend(1, vx.compare(VectorOperators.GT, FLAT))
                .blend(0, vx.compare(VectorOperators.LT, -FLAT));
      }
      vy.intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy y (1 - y)}.
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
        vdy.mul(vy)
            .mul(FloatVector.broadcast(F32, 1).sub(vy))
            .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sy = y.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) * sy * (1 - sy));
      }
    }
  }
}
