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
import jdk.incubator.vector.VectorOperators;

/**
 * The lesser of two elements. NaN in either operand gives NaN; of two equal elements, and so of two
 * zeros, it is {@code b}. Exact. An empty range does nothing.
 */
public final class Min {

  private Min() {}

  /**
   * {@code y = a < b ? a : b}, NaN if one of them is.
   *
   * @param a read
   * @param b read; may be {@code a} itself
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
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
        FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
        FloatVector chosen = vb.blend(va, va.compare(VectorOperators.LT, vb));
        chosen
            .blend(va, va.compare(VectorOperators.NE, va))
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        float sb = b.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, sa < sb || Float.isNaN(sa) ? sa : sb);
      }
    }
  }

  /**
   * The cotangent goes to the operand that was chosen, half of it to each of two equal ones: {@code
   * da = a > b ? 0 : a == b ? dy / 2 : dy}. Where one of them is NaN, both get {@code dy}. The
   * gradient of b is this method with a and b exchanged.
   *
   * @param a read: the operand whose gradient it is
   * @param b read: the other one
   * @param dy read
   * @param da overwritten; may be {@code a}, {@code b} or {@code dy} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment a, MemorySegment b, MemorySegment dy, MemorySegment da, long begin, long end) {
    if (a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || da.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, dy, da);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardWhole(a, b, dy, da, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sa = a.get(JAVA_FLOAT_UNALIGNED, at);
        float sb = b.get(JAVA_FLOAT_UNALIGNED, at);
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        float shared = sa == sb ? sdy * 0.5f : sdy;
        da.set(JAVA_FLOAT_UNALIGNED, at, sa > sb ? 0 : shared);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardWhole(
      MemorySegment a, MemorySegment b, MemorySegment dy, MemorySegment da, long base, int whole) {
    if (a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || da.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, b, dy, da);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      FloatVector shared = vdy.blend(vdy.mul(0.5f), va.compare(VectorOperators.EQ, vb));
      shared
          .blend(0, va.compare(VectorOperators.GT, vb))
          .intoMemorySegment(da, at, ByteOrder.nativeOrder());
    }
  }
}
