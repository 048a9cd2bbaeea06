package dev.lanewise.testing;

import java.util.SplittableRandom;

/** The scalar model of the sums over rows: the order that the kernels document, lane by lane. */
public final class RowModel {
  private static final int LANES = 32;

  /** One step of a sum: what becomes of an accumulator when element {@code i} joins it. */
  @FunctionalInterface
  public interface Step {
    float join(float sum, int i);
  }

  private RowModel() {}

  /**
   * A sum of {@code n} elements over 32 virtual lanes, element i in lane {@code i % 32}; the lanes
   * are folded in halves, the last {@code n % 32} elements are summed apart and added at the end.
   */
  public static float sum(int n, Step step) {
    float[] lanes = new float[LANES];
    int whole = n - n % LANES;
    for (int i = 0; i < whole; i++) {
      lanes[i % LANES] = step.join(lanes[i % LANES], i);
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    float tail = 0;
    for (int i = whole; i < n; i++) {
      tail = step.join(tail, i);
    }
    return lanes[0] + tail;
  }

  /** Rounding errors that an element of such a sum meets at most, in units of u. */
  public static double roundings(int n) {
    return n / LANES + (LANES - 1) + 5;
  }

  /** Normally distributed around {@code mean}, the same numbers for the same seed. */
  public static float[] normal(int n, long seed, double mean, double sigma) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (mean + sigma * random.nextGaussian());
    }
    return values;
  }
}
