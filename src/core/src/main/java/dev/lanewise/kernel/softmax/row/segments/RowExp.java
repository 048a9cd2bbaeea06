package dev.lanewise.kernel.softmax.row.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.math.Exp.C2;
import static dev.lanewise.simd.math.Exp.C3;
import static dev.lanewise.simd.math.Exp.C4;
import static dev.lanewise.simd.math.Exp.C5;
import static dev.lanewise.simd.math.Exp.C6;
import static dev.lanewise.simd.math.Exp.LN2_HI;
import static dev.lanewise.simd.math.Exp.LN2_LO;
import static dev.lanewise.simd.math.Exp.LOG2_E;
import static dev.lanewise.simd.math.Exp.TO_INTEGER;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.VirtualLanes;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The passes over one row that softmax and its relatives share: the maximum {@code m}, {@code
 * exp(scale (x - m))} and its sum, the gradient. Each is a method of its own, which C2 compiles
 * better than one nest of loops.
 *
 * <p>The sum runs over 32 virtual lanes, element i in lane {@code i % 32} in order of i, folded as
 * {@code j + (j + 16)}, then 8, 4, 2, 1; the last {@code n % 32} elements are summed on their own,
 * in order, and added at the end.
 */
public final class RowExp {
  /**
   * An element that lies this far below the maximum has probability 0: exp(-69) is 2^-99. The sum
   * cannot tell the difference, and what reads the probabilities is spared subnormals, which would
   * slow the products they go into.
   */
  public static final float FARTHEST = -69;

  // exp as Exp has it, written out: on [FARTHEST, 0] it needs neither the clamps nor the split of
  // 2^n in two, so these are the same bits in two thirds of the instructions. One bias of an
  // exponent in the constant that rounds leaves n + 127 in the low bits.
  private static final float ROUND = TO_INTEGER + 127;

  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private RowExp() {}

  /**
   * The largest element that is not NaN, -infinity if there is none; the sign of a zero is left
   * open. A NaN needs no place here: it comes back in the sum, and compare and blend are 2
   * instructions where max takes 5.
   */
  public static float max(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    FloatVector m0 = FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY);
    FloatVector m1 = m0;
    FloatVector m2 = m0;
    FloatVector m3 = m0;
    int i = 0;
    for (; i <= n - 4 * F32_LANES; i += 4 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector v1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector v2 =
          FloatVector.fromMemorySegment(F32, x, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector v3 =
          FloatVector.fromMemorySegment(F32, x, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      m0 = v0.blend(m0, v0.compare(VectorOperators.GT, m0).not());
      m1 = v1.blend(m1, v1.compare(VectorOperators.GT, m1).not());
      m2 = v2.blend(m2, v2.compare(VectorOperators.GT, m2).not());
      m3 = v3.blend(m3, v3.compare(VectorOperators.GT, m3).not());
    }
    float max = VirtualLanes.max(m0, m1, m2, m3);
    for (; i < n; i++) {
      float value = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      max = value > max ? value : max;
    }
    return max;
  }

  /** What is subtracted before exp: with -infinity, x - m would be NaN where exp has to be 0. */
  public static float shift(float max) {
    return max == Float.NEGATIVE_INFINITY ? 0 : max;
  }

  /** The sum of {@code exp(scale (x - m))}. */
  public static float sum(MemorySegment x, long base, int n, float m, float scale) {
    int whole = n - n % LANES;
    float sum = whole > 0 ? sumWhole(x, base, whole, m, scale) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      float d = (x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES) - m) * scale;
      tail += d < FARTHEST ? 0 : Exp.exp(d);
    }
    return sum + tail;
  }

  /**
   * The whole blocks of 32 virtual lanes, in a method of their own that has at least one: C2 takes
   * a call that was rare in its method for cold and would leave out of the loop, boxed, an exp that
   * a training on tiny rows had seldom reached.
   */
  private static float sumWhole(MemorySegment x, long base, int whole, float m, float scale) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector d = v.sub(m).mul(scale);
      FloatVector round = FloatVector.broadcast(F32, ROUND);
      FloatVector shifted = d.fma(FloatVector.broadcast(F32, LOG2_E), round);
      FloatVector k = shifted.sub(round);
      FloatVector r =
          k.fma(FloatVector.broadcast(F32, -LN2_LO), k.fma(FloatVector.broadcast(F32, -LN2_HI), d));
      FloatVector p = r.fma(FloatVector.broadcast(F32, C6), FloatVector.broadcast(F32, C5));
      p = p.fma(r, FloatVector.broadcast(F32, C4));
      p = p.fma(r, FloatVector.broadcast(F32, C3));
      p = p.fma(r, FloatVector.broadcast(F32, C2));
      p = p.fma(r, FloatVector.broadcast(F32, 1));
      p = p.fma(r, FloatVector.broadcast(F32, 1));
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      VectorMask<Float> far = d.compare(VectorOperators.LT, FARTHEST);
      FloatVector e = p.mul(exponent.reinterpretAsFloats()).blend(0, far);
      FloatVector next = e.add(s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }

  /** {@link #sum} that also writes {@code y = exp(scale (x - m))}; {@code y} may be {@code x}. */
  public static float sumInto(
      MemorySegment x, MemorySegment y, long base, int n, float m, float scale) {
    int whole = n - n % LANES;
    float sum = whole > 0 ? sumIntoWhole(x, y, base, whole, m, scale) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float d = (x.get(JAVA_FLOAT_UNALIGNED, at) - m) * scale;
      float e = d < FARTHEST ? 0 : Exp.exp(d);
      y.set(JAVA_FLOAT_UNALIGNED, at, e);
      tail += e;
    }
    return sum + tail;
  }

  /** {@link #sumWhole} with the store: written out, a flag would cost the loop its shape. */
  private static float sumIntoWhole(
      MemorySegment x, MemorySegment y, long base, int whole, float m, float scale) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector d = v.sub(m).mul(scale);
      FloatVector round = FloatVector.broadcast(F32, ROUND);
      FloatVector shifted = d.fma(FloatVector.broadcast(F32, LOG2_E), round);
      FloatVector k = shifted.sub(round);
      FloatVector r =
          k.fma(FloatVector.broadcast(F32, -LN2_LO), k.fma(FloatVector.broadcast(F32, -LN2_HI), d));
      FloatVector p = r.fma(FloatVector.broadcast(F32, C6), FloatVector.broadcast(F32, C5));
      p = p.fma(r, FloatVector.broadcast(F32, C4));
      p = p.fma(r, FloatVector.broadcast(F32, C3));
      p = p.fma(r, FloatVector.broadcast(F32, C2));
      p = p.fma(r, FloatVector.broadcast(F32, 1));
      p = p.fma(r, FloatVector.broadcast(F32, 1));
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      VectorMask<Float> far = d.compare(VectorOperators.LT, FARTHEST);
      FloatVector e = p.mul(exponent.reinterpretAsFloats()).blend(0, far);
      e.intoMemorySegment(y, at, ByteOrder.nativeOrder());
      FloatVector next = e.add(s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }

  /** {@code x *= factor}. */
  public static void scale(MemorySegment x, long base, int n, float factor) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder())
          .mul(factor)
          .intoMemorySegment(x, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      x.set(JAVA_FLOAT_UNALIGNED, at, x.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }

  /** {@code x = 0}. */
  public static void clear(MemorySegment x, long base, int n) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      FloatVector.zero(F32)
          .intoMemorySegment(x, base + (long) i * Float.BYTES, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      x.set(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES, 0);
    }
  }

  /** {@code dx = scale y (dy - dot)}; {@code dx} may be {@code dy} or {@code y}. */
  public static void gradient(
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      float dot,
      float scale) {
    if (y.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(y, dy, dx);
    }
    int i = 0;
    for (; i <= n - F32_LANES; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.sub(dot).mul(vy.mul(scale)).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
    }
    for (; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float difference = dy.get(JAVA_FLOAT_UNALIGNED, at) - dot;
      dx.set(JAVA_FLOAT_UNALIGNED, at, difference * (y.get(JAVA_FLOAT_UNALIGNED, at) * scale));
    }
  }

  /** The sum of {@code x y}, in the order that the class comment gives. */
  public static float dot(MemorySegment x, MemorySegment y, long base, int n) {
    int whole = n - n % LANES;
    float sum = whole > 0 ? dotWhole(x, y, base, whole) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      tail = Math.fma(x.get(JAVA_FLOAT_UNALIGNED, at), y.get(JAVA_FLOAT_UNALIGNED, at), tail);
    }
    return sum + tail;
  }

  private static float dotWhole(MemorySegment x, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vx = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector next = vx.fma(vy, s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = next;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = next;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = next;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }
}
