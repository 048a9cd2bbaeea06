package dev.lanewise.kernel.gated.segments;

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
 * Linear unit gated by swish: {@code y = silu(a) b}, {@code silu(a) = a s}, {@code s = 1 / (1 +
 * exp(-a))} (N. Shazeer: GLU Variants Improve Transformer, 2020, section 2).
 *
 * <p>{@code da = dy b (s + a s (1 - s))} and {@code db = dy silu(a)} in one pass, in the form of
 * the kernel Silu: one exponential and one division. As there the curve counts as flat beyond |a| =
 * 87: {@code silu(a)} is {@code a} above and -0 below, where its size and its derivative are less
 * than 2^-118.
 *
 * <p>NaN gives NaN; {@code a} = -infinity is a gate of -0, and products follow IEEE 754. An empty
 * range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= 6 u |y| + 2^-118 |b|}; with {@code t = a s (1 - s)}
 * {@code |da - da'| <= ((8 s + 12 |t|) u + 2^-118) |dy b|} and {@code |db - db'| <= 7 u |db| +
 * 2^-118 |dy|}.
 */
public final class Swiglu {

  /** Where the curve counts as flat: far enough from the 87.3 at which exp(-|x|) is subnormal. */
  private static final float FLAT = 87;

  /** Stands for every size beyond FLAT: exp(-NOTHING) is 0. */
  private static final float NOTHING = 110;

  private Swiglu() {}

  /**
   * {@code y = silu(a) b}.
   *
   * @param a read: the gate
   * @param b read: what is let through
   * @param y overwritten; may be {@code a} or {@code b} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      MemorySegment a, MemorySegment b, MemorySegment y, long begin, long end) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(a, b, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        float size = Math.abs(sa);
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float numerator = sa < 0 ? -(bent * e) : sa;
        y.set(JAVA_FLOAT_UNALIGNED, at, numerator / (e + 1) * b.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(
      MemorySegment a, MemorySegment b, MemorySegment y, long base, int whole) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector size = va.abs();
      FloatVector bent = size.blend(NOTHING, size.compare(VectorOperators.GT, FLAT));
      FloatVector e = Exp.exp(bent.neg());
      VectorMask<Float> negative = va.compare(VectorOperators.LT, 0);
      FloatVector numerator = va.blend(bent.mul(e).neg(), negative);
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      numerator.div(e.add(1)).mul(vb).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code da = dy b silu'(a)}, {@code db = dy silu(a)}.
   *
   * @param a read: as in the forward pass
   * @param b read: as in the forward pass
   * @param dy read
   * @param da overwritten; may be {@code a}, {@code b} or {@code dy} itself
   * @param db overwritten; may be {@code a}, {@code b} or {@code dy} itself, not {@code da}
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment a,
      MemorySegment b,
      MemorySegment dy,
      MemorySegment da,
      MemorySegment db,
      long begin,
      long end) {
    if (a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || da.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, dy, da, db);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(a, b, dy, da, db, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        float size = Math.abs(sa);
        float bent = size > FLAT ? NOTHING : size;
        float e = Exp.exp(-bent);
        float r = 1 / (e + 1);
        float er = e * r;
        float s = sa < 0 ? er : r;
        float signed = sa < 0 ? -bent : bent;
        float derivative = Math.fma(signed, er * r, s);
        float gate = (sa < 0 ? -(bent * e) : sa) * r;
        float sb = b.get(JAVA_FLOAT_UNALIGNED, at);
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        da.set(JAVA_FLOAT_UNALIGNED, at, sdy * sb * derivative);
        db.set(JAVA_FLOAT_UNALIGNED, at, sdy * gate);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardWhole(
      MemorySegment a,
      MemorySegment b,
      MemorySegment dy,
      MemorySegment da,
      MemorySegment db,
      long base,
      int whole) {
    if (a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || da.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, dy, da, db);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector size = va.abs();
      FloatVector bent = size.blend(NOTHING, size.compare(VectorOperators.GT, FLAT));
      FloatVector e = Exp.exp(bent.neg());
      VectorMask<Float> negative = va.compare(VectorOperators.LT, 0);
      FloatVector r = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector er = e.mul(r);
      FloatVector s = r.blend(er, negative);
      FloatVector signed = bent.blend(bent.neg(), negative);
      FloatVector derivative = signed.fma(er.mul(r), s);
      FloatVector gate = va.blend(bent.mul(e).neg(), negative).mul(r);
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(vb).mul(derivative).intoMemorySegment(da, at, ByteOrder.nativeOrder());
      vdy.mul(gate).intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
