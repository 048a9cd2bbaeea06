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
 * Exponential linear unit: {@code y = x > 0 ? x : alpha (exp(x) - 1)} (D.-A. Clevert, T.
 * Unterthiner, S. Hochreiter: Fast and Accurate Deep Network Learning by Exponential Linear Units,
 * 2016, section 3).
 *
 * <p>The derivative is 1 above 0 and {@code alpha exp(x)} from there down, also at 0; it counts as
 * 0 below -87, where it is less than {@code 2^-125 alpha}. NaN gives NaN. {@code x} = -infinity:
 * {@code y = -alpha}, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 4 u |y|}, that of {@link Exp#expm1(float)} and one
 * product; {@code |dx - dx'| <= (4 u exp(x) + 2^-125) |alpha dy|} below 0.
 */
public final class Elu {

  /** Where the curve counts as flat: far enough from the -87.3 at which exp(x) is subnormal. */
  private static final float FLAT = -87;

  private Elu() {}

  /**
   * {@code y = elu(x)}.
   *
   * @param alpha where the curve goes, below
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
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(alpha, x, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, sx > 0 ? sx : Exp.expm1(sx) * alpha);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(
      float alpha, MemorySegment x, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      Exp.expm1(vx)
          .mul(alpha)
          .blend(vx, vx.compare(VectorOperators.GT, 0))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy elu'(x)}.
   *
   * @param alpha as in the forward pass
   * @param x read: the input of the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code dy} or {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      float alpha, MemorySegment x, MemorySegment dy, MemorySegment dx, long begin, long end) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(alpha, x, dy, dx, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float e = sx < FLAT ? 0 : Exp.exp(sx);
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        dx.set(JAVA_FLOAT_UNALIGNED, at, sx > 0 ? sdy : sdy * (e * alpha));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardWhole(
      float alpha, MemorySegment x, MemorySegment dy, MemorySegment dx, long base, int whole) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector e = Exp.normal(vx).blend(0, vx.compare(VectorOperators.LT, FLAT));
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(e.mul(alpha))
          .blend(vdy, vx.compare(VectorOperators.GT, 0))
          .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
