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
 * Quotients of elements, {@code y = a / b}. NaN, infinities and division by zero follow IEEE 754.
 * An empty range does nothing.
 *
 * <p>The quotient is rounded once. The gradient of a is {@link #forward} of dy and b. That of b is
 * {@code db = -(dy / b) y}, {@code |db - db'| <= 3 u |db|} with u = 2^-24 where nothing underflows:
 * the roundings of the quotient, of y and of the product.
 */
public final class Div {

  private Div() {}

  /**
   * {@code y = a / b}.
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
        va.div(vb).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            a.get(JAVA_FLOAT_UNALIGNED, at) / b.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }

  /**
   * {@code db = -(dy / b) y}.
   *
   * @param b read: the divisor of the forward pass
   * @param y read: the quotient of the forward pass
   * @param dy read
   * @param db overwritten; may be {@code b}, {@code y} or {@code dy} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backwardDivisor(
      MemorySegment b, MemorySegment y, MemorySegment dy, MemorySegment db, long begin, long end) {
    if (b.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, y, dy, db);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        backwardDivisorWhole(b, y, dy, db, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        db.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            -(dy.get(JAVA_FLOAT_UNALIGNED, at)
                / b.get(JAVA_FLOAT_UNALIGNED, at)
                * y.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void backwardDivisorWhole(
      MemorySegment b, MemorySegment y, MemorySegment dy, MemorySegment db, long base, int whole) {
    if (b.getClass() != NATIVE
        || y.getClass() != NATIVE
        || dy.getClass() != NATIVE
        || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(b, y, dy, db);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
      FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
      vdy.div(vb).mul(vy).neg().intoMemorySegment(db, at, ByteOrder.nativeOrder());
    }
  }
}
