package dev.lanewise.blas.f32;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Arrays of random numbers, and their comparison bit by bit. */
@SuppressWarnings("cast")
final class Bits {
  /** The elements before the first one of an operand that begins at an offset. */
  static final int OFFSET = 5;

  private Bits() {}

  static float[] random(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /** The values behind {@link #OFFSET} others, and before as many. */
  static float[] shifted(float[] values) {
    float[] shifted = new float[values.length + 2 * OFFSET];
    Arrays.fill(shifted, 7f);
    System.arraycopy(values, 0, shifted, OFFSET, values.length);
    return shifted;
  }

  static void assertSame(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToRawIntBits(expected[i]) != Float.floatToRawIntBits(actual[i])) {
        assertEquals(expected[i], actual[i], what + ", element " + i);
      }
    }
  }

  static void assertRefused(String words, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(words), message);
  }
}
