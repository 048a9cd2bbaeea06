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
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Mish: {@code y = x t}, {@code t = tanh(ln(1 + exp(x)))} (D. Misra: Mish: A Self Regularized
 * Non-Monotonic Activation Function, 2019, section 2).
 *
 * <p>With {@code E = exp(x)}, {@code t = ((1 + E)^2 - 1) / ((1 + E)^2 + 1)} and its derivative is
 * {@code 4 E (1 + E) / ((1 + E)^2 + 1)^2}. Divided by E^2 where {@code x >= 0}, everything is a sum
 * of positive terms in {@code e = exp(-|x|)}: {@code t = n / d} with {@code n = 2 e + e^2}, {@code
 * d = n + 2}, {@code t' = 4 e (1 + e) / d^2} for {@code x < 0}, and {@code n = 2 e + 1}, {@code d =
 * n + 2 e^2}, {@code t' = 4 e^2 (1 + e) / d^2} for {@code x >= 0}: one exponential, one division
 * and no cancellation.
 *
 * <p>Beyond |x| = 87 the curve counts as flat, so that the tail of e does not pass through the
 * subnormals, which slow down whatever reads them: {@code y = x}, {@code dx = dy} above and {@code
 * y} = -0, {@code dx = 0 dy} below, where |y| and the derivative are less than 2^-118. NaN gives
 * NaN. {@code x} = +infinity: {@code y} = +infinity, {@code dx = dy}. {@code x} = -infinity: {@code
 * y} = -0, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 8 u |y| + 2^-118}, {@code |dx - dx'| <= ((10 t + 20 |x
 * t'|) u + 2^-118) |dy|}.
 */
public final class Mish {

  /** Where the curve counts as flat: far enough from the 87.3 at which exp(-|x|) is subnormal. */
  private static final float FLAT = 87;

  /** Stands for every size beyond FLAT: exp(-NOTHING) is 0. */
  private static final float NOTHING = 110;

  private Mish() {}

  /**
   * {@code y = mish(x)}.
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
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float square = e * e;
        float top = Math.fma(e, 2, sx < 0 ? square : 1);
        float bottom = top + (sx < 0 ? 2 : square + square);
        float bounded = sx < 0 ? -bent : sx;
        y.set(JAVA_FLOAT_UNALIGNED, at, bounded * top / bottom);
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
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      FloatVector bent = size.blend(NOTHING, flat);
      FloatVector e = Exp.normal(bent.neg()).blend(0, flat);
      VectorMask<Float> negative = vx.compare(VectorOperators.LT, 0);
      FloatVector square = e.mul(e);
      FloatVector top =
          e.fma(
              FloatVector.broadcast(F32, 2), FloatVector.broadcast(F32, 1).blend(square, negative));
      FloatVector bottom = top.add(square.add(square).blend(2, negative));
      FloatVector bounded = vx.blend(bent.neg(), negative);
      bounded.mul(top).div(bottom).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy mish'(x)}.
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
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float square = e * e;
        float top = Math.fma(e, 2, sx < 0 ? square : 1);
        float bottom = top + (sx < 0 ? 2 : square + square);
        float r = 1 / bottom;
        float slope = (sx < 0 ? e : square) * (e + 1) * (r * r) * 4;
        float signed = sx < 0 ? -bent : bent;
        float derivative = Math.fma(signed, slope, top * r);
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
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      FloatVector bent = size.blend(NOTHING, flat);
      FloatVector e = Exp.normal(bent.neg()).blend(0, flat);
      VectorMask<Float> negative = vx.compare(VectorOperators.LT, 0);
      FloatVector square = e.mul(e);
      FloatVector top =
          e.fma(
              FloatVector.broadcast(F32, 2), FloatVector.broadcast(F32, 1).blend(square, negative));
      FloatVector bottom = top.add(square.add(square).blend(2, negative));
      FloatVector r = FloatVector.broadcast(F32, 1).div(bottom);
      FloatVector slope = square.blend(e, negative).mul(e.add(1)).mul(r.mul(r)).mul(4);
      FloatVector signed = bent.blend(bent.neg(), negative);
      FloatVector derivative = signed.fma(slope, top.mul(r));
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(derivative).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
