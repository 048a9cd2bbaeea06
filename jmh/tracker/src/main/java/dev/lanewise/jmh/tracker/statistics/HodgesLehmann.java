package dev.lanewise.jmh.tracker.statistics;

import java.util.Arrays;

/**
 * The location that belongs to the signed-rank test: the median of the means of all pairs, each
 * value also paired with itself (J. L. Hodges, E. L. Lehmann: Estimates of Location Based on Rank
 * Tests, 1963). Almost as efficient as the mean for normal noise, and one wild fork in ten moves it
 * little.
 */
public final class HodgesLehmann {
  private HodgesLehmann() {}

  public static double of(double... values) {
    return of(values, new double[pairs(values.length)]);
  }

  static int pairs(int n) {
    return Math.multiplyExact(n, n + 1) / 2;
  }

  /** As {@link #of(double...)}, with room for {@link #pairs} means. */
  static double of(double[] values, double[] means) {
    int pair = 0;
    for (int i = 0; i < values.length; i++) {
      for (int j = i; j < values.length; j++) {
        means[pair++] = 0.5 * (values[i] + values[j]);
      }
    }
    Arrays.sort(means, 0, pair);
    return Median.ofAscending(0.5, means, pair);
  }
}
