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
 * Gelu, with {@code e = exp(-2 u(a))} and {@code s} the sigmoid of {@code 2 u(a)}: one exponential
 * and one division. As there the curve counts as flat beyond |a| = 8: {@code gelu(a)} is {@code a}
 * above and -0 below, where its size is less than 2^-67 and its derivative less than 2^-63.
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
        float e = Exp.exp(sa * Math.fma(sa * sa, -TWO_CK, -TWO_C));
        float gate = sa > FLAT ? sa : sa < -FLAT ? -0f : sa / (e + 1);
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
      FloatVector slope =
          va.mul(va).fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector gate = va.div(Exp.normal(va.mul(slope)).add(1));
      if (va.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        gate =
            gate.blend(va, va.compare(VectorOperators.GT, FLAT))
                .blend(-0f, va.compare(VectorOperators.LT, -FLAT));
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
        float square = sa * sa;
        float e = Exp.exp(sa * Math.fma(square, -TWO_CK, -TWO_C));
        float s = 1 / (e + 1);
        float inner = Math.fma(square, SIX_CK, TWO_C);
        float curved = Math.fma(sa * inner, e * s, 1) * s;
        float derivative = sa > FLAT ? 1 : sa < -FLAT ? 0 : curved;
        float gate = sa > FLAT ? sa : sa < -FLAT ? -0f : sa * s;
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
      FloatVector square = va.mul(va);
      FloatVector slope =
          square.fma(FloatVector.broadcast(F32, -TWO_CK), FloatVector.broadcast(F32, -TWO_C));
      FloatVector e = Exp.normal(va.mul(slope));
      FloatVector s = FloatVector.broadcast(F32, 1).div(e.add(1));
      FloatVector inner =
          square.fma(FloatVector.broadcast(F32, SIX_CK), FloatVector.broadcast(F32, TWO_C));
      FloatVector derivative = va.mul(inner).fma(e.mul(s), FloatVector.broadcast(F32, 1)).mul(s);
      FloatVector gate = va.mul(s);
      if (va.abs().compare(VectorOperators.GT, FLAT).anyTrue()) {
        VectorMask<Float> above = va.compare(VectorOperators.GT, FLAT);
        VectorMask<Float> below = va.compare(VectorOperators.LT, -FLAT);
        derivative = derivative.blend(1, above).blend(0, below);
        gate = gate.blend(va, above).blend(-0f, below);
      }
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.mul(vb).mul(derivative).intoMemorySegment(da, at, ByteOrder.nativeOrder());
      vdy.mul(gate).intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
