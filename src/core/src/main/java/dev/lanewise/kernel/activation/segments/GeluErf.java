package dev.lanewise.kernel.activation.segments;

import static dev.lanewise.kernel.activation.NormalTail.DENSITY;
import static dev.lanewise.kernel.activation.NormalTail.FLAT;
import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.activation.NormalTail;
import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian error linear unit: {@code y = x Phi(x)}, Phi the normal distribution, {@code 0.5 (1 +
 * erf(x / sqrt(2)))} (D. Hendrycks, K. Gimpel: Gaussian Error Linear Units, 2016, section 2).
 *
 * <p>With {@code e = exp(-x^2 / 2)} and {@code Q = Phi(-|x|)}, a product of e and of {@link
 * NormalTail}, this is {@code x - |x| Q} for {@code x >= 0} and {@code -|x| Q} below; the
 * derivative is {@code Phi(x) + x e / sqrt(2 pi)}: one exponential and one division for both, and
 * no cancellation in {@code 1 + erf} for negative x.
 *
 * <p>Beyond |x| = 12.5 the curve counts as flat: {@code y = x}, {@code dx = dy} above and {@code y}
 * = 0, {@code dx = 0 dy} below, where |y| is less than 2^-114 and the derivative than 2^-110. NaN
 * gives NaN. {@code x} = +infinity: {@code y} = +infinity, {@code dx = dy}. {@code x} = -infinity:
 * {@code y} = 0, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= ((x^2 / 2 + 13) |x| Q + |y|) u + 2^-114}, since the
 * rounding of an exponent counts in proportion to its size; {@code |dx - dx'| <= (((x^2 / 2 + 14)
 * (Q + |x| e / sqrt(2 pi)) + 4 Phi) u + 2^-110) |dy|}.
 */
public final class GeluErf {

  private GeluErf() {}

  /**
   * {@code y = x Phi(x)}.
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
        float size = Math.abs(sx);
        float tail = NormalTail.scaled(size) * Exp.share(size * size * -0.5f);
        float above = sx < 0 ? 0 : sx;
        y.set(JAVA_FLOAT_UNALIGNED, at, size > FLAT ? above : Math.fma(-size, tail, above));
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
      FloatVector size = vx.abs();
      FloatVector tail = NormalTail.scaled(size).mul(Exp.share(size.mul(size).mul(-0.5f)));
      FloatVector above = vx.blend(0, vx.compare(VectorOperators.LT, 0));
      FloatVector vy = size.neg().fma(tail, above);
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      if (flat.anyTrue()) {
        vy = vy.blend(above, flat);
      }
      vy.intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy (Phi(x) + x e / sqrt(2 pi))}.
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
        float size = Math.abs(sx);
        float e = Exp.share(size * size * -0.5f);
        float tail = NormalTail.scaled(size) * e;
        float curved = Math.fma(sx * e, DENSITY, sx < 0 ? tail : 1 - tail);
        float derivative = sx > FLAT ? 1 : sx < -FLAT ? 0 : curved;
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) * derivative);
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
      FloatVector size = vx.abs();
      FloatVector e = Exp.share(size.mul(size).mul(-0.5f));
      FloatVector tail = NormalTail.scaled(size).mul(e);
      FloatVector phi =
          FloatVector.broadcast(F32, 1).sub(tail).blend(tail, vx.compare(VectorOperators.LT, 0));
      FloatVector derivative = vx.mul(e).fma(FloatVector.broadcast(F32, DENSITY), phi);
      if (size.compare(VectorOperators.GT, FLAT).anyTrue()) {
        derivative =
            derivative
                .blend(1, vx.compare(VectorOperators.GT, FLAT))
                .blend(0, vx.compare(VectorOperators.LT, -FLAT));
      }
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(derivative).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
