package dev.lanewise.kernel.gated.segments;

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
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Linear unit gated by GELU in its tanh form: {@code y = gelu(a) b} (N. Shazeer: GLU Variants
 * Improve Transformer, 2020, section 2).
 *
 * <p>{@code da = dy b gelu'(a)} and {@code db = dy gelu(a)} in one pass, in the form of the kernel
 * Gelu, with {@code e = exp(-2 |u(a)|)} and {@code s} the sigmoid of {@code 2 u(a)}: one
 * exponential and one division. As there the curve counts as flat beyond |a| = 8: {@code gelu(a)}
 * is {@code a} above and -0 below, where its size is less than 2^-67 and its derivative less than
 * 2^-63.
 *
 * <p>NaN gives NaN; {@code a} = -infinity is a gate of -0, and products follow IEEE 754. An empty
 * range does nothing.
 *
 * <p>Error, u = 2^-24: {@code |y - y'| <= (4 |2 u(a)| + 7) u |y| + 2^-67 |b|}; with {@code t} the
 * second term of gelu' {@code |da - da'| <= (((4 |2 u(a)| + 9) s + (4 |2 u(a)| + 19) |t|) u +
 * 2^-63) |dy b|} and {@code |db - db'| <= (4 |2 u(a)| + 8) u |db| + 2^-67 |dy|}.
 */
public final class Geglu {

  private Geglu() {}

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
        float bent = size > FLAT ? FLAT : size;
        float square = bent * bent;
        float slope = Math.fma(square, -TWO_CK, -TWO_C);
        float e = size > FLAT ? 0 : Exp.exp(bent * slope);
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
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      VectorMask<Float> negative = va.compare(VectorOperators.LT, 0);
      FloatVector bent = size.blend(FLAT, flat);
      FloatVector square = bent.mul(bent);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = Exp.exp(bent.mul(slope)).blend(0, flat);
      FloatVector numerator = va.blend(bent.mul(e).neg(), negative);
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      numerator.div(e.add(1)).mul(vb).intoMemorySegment(y, at, ByteOrder.nativeOrder());
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
        float bent = size > FLAT ? FLAT : size;
        float square = bent * bent;
        float slope = Math.fma(square, -TWO_CK, -TWO_C);
        float e = size > FLAT ? 0 : Exp.exp(bent * slope);
        float r = 1 / (e + 1);
        float s = sa < 0 ? e * r : r;
        float signed = sa < 0 ? -bent : bent;
        float inner = Math.fma(square, SIX_CK, TWO_C);
        float derivative = Math.fma(signed * inner, e * (r * r), s);
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
      VectorMask<Float> flat = size.compare(VectorOperators.GT, FLAT);
      VectorMask<Float> negative = va.compare(VectorOperators.LT, 0);
      FloatVector bent = size.blend(FLAT, flat);
      FloatVector square = bent.mul(bent);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = Exp.exp(bent.mul(slope)).blend(0, flat);
      FloatVector r = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector s = r.blend(e.mul(r), negative);
      FloatVector signed = bent.blend(bent.neg(), negative);
      FloatVector inner =
          square.fma(FloatVector.broadcast(F32, SIX_CK), FloatVector.broadcast(F32, TWO_C));
      FloatVector derivative = signed.mul(inner).fma(e.mul(r.mul(r)), s);
      FloatVector gate = va.blend(bent.mul(e).neg(), negative).mul(r);
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(vb).mul(derivative).intoMemorySegment(da, at, ByteOrder.nativeOrder());
      vdy.mul(gate).intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
