package dev.lanewise.kernel.gated.segments;

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
 * Linear unit gated by GELU: {@code y = gelu(a) b}, {@code gelu(a) = a Phi(a)} (N. Shazeer: GLU
 * Variants Improve Transformer, 2020, section 2).
 *
 * <p>{@code da = dy b gelu'(a)} and {@code db = dy gelu(a)} in one pass, in the form of the kernel
 * GeluErf, with {@code e = exp(-a^2 / 2)} and {@code Q = Phi(-|a|)}: one exponential and one
 * division. As there the curve counts as flat beyond |a| = 12.5: {@code gelu(a)} is {@code a} above
 * and 0 below, where its size is less than 2^-114 and its derivative less than 2^-110.
 *
 * <p>NaN gives NaN; {@code a} = -infinity is a gate of 0, and products follow IEEE 754. An empty
 * range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (((a^2 / 2 + 13) |a| Q + 2 |gelu(a)|) u + 2^-114) |b|},
 * the same for db with dy for b; {@code |da - da'| <= (((a^2 / 2 + 14) (Q + |a| e / sqrt(2 pi)) + 5
 * Phi) u + 2^-110) |dy b|}.
 */
public final class GegluErf {

  private GegluErf() {}

  /**
   * {@code y = gelu(a) b}.
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
        float tail = NormalTail.scaled(size) * Exp.share(size * size * -0.5f);
        float above = sa < 0 ? 0 : sa;
        float gate = size > FLAT ? above : Math.fma(-size, tail, above);
        y.set(JAVA_FLOAT_UNALIGNED, at, gate * b.get(JAVA_FLOAT_UNALIGNED, at));
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
      FloatVector tail = NormalTail.scaled(size).mul(Exp.share(size.mul(size).mul(-0.5f)));
      FloatVector above = va.blend(0, va.compare(VectorOperators.LT, 0));
      FloatVector gate = size.neg().fma(tail, above);
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      if (flat.anyTrue()) {
        gate = gate.blend(above, flat);
      }
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      gate.mul(vb).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code da = dy b gelu'(a)}, {@code db = dy gelu(a)}.
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
        float e = Exp.share(size * size * -0.5f);
        float tail = NormalTail.scaled(size) * e;
        float curved = Math.fma(sa * e, DENSITY, sa < 0 ? tail : 1 - tail);
        float derivative = sa > FLAT ? 1 : sa < -FLAT ? 0 : curved;
        float above = sa < 0 ? 0 : sa;
        float gate = size > FLAT ? above : Math.fma(-size, tail, above);
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
      VectorMask<Float> negative = va.compare(VectorOperators.LT, 0);
      FloatVector e = Exp.share(size.mul(size).mul(-0.5f));
      FloatVector tail = NormalTail.scaled(size).mul(e);
      FloatVector phi = FloatVector.broadcast(F32, 1).sub(tail).blend(tail, negative);
      FloatVector derivative = va.mul(e).fma(FloatVector.broadcast(F32, DENSITY), phi);
      FloatVector above = va.blend(0, negative);
      FloatVector gate = size.neg().fma(tail, above);
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      if (flat.anyTrue()) {
        FloatVector ends = FloatVector.broadcast(F32, 1).blend(0, negative);
        derivative = derivative.blend(ends, flat);
        gate = gate.blend(above, flat);
      }
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(vb).mul(derivative).intoMemorySegment(da, at, ByteOrder.nativeOrder());
      vdy.mul(gate).intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
