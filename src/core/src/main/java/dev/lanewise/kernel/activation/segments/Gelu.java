package dev.lanewise.kernel.activation.segments;

import static dev.lanewise.kernel.activation.GeluCurve.FLAT;
import static dev.lanewise.kernel.activation.GeluCurve.SIX_CK;
import static dev.lanewise.kernel.activation.GeluCurve.TWO_C;
import static dev.lanewise.kernel.activation.GeluCurve.TWO_CK;
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
 * Gaussian error linear unit, tanh form: {@code y = 0.5 x (1 + tanh(u))}, {@code u = c (x + k
 * x^3)}, {@code c = sqrt(2 / pi)}, {@code k = 0.044715} (D. Hendrycks, K. Gimpel: Gaussian Error
 * Linear Units, 2016, section 2).
 *
 * <p>With {@code e = exp(-2 u)} and {@code s = 1 / (1 + e)} this is {@code y = x s}, and the
 * derivative {@code (1 + 2 c x (1 + 3 k x^2) e s) s}: one exponential per element and no
 * cancellation in {@code 1 + tanh(u)} for negative {@code x}.
 *
 * <p>Beyond |x| = 8 the curve counts as flat: {@code y = x}, {@code dx = dy} above and {@code y} =
 * -0, {@code dx = 0 dy} below, where |y| is less than 2^-67 and the derivative than 2^-63. Without
 * that step the tail of e passes through the subnormals, and a share of 0.14 % of them among the
 * activations slowed the products of a training step by a third.
 *
 * <p>NaN gives NaN. {@code x} = +infinity: {@code y} = +infinity, {@code dx = dy}. {@code x} =
 * -infinity: {@code y} = -0, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (4 |2 u(x)| + 6) u |y| + 2^-67}, since the rounding of an
 * exponent counts in proportion to its size; measured 1.7 ULP for {@code x >= 0} and 0.8 u absolute
 * below. With {@code t} the second term of the derivative {@code |dx - dx'| <= (((4 |2 u(x)| + 8) s
 * + (4 |2 u(x)| + 18) |t|) u + 2^-63) |dy|}; measured 3.2 u |dy|.
 */
public final class Gelu {
  private Gelu() {}

  /**
   * {@code y = gelu(x)}.
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
        y.set(JAVA_FLOAT_UNALIGNED, at, forward(x.get(JAVA_FLOAT_UNALIGNED, at)));
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
      FloatVector slope =
          vx.mul(vx).fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector vy = vx.div(Exp.normal(vx.mul(slope)).add(1));
      if (vx.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        vy =
            vy.blend(vx, vx.compare(VectorOperators.GT, FLAT))
                .blend(-0f, vx.compare(VectorOperators.LT, -FLAT));
      }
      vy.intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  private static float forward(float x) {
    float e = Exp.exp(x * Math.fma(x * x, -TWO_CK, -TWO_C));
    return x > FLAT ? x : x < -FLAT ? -0f : x / (e + 1);
  }

  /**
   * {@code dx = dy gelu'(x)}.
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
        float square = sx * sx;
        float e = Exp.exp(sx * Math.fma(square, -TWO_CK, -TWO_C));
        float s = 1 / (e + 1);
        float inner = Math.fma(square, SIX_CK, TWO_C);
        float curved = Math.fma(sx * inner, e * s, 1) * s;
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
      FloatVector square = vx.mul(vx);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = Exp.normal(vx.mul(slope));
      FloatVector s = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector inner =
          square.fma(FloatVector.broadcast(F32, SIX_CK), FloatVector.broadcast(F32, TWO_C));
      FloatVector derivative = vx.mul(inner).fma(e.mul(s), FloatVector.broadcast(F32, 1)).mul(s);
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
