package dev.lanewise.kernel.cast.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lanewise.kernel.cast.F16Stage;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;

/**
 * Conversion to and from binary16 of IEEE 754: 11 bits of precision between 2^-24 and 65504.
 *
 * <p>Widening is exact. Narrowing rounds to nearest, ties to even: the error is at most {@code
 * 2^-11 |x|}, in the subnormal range {@code 2^-25}; from 65520 on the result is an infinity. NaN
 * stays NaN. An empty range does nothing.
 *
 * <p>Blocks go through arrays, where C2 makes vectors of the conversions of the JDK, which on
 * segments it leaves one by one.
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
    F16Stage stage = F16Stage.borrow();
    for (long at = begin; at < end; at += F16Stage.ELEMENTS) {
      int n = (int) Math.min(F16Stage.ELEMENTS, end - at);
      MemorySegment.copy(h, JAVA_SHORT_UNALIGNED, at * Short.BYTES, stage.halves, 0, n);
      dev.lanewise.kernel.cast.arrays.F16.widen(stage.halves, 0, stage.floats, 0, 0, n);
      MemorySegment.copy(stage.floats, 0, y, JAVA_FLOAT_UNALIGNED, at * Float.BYTES, n);
    }
    stage.giveBack();
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
    F16Stage stage = F16Stage.borrow();
    for (long at = begin; at < end; at += F16Stage.ELEMENTS) {
      int n = (int) Math.min(F16Stage.ELEMENTS, end - at);
      MemorySegment.copy(x, JAVA_FLOAT_UNALIGNED, at * Float.BYTES, stage.floats, 0, n);
      dev.lanewise.kernel.cast.arrays.F16.narrow(stage.floats, 0, stage.halves, 0, 0, n);
      MemorySegment.copy(stage.halves, 0, h, JAVA_SHORT_UNALIGNED, at * Short.BYTES, n);
    }
    stage.giveBack();
  }
}
