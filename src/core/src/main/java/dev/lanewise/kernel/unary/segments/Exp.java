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

/**
 * The exponential function, {@code y = e^x}. The error, NaN, infinities and subnormal results are
 * those of {@link dev.lanewise.simd.math.Exp#exp(float)}: 0.90 ULP. An empty range does nothing.
 * The gradient is {@code dx = dy y}: see Mul.
 */
public final class Exp {

  private Exp() {}

  /**
   * {@code y = e^x}.
   *
   * @param x read
   * @param y overwritten; may be {@code x} itself
   * @param begin first element
   * @param end one past the last element
   */
  public static void forward(MemorySegment x, MemorySegment y, long begin, long end) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      int whole = n - n % F32_LANES;
      if (whole > 0) {
        forwardWhole(x, y, base, whole);
      }
      for (int i = whole; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        y.set(
            JAVA_FLOAT_UNALIGNED,
            at,
            dev.lanewise.simd.math.Exp.exp(x.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /** Whole vectors, in a method of their own that runs at least one: see {@link Blocks}. */
  private static void forwardWhole(MemorySegment x, MemorySegment y, long base, int whole) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, y);
    }
    for (int i = 0; i < whole; i += F32_LANES) {
      long at = base + (long) i * Float.BYTES;
      dev.lanewise.simd.math.Exp.exp(
              FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()))
          .intoMemorySegment(y, at, ByteOrder.nativeOrder());
    }
  }
}
