package dev.lanewise.kernel.cast.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/**
 * Conversion to and from binary16 of IEEE 754: 11 bits of precision between 2^-24 and 65504.
 *
 * <p>Widening is exact. Narrowing rounds to nearest, ties to even: the error is at most {@code
 * 2^-11 |x|}, in the subnormal range {@code 2^-25}; from 65520 on the result is an infinity. NaN
 * stays NaN. An empty range does nothing.
 *
 * <p>A plain loop over the conversions of the JDK, which are single instructions: C2 makes vectors
 * of it on arrays.
 */
public final class F16 {
  private F16() {}

  /**
   * {@code y = h}, from binary16 to float.
   *
   * @param h read: elements of 2 bytes
   * @param y overwritten: elements of 4 bytes; must not overlap {@code h}
   * @param begin first element
   * @param end one past the last element
   */
  public static void widen(MemorySegment h, MemorySegment y, long begin, long end) {
    if (h.getClass() != NATIVE || y.getClass() != NATIVE) {
      throw SegmentClass.notNative(h, y);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      long halfBase = block * Short.BYTES;
      for (int i = 0; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, Float.float16ToFloat(h.get(JAVA_SHORT_UNALIGNED, half)));
      }
    }
  }

  /**
   * {@code h = x}, from float to binary16.
   *
   * @param x read: elements of 4 bytes
   * @param h overwritten: elements of 2 bytes; must not overlap {@code x}
   * @param begin first element
   * @param end one past the last element
   */
  public static void narrow(MemorySegment x, MemorySegment h, long begin, long end) {
    if (x.getClass() != NATIVE || h.getClass() != NATIVE) {
      throw SegmentClass.notNative(x, h);
    }
    assert 0 <= begin && begin <= end;
    for (long block = begin; block < end; block += Blocks.ELEMENTS) {
      int n = (int) Math.min(Blocks.ELEMENTS, end - block);
      long base = block * Float.BYTES;
      long halfBase = block * Short.BYTES;
      for (int i = 0; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        h.set(JAVA_SHORT_UNALIGNED, half, Float.floatToFloat16(x.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }
}
