package dev.lanewise.kernel.elementwise;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian error linear unit, tanh form: {@code y = 0.5 x (1 + tanh(u))}, {@code u = c (x + k
 * x^3)}, {@code c = sqrt(2 / pi)}, {@code k = 0.044715} (D. Hendrycks, K. Gimpel: Gaussian Error
 * Linear Units, 2016, section 2).
 *
 * <p>With {@code e = exp(-2 |u|)} and {@code s = 1 / (1 + e)} for {@code x >= 0}, {@code e / (1 +
 * e)} for {@code x < 0}, this is {@code y = x s}, and the derivative {@code s + 2 c x (1 + 3 k x^2)
 * e / (1 + e)^2}: one exponential per element and no cancellation in {@code 1 + tanh(u)} for
 * negative {@code x}.
 *
 * <p>NaN gives NaN. {@code x} = +infinity: {@code y} = +infinity, {@code dx = dy}. {@code x} =
 * -infinity: {@code y} = -0, {@code dx = 0 dy}. An empty range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (4 |2 u(x)| + 6) u |y|}, since the rounding of an
 * exponent counts in proportion to its size; measured 1.7 ULP for {@code x >= 0} and 0.8 u absolute
 * below. With {@code t} the second term of the derivative {@code |dx - dx'| <= ((4 |2 u(x)| + 8) s
 * + (4 |2 u(x)| + 18) |t|) u |dy|}; measured 3.2 u |dy|.
 */
public final class Gelu {
  private static final double C = 0.7978845608028654;
  private static final double K = 0.044715;

  // 2 u = x (TWO_C + TWO_CK x^2), its derivative TWO_C + SIX_CK x^2.
  private static final float TWO_C = (float) (2 * C);
  private static final float TWO_CK = (float) (2 * C * K);
  private static final float SIX_CK = (float) (6 * C * K);

  /**
   * exp(-2 |u|) is 0 from |x| = 10.8 on; inputs beyond this bound are clamped, or infinity would
   * meet that 0.
   */
  private static final float FLAT = 16;

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
        float load = x.get(JAVA_FLOAT_UNALIGNED, at);
        float sx = load < -FLAT ? -FLAT : load;
        float slope = Math.fma(sx * sx, -TWO_CK, -TWO_C);
        float e = VectorMath.exp(Math.abs(sx) * slope);
        float numerator = sx < 0 ? sx * e : sx;
        y.set(JAVA_FLOAT_UNALIGNED, at, numerator / (e + 1));
      }
    }
  }

  /**
   * The whole vectors of a block, in a method of their own that runs at least one: C2 takes a call
   * that was rare in its method for cold and would leave out of the loop, boxed, an exp that a
   * training on tiny tensors had seldom reached.
   */
  private static void forwardWhole(MemorySegment x, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector load = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector vx = load.blend(-FLAT, load.compare(VectorOperators.LT, -FLAT));
      FloatVector square = vx.mul(vx);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = VectorMath.exp(vx.abs().mul(slope));
      FloatVector numerator = vx.blend(vx.mul(e), vx.compare(VectorOperators.LT, 0));
      numerator.div(e.add(1)).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
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
        float load = x.get(JAVA_FLOAT_UNALIGNED, at);
        float upper = load > FLAT ? FLAT : load;
        float sx = upper < -FLAT ? -FLAT : upper;
        float square = sx * sx;
        float slope = Math.fma(square, -TWO_CK, -TWO_C);
        float e = VectorMath.exp(Math.abs(sx) * slope);
        float r = 1 / (e + 1);
        float s = sx < 0 ? e * r : r;
        float inner = Math.fma(square, SIX_CK, TWO_C);
        float derivative = Math.fma(sx * inner, e * (r * r), s);
        dx.set(JAVA_FLOAT_UNALIGNED, at, dy.get(JAVA_FLOAT_UNALIGNED, at) * derivative);
      }
    }
  }

  /** As {@link #forwardWhole}. */
  private static void backwardWhole(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long base, int whole) {
    if (x.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, dy, dx);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector load = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector upper = load.blend(FLAT, load.compare(VectorOperators.GT, FLAT));
      FloatVector vx = upper.blend(-FLAT, upper.compare(VectorOperators.LT, -FLAT));
      FloatVector square = vx.mul(vx);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = VectorMath.exp(vx.abs().mul(slope));
      FloatVector r = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector s = r.blend(e.mul(r), vx.compare(VectorOperators.LT, 0));
      FloatVector inner =
          square.fma(FloatVector.broadcast(F32, SIX_CK), FloatVector.broadcast(F32, TWO_C));
      FloatVector derivative = vx.mul(inner).fma(e.mul(r.mul(r)), s);
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(derivative).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
  }
}
