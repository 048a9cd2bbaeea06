package dev.lanewise.kernel.cast;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both formats, on segments and on arrays.
 *
 * <p>Arenas are shared ones, as in all tests of kernels: where confined segments have run through
 * the same accesses, C2 was seen to compile loops over four and more segments again and again,
 * boxed, for the class of a segment's session is in its profile too.
 */
class CastTest {
  private static final int ALL = 1 << 16;

  @FunctionalInterface
  interface Widen {
    void run(short[] h, float[] x, int begin, int end);
  }

  @FunctionalInterface
  interface Narrow {
    void run(float[] x, short[] h, int begin, int end);
  }

  /** A format in one form of its kernel, and one element of it as the JDK or the bits have it. */
  record Format(String name, Widen widen, Narrow narrow, boolean brain) {
    float widened(short h) {
      return brain ? Float.intBitsToFloat(h << 16) : Float.float16ToFloat(h);
    }

    /** The nearer of two neighbours, the even one if both are as near: by values, not by bits. */
    short narrowed(float x) {
      if (!brain) {
        return Float.floatToFloat16(x);
      }
      short towardsZero = (short) (Float.floatToRawIntBits(x) >>> 16);
      short away = (short) (towardsZero + 1);
      double gap = Math.abs((double) x - widened(towardsZero));
      float beyond = widened(away);
      double next = Float.isInfinite(beyond) ? Math.copySign(0x1p128, x) : beyond;
      double rest = Math.abs(next - x);
      return gap < rest || (gap == rest && towardsZero % 2 == 0) ? towardsZero : away;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Format> formats() {
    return Stream.of(
        new Format(
            "bf16 on arrays",
            (a, b, i, n) -> dev.lanewise.kernel.cast.arrays.Bf16.widen(a, 0, b, 0, i, n),
            (a, b, i, n) -> dev.lanewise.kernel.cast.arrays.Bf16.narrow(a, 0, b, 0, i, n),
            true),
        new Format(
            "bf16 on segments",
            (h, x, i, n) ->
                onSegments(h, x, true, dev.lanewise.kernel.cast.segments.Bf16::widen, i, n),
            (x, h, i, n) ->
                onSegments(h, x, false, dev.lanewise.kernel.cast.segments.Bf16::narrow, i, n),
            true),
        new Format(
            "f16 on arrays",
            (a, b, i, n) -> dev.lanewise.kernel.cast.arrays.F16.widen(a, 0, b, 0, i, n),
            (a, b, i, n) -> dev.lanewise.kernel.cast.arrays.F16.narrow(a, 0, b, 0, i, n),
            false),
        new Format(
            "f16 on segments",
            (h, x, i, n) ->
                onSegments(h, x, true, dev.lanewise.kernel.cast.segments.F16::widen, i, n),
            (x, h, i, n) ->
                onSegments(h, x, false, dev.lanewise.kernel.cast.segments.F16::narrow, i, n),
            false));
  }

  @FunctionalInterface
  interface SegmentKernel {
    void run(MemorySegment from, MemorySegment to, long begin, long end);
  }

  private static void onSegments(
      short[] h, float[] x, boolean widen, SegmentKernel kernel, int begin, int end) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment hs = arena.allocateFrom(JAVA_SHORT, h);
      MemorySegment xs = arena.allocateFrom(JAVA_FLOAT, x);
      kernel.run(widen ? hs : xs, widen ? xs : hs, begin, end);
      MemorySegment.copy(hs, JAVA_SHORT, 0, h, 0, h.length);
      MemorySegment.copy(xs, JAVA_FLOAT, 0, x, 0, x.length);
    }
  }

  private static short[] allShorts() {
    short[] all = new short[ALL];
    for (int i = 0; i < ALL; i++) {
      all[i] = (short) i;
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("formats")
  void wideningIsExactForEveryValue(Format format) {
    short[] h = allShorts();
    float[] x = new float[ALL];
    format.widen().run(h, x, 0, ALL);
    for (int i = 0; i < ALL; i++) {
      assertEquals(format.widened(h[i]), x[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void narrowingGivesBackEveryWidenedValue(Format format) {
    short[] h = allShorts();
    float[] x = new float[ALL];
    format.widen().run(h, x, 0, ALL);
    short[] back = new short[ALL];
    format.narrow().run(x, back, 0, ALL);
    for (int i = 0; i < ALL; i++) {
      if (Float.isNaN(x[i])) {
        assertTrue(Float.isNaN(format.widened(back[i])), "NaN " + Integer.toHexString(i));
      } else {
        assertEquals(h[i], back[i]);
      }
    }
  }

  /** Around every value of the format: just off it, just off the middle and in the middle. */
  @ParameterizedTest
  @MethodSource("formats")
  void narrowingRoundsToNearestTiesToEven(Format format) {
    int[] offsets =
        format.brain()
            ? new int[] {1, 0x7fff, 0x8000, 0x8001, 0xffff}
            : new int[] {1, 0xfff, 0x1000, 0x1001, 0x1fff};
    float[] x = new float[ALL];
    short[] h = new short[ALL];
    for (int offset : offsets) {
      for (int i = 0; i < ALL; i++) {
        x[i] = Float.intBitsToFloat(Float.floatToRawIntBits(format.widened((short) i)) + offset);
      }
      format.narrow().run(x, h, 0, ALL);
      for (int i = 0; i < ALL; i++) {
        if (Float.isNaN(x[i])) {
          assertTrue(Float.isNaN(format.widened(h[i])));
        } else {
          assertEquals(format.narrowed(x[i]), h[i], "x = " + Float.toHexString(x[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void aRangeHasTheSameBitsAndLeavesTheRest(Format format) {
    SplittableRandom random = new SplittableRandom(1);
    for (int n : AwkwardSizes.lengths()) {
      int all = n + 10;
      short[] h = new short[all];
      float[] x = new float[all];
      for (int i = 0; i < all; i++) {
        h[i] = (short) random.nextInt(0x7c00);
        x[i] = (float) random.nextGaussian();
      }
      float[] wide = x.clone();
      format.widen().run(h, wide, 3, 3 + n);
      short[] narrow = h.clone();
      format.narrow().run(x, narrow, 3, 3 + n);
      for (int i = 0; i < all; i++) {
        boolean inside = i >= 3 && i < 3 + n;
        assertEquals(inside ? format.widened(h[i]) : x[i], wide[i]);
        assertEquals(inside ? format.narrowed(x[i]) : h[i], narrow[i]);
      }
    }
  }

  /** A signalling NaN whose payload lies in the lower half must not become an infinity. */
  @Test
  void everyNanBecomesAQuietOne() {
    float[] x = new float[67];
    Arrays.fill(x, Float.intBitsToFloat(0x7f800001));
    short[] h = new short[67];
    dev.lanewise.kernel.cast.arrays.Bf16.narrow(x, 0, h, 0, 0, 67);
    short[] expected = new short[67];
    Arrays.fill(expected, (short) 0x7fc0);
    assertArrayEquals(expected, h);
  }

  @Test
  void nothingIsAllocated() {
    int n = 1021;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment hs = arena.allocate(JAVA_SHORT, n);
      MemorySegment xs = arena.allocate(JAVA_FLOAT, n);
      short[] h = new short[n];
      float[] x = new float[n];
      assertEquals(
          0,
          AllocatedBytes.perCall(
              200,
              200,
              () -> {
                dev.lanewise.kernel.cast.segments.Bf16.narrow(xs, hs, 1, n);
                dev.lanewise.kernel.cast.segments.Bf16.widen(hs, xs, 1, n);
                dev.lanewise.kernel.cast.segments.F16.narrow(xs, hs, 1, n);
                dev.lanewise.kernel.cast.segments.F16.widen(hs, xs, 1, n);
                dev.lanewise.kernel.cast.arrays.Bf16.narrow(x, 0, h, 0, 1, n);
                dev.lanewise.kernel.cast.arrays.Bf16.widen(h, 0, x, 0, 1, n);
                dev.lanewise.kernel.cast.arrays.F16.narrow(x, 0, h, 0, 1, n);
                dev.lanewise.kernel.cast.arrays.F16.widen(h, 0, x, 0, 1, n);
              }));
      MemorySegment heap = MemorySegment.ofArray(x);
      assertThrows(
          IllegalArgumentException.class,
          () -> dev.lanewise.kernel.cast.segments.Bf16.narrow(heap, hs, 0, n));
      assertThrows(
          IllegalArgumentException.class,
          () -> dev.lanewise.kernel.cast.segments.F16.widen(hs, heap, 0, n));
    }
  }
}
