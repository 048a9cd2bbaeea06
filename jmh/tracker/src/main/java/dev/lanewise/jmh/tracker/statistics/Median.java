package dev.lanewise.jmh.tracker.statistics;

import java.util.Arrays;

/** Medians and quantiles of small samples. */
public final class Median {
  private Median() {}

  /** The middle value, or the mean of the two middle ones. The array is left as it is. */
  public static double of(double... values) {
    return quantile(0.5, values);
  }

  /**
   * The quantile with linear interpolation between order statistics (R. J. Hyndman, Y. Fan: Sample
   * Quantiles in Statistical Packages, 1996, definition 7).
   *
   * @param p from 0, the least value, to 1, the greatest
   */
  public static double quantile(double p, double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("a quantile of no values");
    }
    double[] ascending = values.clone();
    Arrays.sort(ascending);
    return ofAscending(p, ascending, ascending.length);
  }

  static double ofAscending(double p, double[] ascending, int n) {
    double at = p * (n - 1);
    int below = (int) at;
    int above = Math.min(below + 1, n - 1);
    return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
  }
}
