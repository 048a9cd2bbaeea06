package dev.lanewise.jmh;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Fills operands and compares answers. */
final class Operands {
  private Operands() {}

  /** Uniform in [-1, 1), the same numbers for the same seed. */
  static void randomise(MemorySegment x, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long n = x.byteSize() / Float.BYTES;
    for (long i = 0; i < n; i++) {
      x.setAtIndex(JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
  }

  static float at(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  /** Fails the benchmark unless {@code actual} is {@code expected} up to {@code tolerance}. */
  static void require(String what, double expected, double actual, double tolerance) {
    if (!(Math.abs(expected - actual) <= tolerance)) {
      throw new IllegalStateException(
          what
              + " is "
              + actual
              + ", the scalar computation says "
              + expected
              + " with a tolerance of "
              + tolerance);
    }
  }
}
