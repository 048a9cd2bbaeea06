package dev.lanewise.jmh;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Fills operands and compares answers. */
public final class Operands {
  private Operands() {}

  /** Uniform in [-1, 1), the same numbers for the same seed. */
  public static void randomise(MemorySegment x, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long n = x.byteSize() / Float.BYTES;
    for (long i = 0; i < n; i++) {
      x.setAtIndex(JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
  }

  /** Uniform in [-1, 1) in doubles, the same numbers for the same seed. */
  public static void randomiseDoubles(MemorySegment x, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long n = x.byteSize() / Double.BYTES;
    for (long i = 0; i < n; i++) {
      x.setAtIndex(JAVA_DOUBLE, i, random.nextDouble() * 2 - 1);
    }
  }

  /** Uniform in [0, bound). */
  public static void randomiseInts(MemorySegment indices, int bound, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long n = indices.byteSize() / Integer.BYTES;
    for (long i = 0; i < n; i++) {
      indices.setAtIndex(JAVA_INT, i, random.nextInt(bound));
    }
  }

  public static int indexAt(MemorySegment indices, long i) {
    return indices.getAtIndex(JAVA_INT, i);
  }

  public static void set(MemorySegment x, long i, float value) {
    x.setAtIndex(JAVA_FLOAT, i, value);
  }

  /**
   * Distance of the elements that are checked: all of a small operand, about a million of a large
   * one.
   */
  public static int checkStride(int n) {
    return Math.max(1, n >> 20);
  }

  public static float at(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  /** Fails the benchmark unless {@code actual} is {@code expected} up to {@code tolerance}. */
  public static void require(String what, double expected, double actual, double tolerance) {
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
