package dev.lanewise.kernel.softmax.row.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.reduce.segments.RowSum;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.VirtualLanes;
import dev.lanewise.simd.math.Exp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The passes over one row that softmax and its relatives share: the maximum {@code m}, {@code
 * exp(scale (x - m))} as {@link Exp#share(FloatVector)} has it and its sum, the gradient. Each is a
 * method of its own, which C2 compiles better than one nest of loops.
 *
 * <p>The passes without an exponential end at {@code i != whole}, which makes them no counted loops
 * to C2: those it unrolls up to sixteen times, and a row of fewer vectors runs through what is put
 * before and behind, where each vector costs more than twice as much. To an exponential the
 * unrolling is worth more than that.
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

  /** The bits of -infinity. */
  private static final int NONE = 0xff80_0000;

  private static final int LANES = VirtualLanes.COUNT;
  private static final int VECTORS = VirtualLanes.VECTORS;

  private RowExp() {}

  /**
   * The largest element that is not NaN, -infinity if there is none, or a NaN; the sign of a zero
   * is left open. A NaN needs no place here: it comes back in the sum.
   *
   * <p>The bits of floats that are not negative are ordered as ints, and those of negative ones the
   * other way round: so the largest int is the maximum or, where it is negative, the smallest int
   * is. Both are one instruction an element, where a maximum of floats takes five.
   */
  public static float max(MemorySegment x, long base, int n) {
    int whole = n - n % (2 * F32_LANES);
    float max = whole > 0 ? maxOfWhole(x, base, whole) : Float.NEGATIVE_INFINITY;
    for (int i = whole; i < n; i++) {
      float value = x.get(JAVA_FLOAT_UNALIGNED, base + (long) i * Float.BYTES);
      max = value > max ? value : max;
    }
    return max;
  }

  /** Pairs of vectors, at least one: a method that is entered for none boxes. */
  private static float maxOfWhole(MemorySegment x, long base, int whole) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    IntVector largest0 = IntVector.broadcast(I32, NONE);
    IntVector smallest0 = largest0;
    IntVector largest1 = largest0;
    IntVector smallest1 = largest0;
    for (int i = 0; i != whole; i += 2 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      IntVector v0 =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).reinterpretAsInts();
      IntVector v1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder())
              .reinterpretAsInts();
      largest0 = v0.max(largest0);
      smallest0 = v0.min(smallest0);
      largest1 = v1.max(largest1);
      smallest1 = v1.min(smallest1);
    }
    int largest = largest0.max(largest1).reduceLanes(VectorOperators.MAX);
    return Float.intBitsToFloat(
        largest >= 0 ? largest : smallest0.min(smallest1).reduceLanes(VectorOperators.MIN));
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
      tail += d < FARTHEST ? 0 : Exp.share(d);
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
      FloatVector e = Exp.share(d).blend(0, d.compare(VectorOperators.LT, FARTHEST));
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

  /**
   * {@link #sum} that also writes {@code y = exp(scale (x - m))}; {@code y} may be {@code x}. The
   * sum is a pass of its own over what is then in the cache: its accumulators, which change places,
   * cost the exponentials more than that.
   */
  public static float sumInto(
      MemorySegment x, MemorySegment y, long base, int n, float m, float scale) {
    int whole = n - n % F32_LANES;
    if (whole > 0) {
      intoWhole(x, y, base, whole, m, scale);
    }
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      float d = (x.get(JAVA_FLOAT_UNALIGNED, at) - m) * scale;
      y.set(JAVA_FLOAT_UNALIGNED, at, d < FARTHEST ? 0 : Exp.share(d));
    }
    return RowSum.sum(y, base, n);
  }

  /** Whole vectors, at least one: see {@link #sumWhole}. */
  private static void intoWhole(
      MemorySegment x, MemorySegment y, long base, int whole, float m, float scale) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector d =
          FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).sub(m).mul(scale);
      Exp.share(d)
          .blend(0, d.compare(VectorOperators.LT, FARTHEST))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /** {@code x *= factor}. */
  public static void scale(MemorySegment x, long base, int n, float factor) {
    if (x.getClass() != NATIVE) {
      throw SegmentClass.notNative(x);
    }
    int fours = n - n % (4 * F32_LANES);
    int whole = n - n % F32_LANES;
    int i = 0;
    for (; i != fours; i += 4 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector x1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector x2 =
          FloatVector.fromMemorySegment(F32, x, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector x3 =
          FloatVector.fromMemorySegment(F32, x, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      x0.mul(factor).intoMemorySegment(x, at, ByteOrder.nativeOrder());
      x1.mul(factor).intoMemorySegment(x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      x2.mul(factor).intoMemorySegment(x, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      x3.mul(factor).intoMemorySegment(x, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
    }
    for (; i != whole; i += F32_LANES) {
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
    int whole = n - n % F32_LANES;
    int i = 0;
    for (; i != whole; i += F32_LANES) {
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
    int fours = n - n % (4 * F32_LANES);
    int whole = n - n % F32_LANES;
    int i = 0;
    for (; i != fours; i += 4 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector y0 = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector y1 =
          FloatVector.fromMemorySegment(F32, y, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y2 =
          FloatVector.fromMemorySegment(F32, y, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y3 =
          FloatVector.fromMemorySegment(F32, y, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector dy0 = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector dy1 =
          FloatVector.fromMemorySegment(F32, dy, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector dy2 =
          FloatVector.fromMemorySegment(F32, dy, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector dy3 =
          FloatVector.fromMemorySegment(F32, dy, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      dy0.sub(dot).mul(y0.mul(scale)).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      dy1.sub(dot)
          .mul(y1.mul(scale))
          .intoMemorySegment(dx, at + Lanes.BYTES, ByteOrder.nativeOrder());
      dy2.sub(dot)
          .mul(y2.mul(scale))
          .intoMemorySegment(dx, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      dy3.sub(dot)
          .mul(y3.mul(scale))
          .intoMemorySegment(dx, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
    }
    for (; i != whole; i += F32_LANES) {
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

  /**
   * {@link #gradient} of one row and {@link #dot} of the row behind it, of as many elements, in one
   * pass: what the fold of the sum gives is there some 40 cycles later, when the gradient of its
   * row begins.
   */
  public static float gradientAndNextDot(
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      float dot,
      float scale) {
    int whole = n - n % LANES;
    float sum = whole > 0 ? gradientAndNextDotWhole(y, dy, dx, base, n, whole, dot, scale) : 0;
    float tail = 0;
    for (int i = whole; i < n; i++) {
      long at = base + (long) i * Float.BYTES;
      long ahead = at + (long) n * Float.BYTES;
      float difference = dy.get(JAVA_FLOAT_UNALIGNED, at) - dot;
      dx.set(JAVA_FLOAT_UNALIGNED, at, difference * (y.get(JAVA_FLOAT_UNALIGNED, at) * scale));
      tail =
          Math.fma(y.get(JAVA_FLOAT_UNALIGNED, ahead), dy.get(JAVA_FLOAT_UNALIGNED, ahead), tail);
    }
    return sum + tail;
  }

  private static float gradientAndNextDotWhole(
      MemorySegment y,
      MemorySegment dy,
      MemorySegment dx,
      long base,
      int n,
      int whole,
      float dot,
      float scale) {
    if (y.getClass() != NATIVE || dy.getClass() != NATIVE || dx.getClass() != NATIVE) {
      throw SegmentClass.notNative(y, dy, dx);
    }
    long next = base + (long) n * Float.BYTES;
    FloatVector s0 = FloatVector.zero(F32);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i != whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      long ahead = next + (long) i * Float.BYTES;
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector nextY = FloatVector.fromMemorySegment(F32, y, ahead, ByteOrder.nativeOrder());
      FloatVector nextDy = FloatVector.fromMemorySegment(F32, dy, ahead, ByteOrder.nativeOrder());
      vdy.sub(dot).mul(vy.mul(scale)).intoMemorySegment(dx, at, ByteOrder.nativeOrder());
      FloatVector sum = nextY.fma(nextDy, s0);
      if (VECTORS == 2) {
        s0 = s1;
        s1 = sum;
      } else if (VECTORS == 4) {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = sum;
      } else {
        s0 = s1;
        s1 = s2;
        s2 = s3;
        s3 = s4;
        s4 = s5;
        s5 = s6;
        s6 = s7;
        s7 = sum;
      }
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
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
    int fours = whole - whole % (4 * F32_LANES);
    int i = 0;
    for (; i != fours; i += 4 * F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector x1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector x2 =
          FloatVector.fromMemorySegment(F32, x, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector x3 =
          FloatVector.fromMemorySegment(F32, x, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y0 = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector y1 =
          FloatVector.fromMemorySegment(F32, y, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y2 =
          FloatVector.fromMemorySegment(F32, y, at + 2L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y3 =
          FloatVector.fromMemorySegment(F32, y, at + 3L * Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector next0 = x0.fma(y0, s0);
      FloatVector next1 = x1.fma(y1, s1);
      if (VECTORS == 2) {
        s0 = x2.fma(y2, next0);
        s1 = x3.fma(y3, next1);
      } else {
        FloatVector next2 = x2.fma(y2, s2);
        FloatVector next3 = x3.fma(y3, s3);
        if (VECTORS == 4) {
          s0 = next0;
          s1 = next1;
          s2 = next2;
          s3 = next3;
        } else {
          s0 = s4;
          s1 = s5;
          s2 = s6;
          s3 = s7;
          s4 = next0;
          s5 = next1;
          s6 = next2;
          s7 = next3;
        }
      }
    }
    // Where two vectors are all lanes, two may be left.
    if (VECTORS == 2 && i != whole) {
      long at = base + (long) i * Float.BYTES;
      FloatVector x0 = FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder());
      FloatVector x1 =
          FloatVector.fromMemorySegment(F32, x, at + Lanes.BYTES, ByteOrder.nativeOrder());
      FloatVector y0 = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector y1 =
          FloatVector.fromMemorySegment(F32, y, at + Lanes.BYTES, ByteOrder.nativeOrder());
      s0 = x0.fma(y0, s0);
      s1 = x1.fma(y1, s1);
    }
    return VirtualLanes.sum(s0, s1, s2, s3, s4, s5, s6, s7);
  }
}
