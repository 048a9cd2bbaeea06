package dev.lanewise.kernel.random;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.loop.Blocks;
import dev.lanewise.kernel.random.segments.Dropout;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DropoutTest {
  private static final long SEED = 0xfedcba9876543210L;
  private static final int STREAM = -7;
  private static final long STEP = 0x0123456789L;

  private static float[] values(int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian() + 5;
    }
    return x;
  }

  private static float[] expected(float p, float[] x, float[] y, int begin, int end) {
    float scale = (float) (1 / (1 - (double) p));
    float[] expected = y.clone();
    for (int i = begin; i < end; i++) {
      double uniform = (Philox.word(SEED, STREAM, STEP, i) >>> 8) * 0x1p-24;
      expected[i] = uniform < p ? 0 : x[i] * scale;
    }
    return expected;
  }

  @Test
  void everyElementHasTheBitsOfItsOwnRandomWordInBothForms() {
    int n = 5 * Philox.GROUP + 3;
    float[] x = values(n);
    for (float p : new float[] {0, 0.1f, 0.5f, 0.9f, 1}) {
      for (int begin = 0; begin < n; begin += 13) {
        for (int end : new int[] {begin, begin + 1, begin + 63, begin + 150, n}) {
          int to = Math.min(n, end);
          float[] y = values(n);
          float[] expected = expected(p, x, y, begin, to);
          try (GuardedFloats in = GuardedFloats.copyOf(x);
              GuardedFloats out = GuardedFloats.copyOf(y)) {
            Dropout.forward(p, SEED, STREAM, STEP, in.segment(), out.segment(), begin, to);
            assertArrayEquals(expected, out.toArray());
            out.assertGuardsIntact();
            Dropout.backward(p, SEED, STREAM, STEP, in.segment(), in.segment(), begin, to);
            assertArrayEquals(expected(p, x, x, begin, to), in.toArray());
          }
          dev.lanewise.kernel.random.arrays.Dropout.forward(
              p, SEED, STREAM, STEP, x, 0, y, 0, begin, to);
          assertArrayEquals(expected, y);
        }
      }
    }
  }

  @Test
  void theLoopOverBlocksJoinsThemWithoutAGap() {
    int begin = 37;
    int n = 2 * Blocks.ELEMENTS + 199;
    float[] x = values(n);
    float[] y = new float[n];
    dev.lanewise.kernel.random.arrays.Dropout.backward(
        0.3f, SEED, STREAM, STEP, x, 0, y, 0, begin, n);
    assertArrayEquals(expected(0.3f, x, new float[n], begin, n), y);
  }

  /** 5 standard deviations of a binomial distribution. */
  @Test
  void theShareOfDroppedElementsIsTheProbability() {
    int n = 1 << 18;
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    float[] y = new float[n];
    for (float p : new float[] {0.01f, 0.1f, 0.5f}) {
      dev.lanewise.kernel.random.arrays.Dropout.forward(p, SEED, 1, 2, ones, 0, y, 0, 0, n);
      int dropped = 0;
      for (float value : y) {
        dropped += value == 0 ? 1 : 0;
      }
      assertEquals(n * p, dropped, 5 * Math.sqrt(n * p * (1 - p)));
    }
  }

  /** Masks of p = 1/2 that have nothing to do with each other differ in half of the places. */
  @Test
  void seedStreamAndStepEachGiveAnotherMask() {
    int n = 1 << 14;
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    long[][] keys = {
      {1, 1, 1}, {2, 1, 1}, {1L << 32, 1, 1}, {1, 2, 1}, {1, 1, 2}, {1, 1, 1L << 32}
    };
    float[][] masks = new float[keys.length][n];
    for (int k = 0; k < keys.length; k++) {
      dev.lanewise.kernel.random.arrays.Dropout.forward(
          0.5f, keys[k][0], (int) keys[k][1], keys[k][2], ones, 0, masks[k], 0, 0, n);
    }
    for (int a = 0; a < masks.length; a++) {
      for (int b = 0; b < a; b++) {
        int different = 0;
        for (int i = 0; i < n; i++) {
          different += masks[a][i] != masks[b][i] ? 1 : 0;
        }
        assertEquals(0.5 * n, different, 5 * Math.sqrt(n) / 2);
      }
    }
  }

  @Test
  void aDroppedElementIsZeroWhateverItWas() {
    int n = 300;
    float[] x = new float[n];
    Arrays.fill(x, Float.NaN);
    float[] y = new float[n];
    dev.lanewise.kernel.random.arrays.Dropout.forward(1, SEED, STREAM, STEP, x, 0, y, 0, 1, n);
    assertArrayEquals(new float[n], y);
    dev.lanewise.kernel.random.arrays.Dropout.forward(0.5f, SEED, STREAM, STEP, x, 0, y, 0, 0, n);
    boolean nan = false;
    for (float value : y) {
      nan |= Float.isNaN(value);
      assertTrue(value == 0 || Float.isNaN(value));
    }
    assertTrue(nan);
  }

  @Test
  void nothingIsAllocated() {
    int n = 1021;
    float[] x = values(n);
    try (GuardedFloats in = GuardedFloats.copyOf(x)) {
      MemorySegment segment = in.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              200,
              200,
              () -> {
                Dropout.forward(0.5f, SEED, STREAM, STEP, segment, segment, 1, n);
                dev.lanewise.kernel.random.arrays.Dropout.forward(
                    0.5f, SEED, STREAM, STEP, x, 0, x, 0, 1, n);
              }));
    }
  }

  @Test
  void aHeapSegmentIsRejectedBeforeAnythingIsWritten() {
    float[] x = values(200);
    MemorySegment heap = MemorySegment.ofArray(x.clone());
    assertThrows(
        IllegalArgumentException.class,
        () -> Dropout.forward(0.5f, SEED, STREAM, STEP, heap, heap, 0, 200));
    assertArrayEquals(x, heap.toArray(JAVA_FLOAT));
  }
}
