package dev.lanewise.kernel.arithmetic.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Linear interpolation, {@code y = a + w (b - a)}, with one weight for all elements or one for
 * each.
 *
 * <p>At w = 0 this is {@code a}; at w = 1 it is {@code b} but for the rounding of b - a. NaN and
 * infinities follow IEEE 754. An empty range does nothing.
 *
 * <p>Error: {@code |y - y'| <= u (|w (b - a)| + |y|)}, u = 2^-24. Gradients: {@code da = dy - w dy}
 * and {@code dw = dy (b - a)} with {@code |da - da'| <= u (|w dy| + |da|)} and {@code 2 u |dw|},
 * {@code db = w dy} rounded once. With one weight for all they are {@code (1 - w) dy} and {@code w
 * dy}: see Scale.
 */
public final class Lerp {

  private Lerp() {}

  /**
   * {@code y = a + weight (b - a)}, one weight for all: also the step of an exponential moving
   * average.
   *
   * @param weight the weight of {@code b}
   * @param a read
   * @param b read; may be {@code a} itself
   * @param y overwritten; may be {@code a} or {@code b} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      float weight, MemorySegment a, MemorySegment b, MemorySegment y, long begin, long end) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, y);
    }
    assert 0 <= begin && begin <= end;
    FloatVector weights = FloatVector.broadcast(F32, weight);
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
        FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
        vb.sub(va).fma(weights, va).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, Math.fma(b.get(JAVA_FLOAT_UNALIGNED, at) - sa, weight, sa));
      }
    }
  }

  /**
   * {@code y = a + w (b - a)}, a weight for each element.
   *
   * @param w read: the weights of {@code b}
   * @param a read
   * @param b read
   * @param y overwritten; may be any of the others
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      MemorySegment w, MemorySegment a, MemorySegment b, MemorySegment y, long begin, long end) {
    if (w.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, a, b, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(w, a, b, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            Math.fma(b.get(JAVA_FLOAT_UNALIGNED, at) - sa, w.get(JAVA_FLOAT_UNALIGNED, at), sa));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(
      MemorySegment w, MemorySegment a, MemorySegment b, MemorySegment y, long base, int whole) {
    if (w.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, a, b, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vb.sub(va).fma(vw, va).intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code dw = dy (b - a)}, {@code da = dy - w dy}, {@code db = w dy}.
   *
   * @param w read: as in the forward pass
   * @param a read: as in the forward pass
   * @param b read: as in the forward pass
   * @param dy read
   * @param dw overwritten; may be any of the above
   * @param da overwritten; may be any of the above, not {@code dw}
   * @param db overwritten; may be any of the above, neither {@code dw} nor {@code da}
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment w,
      MemorySegment a,
      MemorySegment b,
      MemorySegment dy,
      MemorySegment dw,
      MemorySegment da,
      MemorySegment db,
      long begin,
      long end) {
    if (w.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dw.getClass() != NATIVE
        || da.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, a, b, dy, dw, da, db);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(w, a, b, dy, dw, da, db, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        float difference = b.get(JAVA_FLOAT_UNALIGNED, at) - a.get(JAVA_FLOAT_UNALIGNED, at);
        float sdb = w.get(JAVA_FLOAT_UNALIGNED, at) * sdy;
        dw.set(JAVA_FLOAT_UNALIGNED, at, difference * sdy);
        da.set(JAVA_FLOAT_UNALIGNED, at, sdy - sdb);
        db.set(JAVA_FLOAT_UNALIGNED, at, sdb);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardWhole(
      MemorySegment w,
      MemorySegment a,
      MemorySegment b,
      MemorySegment dy,
      MemorySegment dw,
      MemorySegment da,
      MemorySegment db,
      long base,
      int whole) {
    if (w.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || dw.getClass() != NATIVE
        || da.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(w, a, b, dy, dw, da, db);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vw = FloatVector.fromMemorySegment(F32, w, at, ByteOrder.nativeOrder());
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector vdb = vw.mul(vdy);
      vb.sub(va).mul(vdy).intoMemorySegment(dw, at, ByteOrder.nativeOrder());
      vdy.sub(vdb).intoMemorySegment(da, at, ByteOrder.nativeOrder());
      vdb.intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
