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
 * A choice between two elements. A condition is a float: 0 and -0 mean no, everything else, NaN
 * too, yes. Exact. An empty range does nothing.
 */
public final class Where {

  private Where() {}

  /**
   * {@code y = condition != 0 ? a : b}.
   *
   * @param condition read
   * @param a read
   * @param b read
   * @param y overwritten; may be any of the others
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(
      MemorySegment condition,
      MemorySegment a,
      MemorySegment b,
      MemorySegment y,
      long begin,
      long end) {
    if (condition.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(condition, a, b, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(condition, a, b, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float chosen =
            condition.get(JAVA_FLOAT_UNALIGNED, at) != 0
                ? a.get(JAVA_FLOAT_UNALIGNED, at)
                : b.get(JAVA_FLOAT_UNALIGNED, at);
        y.set(JAVA_FLOAT_UNALIGNED, at, chosen);
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(
      MemorySegment condition,
      MemorySegment a,
      MemorySegment b,
      MemorySegment y,
      long base,
      int whole) {
    if (condition.getClass() != NATIVE
        || a.getClass() != NATIVE
        || b.getClass() != NATIVE
        || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(condition, a, b, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      FloatVector vc = FloatVector.fromMemorySegment(F32, condition, at, ByteOrder.nativeOrder());
      FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
      FloatVector vb = FloatVector.fromMemorySegment(F32, b, at, ByteOrder.nativeOrder());
      vb.blend(va, vc.compare(VectorOperators.NE, 0))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }

  /**
   * {@code da = condition != 0 ? dy : 0}: the gradient of what is chosen where the condition holds.
   *
   * @param condition read: as in the forward pass
   * @param dy read
   * @param da overwritten; may be {@code condition} or {@code dy} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backward(
      MemorySegment condition, MemorySegment dy, MemorySegment da, long begin, long end) {
    if (condition.getClass() != NATIVE || dy.getClass() != NATIVE || da.getClass() != NATIVE) {
      throw SegmentClass.notNative(condition, dy, da);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
        FloatVector vc = FloatVector.fromMemorySegment(F32, condition, at, ByteOrder.nativeOrder());
        vdy.blend(0, vc.compare(VectorOperators.EQ, 0))
            .intoMemorySegment(da, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        da.set(JAVA_FLOAT_UNALIGNED, at, condition.get(JAVA_FLOAT_UNALIGNED, at) == 0 ? 0 : sdy);
      }
    }
  }

  /**
   * {@code db = condition != 0 ? 0 : dy}: the gradient of what is chosen elsewhere.
   *
   * @param condition read: as in the forward pass
   * @param dy read
   * @param db overwritten; may be {@code condition} or {@code dy} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void backwardOther(
      MemorySegment condition, MemorySegment dy, MemorySegment db, long begin, long end) {
    if (condition.getClass() != NATIVE || dy.getClass() != NATIVE || db.getClass() != NATIVE) {
      throw SegmentClass.notNative(condition, dy, db);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector vdy = FloatVector.fromMemorySegment(F32, dy, at, ByteOrder.nativeOrder());
        FloatVector vc = FloatVector.fromMemorySegment(F32, condition, at, ByteOrder.nativeOrder());
        vdy.blend(0, vc.compare(VectorOperators.NE, 0))
            .intoMemorySegment(db, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        float sdy = dy.get(JAVA_FLOAT_UNALIGNED, at);
        db.set(JAVA_FLOAT_UNALIGNED, at, condition.get(JAVA_FLOAT_UNALIGNED, at) != 0 ? 0 : sdy);
      }
    }
  }
}
