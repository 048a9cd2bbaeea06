package dev.lanewise.kernel.arithmetic.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.arithmetic.PowStage;
import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.math.Log;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Powers, {@code y = x^exponent}, with one exponent for each element or one for all. NaN,
 * infinities, zeros and negative bases are those of {@link dev.lanewise.simd.math.Pow#pow(float,
 * float)}, which are those of C99; subnormal arguments and results are kept. An empty range does
 * nothing.
 *
 * <p>The gradients: {@code dx = dy exponent x^(exponent - 1)}, 0 where the exponent is 0, and
 * {@code dExponent = dy y ln(x)}, 0 where x is 0 and the exponent is not negative, NaN below x = 0.
 *
 * <p>Error: 2.5 ULP in {@code y}, {@code |dx - dx'| <= 7 u |dx|}, {@code |dExponent - dExponent'|
 * <= 9 u |dExponent|}, u = 2^-24, while nothing on the way is subnormal. Below 1/2 {@code exponent
 * - 1} is rounded, which may cost {@code dx} another {@code |(exponent - 1) ln x| u |dx|}.
 */
public final class Pow {

  private Pow() {}

  /**
   * {@code y = x^exponent}, an exponent for each element.
   *
   * @param x read
   * @param exponents read
   * @param y overwritten; may be {@code x} or {@code exponents} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      MemorySegment x, MemorySegment exponents, MemorySegment y, long begin, long end) {
    if (x.getClass() != NATIVE || exponents.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, exponents, y);
    }
    assert 0 <= begin && begin <= end;
    PowStage stage = PowStage.borrow();
    for (long block = begin; block < end; block += PowStage.ELEMENTS) {
      int n = (int) Math.min(PowStage.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      load(x, base, stage.base, n);
      load(exponents, base, stage.exponent, n);
      stage.run(n);
      store(stage.base, y, base, n);
    }
    stage.giveBack();
  }

  /**
   * {@code y = x^exponent}, one exponent for all.
   *
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param exponent the exponent
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      MemorySegment x, MemorySegment y, float exponent, long begin, long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    assert 0 <= begin && begin <= end;
    PowStage stage = PowStage.borrow();
    stage.setExponent(exponent);
    for (long block = begin; block < end; block += PowStage.ELEMENTS) {
      int n = (int) Math.min(PowStage.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      load(x, base, stage.base, n);
      stage.run(n);
      store(stage.base, y, base, n);
    }
    stage.giveBack();
  }

  /**
   * {@code dx = dy exponent x^(exponent - 1)}, an exponent for each element.
   *
   * @param x read: as in the forward pass
   * @param exponents read: as in the forward pass
   * @param dy read
   * @param dx overwritten; may be any of the above
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment x,
      MemorySegment exponents,
      MemorySegment dy,
      MemorySegment dx,
      long begin,
      long end) {
    if (x.getClass() != NATIVE
        || exponents.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, exponents, dy, dx);
    }
    assert 0 <= begin && begin <= end;
    PowStage stage = PowStage.borrow();
    for (long block = begin; block < end; block += PowStage.ELEMENTS) {
      int n = (int) Math.min(PowStage.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      load(x, base, stage.base, n);
      load(exponents, base, stage.factor, n);
      stage.lowerExponents(n);
      stage.run(n);
      join(stage.base, stage.factor, dy, dx, base, n);
    }
    stage.giveBack();
  }

  /**
   * {@code dx = dy exponent x^(exponent - 1)}, one exponent for all.
   *
   * @param x read: as in the forward pass
   * @param dy read
   * @param dx overwritten; may be {@code x} or {@code dy} itself
   * @param exponent that of the forward pass
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment x, MemorySegment dy, MemorySegment dx, float exponent, long begin, long end) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    assert 0 <= begin && begin <= end;
    PowStage stage = PowStage.borrow();
    stage.setFactor(exponent);
    for (long block = begin; block < end; block += PowStage.ELEMENTS) {
      int n = (int) Math.min(PowStage.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      load(x, base, stage.base, n);
      stage.run(n);
      join(stage.base, stage.factor, dy, dx, base, n);
    }
    stage.giveBack();
  }

  private static void load(MemorySegment x, long base, float[] to, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).intoArray(to, i);
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      to[i] = x.get(JAVA_FLOAT_UNALIGNED, at);
    }
  }

  private static void store(float[] from, MemorySegment y, long base, int n) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromArray(F32, from, i).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      y.set(JAVA_FLOAT_UNALIGNED, at, from[i]);
    }
  }

  /** {@code dx = dy (factor power)}, 0 where the factor is. */
  private static void join(
      float[] power, float[] factor, MemorySegment dy, MemorySegment dx, long base, int n) {
    if (dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vf = FloatVector.fromArray(F32, factor, i);
      FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder())
          .mul(vf.mul(FloatVector.fromArray(F32, power, i)))
          .blend(0, vf.compare(VectorOperators.EQ, 0))
          .intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float product = dy.get(JAVA_FLOAT_UNALIGNED, at) * (factor[i] * power[i]);
      dx.set(JAVA_FLOAT_UNALIGNED, at, factor[i] == 0 ? 0 : product);
    }
  }

  /**
   * {@code dExponent = dy y ln(x)}, 0 where x is 0 and the exponent not negative.
   *
   * @param x read: as in the forward pass
   * @param exponents read: as in the forward pass
   * @param y read: the output of the forward pass
   * @param dy read
   * @param dExponents overwritten; may be any of the above
   * @param begin first element
   * @param end one past the last element
   */
  public static void backwardExponent(
      MemorySegment x,
      MemorySegment exponents,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dExponents,
      long begin,
      long end) {
    if (x.getClass() != NATIVE
        || exponents.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dExponents.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, exponents, y, dy, dExponents);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardExponentWhole(x, exponents, y, dy, dExponents, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sx = x.get(JAVA_FLOAT_UNALIGNED, at);
        float product =
            dy.get(JAVA_FLOAT_UNALIGNED, at) * (y.get(JAVA_FLOAT_UNALIGNED, at) * Log.log(sx));
        boolean flat = sx == 0 && exponents.get(JAVA_FLOAT_UNALIGNED, at) >= 0;
        dExponents.set(JAVA_FLOAT_UNALIGNED, at, flat ? 0 : product);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardExponentWhole(
      MemorySegment x,
      MemorySegment exponents,
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dExponents,
      long base,
      int whole) {
    if (x.getClass() != NATIVE
        || exponents.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dExponents.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, exponents, y, dy, dExponents);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector ve = FloatVector.fromMemorySegment(F32, exponents, at, ByteOrder.nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      VectorMask<Float> flat =
          vx.compare(VectorOperators.EQ, 0).and(ve.compare(VectorOperators.GE, 0));
      vdy.mul(vy.mul(Log.log(vx)))
          .blend(0, flat)
          .intoMemorySegment(dExponents, at, ByteOrder.nativeOrder());
    }
  }
}
