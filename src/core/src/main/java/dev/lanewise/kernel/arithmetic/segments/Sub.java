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
 * Differences of elements. Each result is rounded once; NaN and infinities follow IEEE 754. An
 * empty range does nothing. The gradients are {@code da = dy} and {@code db = -dy}, which {@link
 * #accumulate} adds to what is there.
 */
public final class Sub {

  private Sub() {}

  /**
   * {@code y = a - b}.
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
        va.sub(vb).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            a.get(JAVA_FLOAT_UNALIGNED, at) - b.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }

  /**
   * {@code y -= a}.
   *
   * @param a read; may be {@code y} itself
   * @param y accumulated into
   * @param begin first element
   * @param end one past the last element
   */
  public static void accumulate(MemorySegment a, MemorySegment y, long begin, long end) {
    if (a.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(a, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        FloatVector va = FloatVector.fromMemorySegment(F32, a, at, ByteOrder.nativeOrder());
        FloatVector vy = FloatVector.fromMemorySegment(F32, y, at, ByteOrder.nativeOrder());
        vy.sub(va).intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            y.get(JAVA_FLOAT_UNALIGNED, at) - a.get(JAVA_FLOAT_UNALIGNED, at));
      }
    }
  }
}
