package dev.lanewise.kernel.unary.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** One value everywhere, whatever was there before, NaN too. An empty range does nothing. */
public final class Fill {
  private Fill() {}

  /**
   * {@code y = value}.
   *
   * @param value what to write
   * @param y overwritten, never read
   * @param begin first element
   * @param end one past the last element
   */
  public static void fill(float value, MemorySegment y, long begin, long end) {
    if (y.getClass() != NATIVE) {
      throw SegmentClass.notNative(y);
    }
    assert 0 <= begin && begin <= end;
    FloatVector values = FloatVector.broadcast(F32, value);
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int i = 0;
      for (; i <= n - F32_LANES; i += F32_LANES) {
        long at = base + (long) i * Float.BYTES;
        values.intoMemorySegment(y, at, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, value);
      }
    }
  }
}
