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
 * Sigmoid linear unit, swish: {@code y = x s}, {@code s = 1 / (1 + exp(-x))} (D. Hendrycks, K.
 * Gimpel: Gaussian Error Linear Units, 2016; P. Ramachandran, B. Zoph, Q. V. Le: Searching for
 * Activation Functions, 2017).
 *
 * <p>With {@code e = exp(-x)}, which does not overflow where the curve is not flat, this is {@code
 * x / (1 + e)}; the derivative {@code s + x s (1 - s)} is {@code (1 + x e s) s}: one exponential
 * and one division.
 *
 * <p>Beyond |x| = 87 the curve counts as flat, so that the tail of e does not pass through the
 * subnormals, which slow down whatever reads them: {@code y = x}, {@code dx = dy} above and {@code
 * y} = -0, {@code dx = 0 dy} below, where |y| and the derivative are less than 2^-118. NaN gives
 * NaN. {@code x} = +infinity: {@code y} = +infinity, {@code dx = dy}. {@code x} = -infinity: {@code
 * y} = -0, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 5 u |y| + 2^-118}; with {@code t} the second term of the
 * derivative {@code |dx - dx'| <= ((7 s + 11 |t|) u + 2^-118) |dy|}.
 */
public final class Silu {

  /** Where the curve counts as flat: far enough from the 87.3 at which exp(-|x|) is subnormal. */
  private static final float FLAT = 87;

  private Silu() {}

  /**
   * {@code y = silu(x)}.
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
        float e = Exp.exp(-sx);
        y.set(JAVA_FLOAT_UNALIGNED, at, sx > FLAT ? sx : sx < -FLAT ? -0f : sx / (e + 1));
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
      FloatVector vy = vx.div(Exp.normal(vx.neg()).add(1));
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        vy =
            vy.blend(vx, vx.compare(VectorOperators.GT, FLAT))
                .blend(-0f, vx.compare(VectorOperators.LT, -FLAT));
      }
      vy.intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dx = dy silu'(x)}.
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
        float e = Exp.exp(-sx);
        float s = 1 / (e + 1);
        float curved = Math.fma(sx, e * s, 1) * s;
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
      FloatVector e = Exp.normal(vx.neg());
      FloatVector s = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector derivative = vx.fma(e.mul(s), FloatVector.broadcast(F32, 1)).mul(s);
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
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
