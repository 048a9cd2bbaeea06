package dev.lanewise.jmh.tracker.statistics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Change points of a series by its energy statistic (D. S. Matteson, N. A. James: A Nonparametric
 * Approach for Multiple Change Point Analysis of Multivariate Data, 2014, with alpha = 1): the
 * segment that falls apart best is split, as long as a permutation test of the values within the
 * segments finds so good a split by chance seldom enough.
 */
public final class EDivisive {
  private static final int PERMUTATIONS = 999;

  /** A change is told when this many values lie behind it. */
  private static final int LEAST_SEGMENT = 3;

  private final double significance;
  private final long seed;

  /**
   * @param significance the largest p-value of a change point, a multiple of 1/1000
   * @param seed of the permutations: the same seed finds the same change points
   */
  public EDivisive(double significance, long seed) {
    this.significance = significance;
    this.seed = seed;
  }

  /** A place where a segment may be split, and how well. */
  private record Split(int at, double statistic) {
    static final Split NONE = new Split(-1, Double.NEGATIVE_INFINITY);

    Split better(Split other) {
      return other.statistic > statistic ? other : this;
    }
  }

  /** The indices, ascending, at which a new segment begins. */
  public List<Integer> changePoints(double... series) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> bounds = new ArrayList<>(List.of(0, series.length));
    while (true) {
      Split best = best(series, bounds);
      if (best.at() < 0 || pValue(series, bounds, best, random) > significance) {
        return List.copyOf(bounds.subList(1, bounds.size() - 1));
      }
      bounds.add(best.at());
      Collections.sort(bounds);
    }
  }

  private static double pValue(
      double[] series, List<Integer> bounds, Split found, SplittableRandom random) {
    int asGood = 1;
    double[] shuffled = series.clone();
    for (int i = 0; i < PERMUTATIONS; i++) {
      for (int segment = 1; segment < bounds.size(); segment++) {
        shuffle(shuffled, bounds.get(segment - 1), bounds.get(segment), random);
      }
      // Rounding must not turn an equal statistic into a smaller one.
      if (best(shuffled, bounds).statistic() >= found.statistic() * (1 - 1e-12)) {
        asGood++;
      }
    }
    return asGood / (PERMUTATIONS + 1.0);
  }

  private static void shuffle(double[] values, int begin, int end, SplittableRandom random) {
    for (int i = end - 1; i > begin; i--) {
      int j = random.nextInt(begin, i + 1);
      double swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  private static Split best(double[] series, List<Integer> bounds) {
    Split best = Split.NONE;
    for (int segment = 1; segment < bounds.size(); segment++) {
      best = best.better(best(series, bounds.get(segment - 1), bounds.get(segment)));
    }
    return best;
  }

  /**
   * The best split of one segment: left part {@code [begin, at)} against {@code [at, last)}, where
   * the right part may end before the segment does, so that a second change does not hide the
   * first.
   */
  private static Split best(double[] series, int begin, int end) {
    int n = end - begin;
    double[][] sums = distanceSums(series, begin, n);
    Split best = Split.NONE;
    for (int at = LEAST_SEGMENT; at <= n - LEAST_SEGMENT; at++) {
      for (int last = at + LEAST_SEGMENT; last <= n; last++) {
        double left = sums[at][at];
        double right = sums[last][last] - 2 * sums[at][last] + sums[at][at];
        double between = sums[at][last] - sums[at][at];
        double m = at;
        double k = last - at;
        double energy = 2 * between / (m * k) - left / (m * (m - 1)) - right / (k * (k - 1));
        best = best.better(new Split(begin + at, m * k / (m + k) * energy));
      }
    }
    return best;
  }

  /** {@code sums[i][j]}: the sum of {@code |x_a - x_b|} over all a below i and b below j. */
  private static double[][] distanceSums(double[] series, int begin, int n) {
    double[][] sums = new double[n + 1][n + 1];
    for (int i = 0; i < n; i++) {
      double row = 0;
      for (int j = 0; j < n; j++) {
        row += Math.abs(series[begin + i] - series[begin + j]);
        sums[i + 1][j + 1] = sums[i][j + 1] + row;
      }
    }
    return sums;
  }
}
