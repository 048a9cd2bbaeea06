package dev.lanewise.kernel.cast.segments;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I16;
import static dev.lanewise.simd.Lanes.I32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Conversion to and from bfloat16: the upper half of a float, 8 bits of precision at the full range
 * (S. Wang, P. Kanwar: BFloat16: The Secret to High Performance on Cloud TPUs, 2019).
 *
 * <p>Widening is exact, for NaN too. Narrowing rounds to nearest, ties to even: the error is at
 * most {@code 2^-9 |x|}, in the subnormal range {@code 2^-134}; what rounds beyond the largest
 * bfloat16 becomes an infinity, NaN stays NaN and becomes quiet. An empty range does nothing.
 *
 * <p>Two elements lie in one lane of ints, on which everything is done, so no vector changes its
 * shape.
 */
public final class Bf16 {
  /** Elements per turn: a vector of pairs. */
  private static final int STEP = 2 * F32_LANES;

  private static final int UPPER = 0xffff0000;
  private static final int INFINITY = 0x7f800000;
  private static final int QUIET = 0x00400000;

  /** Just below one half of the last bit that is kept. */
  private static final int HALF = 0x7fff;

  // Even and odd elements of two vectors, put together and taken apart.
  private static final VectorShuffle<Integer> ZIP_LOWER = VectorShuffle.makeZip(I32, 0);
  private static final VectorShuffle<Integer> ZIP_UPPER = VectorShuffle.makeZip(I32, 1);
  private static final VectorShuffle<Integer> EVENS = VectorShuffle.makeUnzip(I32, 0);
  private static final VectorShuffle<Integer> ODDS = VectorShuffle.makeUnzip(I32, 1);

  private Bf16() {}

  /**
   * {@code y = h}, from bfloat16 to float.
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
      long next = (long) F32_LANES * Float.BYTES;
      int i = 0;
      for (; i <= n - STEP; i += STEP) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        IntVector pairs =
            ShortVector.fromMemorySegment(I16, h, half, ByteOrder.nativeOrder())
                .reinterpretAsInts();
        IntVector evens = pairs.lanewise(VectorOperators.LSHL, 16);
        IntVector odds = pairs.and(UPPER);
        evens
            .rearrange(ZIP_LOWER, odds)
            .reinterpretAsFloats()
            .intoMemorySegment(y, at, ByteOrder.nativeOrder());
        evens
            .rearrange(ZIP_UPPER, odds)
            .reinterpretAsFloats()
            .intoMemorySegment(y, at + next, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        y.set(JAVA_FLOAT_UNALIGNED, at, widen(h.get(JAVA_SHORT_UNALIGNED, half)));
      }
    }
  }

  /** One element. */
  public static float widen(short x) {
    return Float.intBitsToFloat(x << 16);
  }

  /**
   * {@code h = x}, from float to bfloat16.
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
      long next = (long) F32_LANES * Float.BYTES;
      int i = 0;
      for (; i <= n - STEP; i += STEP) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        IntVector lower =
            FloatVector.fromMemorySegment(F32, x, at, ByteOrder.nativeOrder()).reinterpretAsInts();
        IntVector upper =
            FloatVector.fromMemorySegment(F32, x, at + next, ByteOrder.nativeOrder())
                .reinterpretAsInts();
        VectorMask<Integer> lowerNan =
            lower.and(Integer.MAX_VALUE).compare(VectorOperators.GT, INFINITY);
        VectorMask<Integer> upperNan =
            upper.and(Integer.MAX_VALUE).compare(VectorOperators.GT, INFINITY);
        IntVector lowerLast = lower.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector upperLast = upper.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector r0 = lower.add(HALF).add(lowerLast).blend(lower.or(QUIET), lowerNan);
        IntVector r1 = upper.add(HALF).add(upperLast).blend(upper.or(QUIET), upperNan);
        IntVector evens = r0.rearrange(EVENS, r1).lanewise(VectorOperators.LSHR, 16);
        IntVector odds = r0.rearrange(ODDS, r1).and(UPPER);
        evens.or(odds).reinterpretAsShorts().intoMemorySegment(h, half, ByteOrder.nativeOrder());
      }
      for (; i < n; i++) {
        long at = base + (long) i * Float.BYTES;
        long half = halfBase + (long) i * Short.BYTES;
        h.set(JAVA_SHORT_UNALIGNED, half, narrow(x.get(JAVA_FLOAT_UNALIGNED, at)));
      }
    }
  }

  /** One element, rounded to nearest, ties to even. */
  public static short narrow(float x) {
    int bits = Float.floatToRawIntBits(x);
    int rounded = Float.isNaN(x) ? bits | QUIET : bits + HALF + (bits >>> 16 & 1);
    return (short) (rounded >>> 16);
  }
}
