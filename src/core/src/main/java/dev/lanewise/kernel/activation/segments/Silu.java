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
 * Sigmoid linear unit, swish: {@code y = x s}, {@code s = 1 / (1 + exp(-x))} (D. Hendrycks, K.
 * Gimpel: Gaussian Error Linear Units, 2016; P. Ramachandran, B. Zoph, Q. V. Le: Searching for
 * Activation Functions, 2017).
 *
 * <p>With {@code e = exp(-|x|)} this is {@code x / (1 + e)} for {@code x >= 0} and {@code x e / (1
 * + e)} below; the derivative {@code s + x s (1 - s)} is {@code s + x e / (1 + e)^2}: one
 * exponential and one division.
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

  /** Stands for every size beyond FLAT: exp(-NOTHING) is 0. */
  private static final float NOTHING = 110;

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
        float size = Math.abs(sx);
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float numerator = sx < 0 ? -(bent * e) : sx;
        y.set(JAVA_FLOAT_UNALIGNED, at, numerator / (e + 1));
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
      FloatVector bent = size.blend(NOTHING, size.compare(VectorOperators.GT, FLAT));
      FloatVector e = Exp.exp(bent.neg());
      VectorMask<Float> negative = vx.compare(VectorOperators.LT, 0);
      FloatVector numerator = vx.blend(bent.mul(e).neg(), negative);
      numerator.div(e.add(1)).intoMemorySegment(y, at, ByteOrder.nativeOrder());
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
        float size = Math.abs(sx);
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float r = 1 / (e + 1);
        float er = e * r;
        float s = sx < 0 ? er : r;
        float signed = sx < 0 ? -bent : bent;
        float derivative = Math.fma(signed, er * r, s);
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
      FloatVector bent = size.blend(NOTHING, size.compare(VectorOperators.GT, FLAT));
      FloatVector e = Exp.exp(bent.neg());
      VectorMask<Float> negative = vx.compare(VectorOperators.LT, 0);
      FloatVector r = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector er = e.mul(r);
      FloatVector s = r.blend(er, negative);
      FloatVector signed = bent.blend(bent.neg(), negative);
      FloatVector derivative = signed.fma(er.mul(r), s);
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(derivative).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
