package dev.lanewise.blas.f32;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A vector in an array of its own, with NaN between, before and behind its elements. */
@SuppressWarnings("cast")
final class Strided {
  private static final int BEFORE = 3;
  private static final int BEHIND = 2;

  final int n;
  final int inc;
  final float[] memory;

  Strided(int inc, float... elements) {
    this.n = elements.length;
    this.inc = inc;
    int span = n == 0 ? 0 : (n - 1) * Math.abs(inc) + 1;
    memory = new float[BEFORE + span + BEHIND];
    Arrays.fill(memory, Float.NaN);
    put(elements);
  }

  static float[] random(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  long offset() {
    return BEFORE;
  }

  float[] elements() {
    float[] elements = new float[n];
    for (int i = 0; i < n; i++) {
      elements[i] = memory[at(i)];
    }
    return elements;
  }

  void put(float... elements) {
    for (int i = 0; i < n; i++) {
      memory[at(i)] = elements[i];
    }
  }

  private int at(int i) {
    return BEFORE + (inc < 0 ? (i - n + 1) * inc : i * inc);
  }

  /** The same vector after an operation that left these elements. */
  Strided with(float... elements) {
    return new Strided(inc, elements);
  }

  static long[] bits(float... values) {
    long[] bits = new long[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }
}
