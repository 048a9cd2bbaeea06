package dev.lanewise.jmh.tracker.statistics;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Whether forks fall into a fast and a slow group, as they do where C2 has two ways to compile the
 * same code: then a median says little, and the shares of the groups are the result.
 */
public final class Clusters {
  /** Fewer forks form groups by chance. */
  private static final int LEAST_FORKS = 8;

  private static final int LEAST_MEMBERS = 2;

  /**
   * What may be left of the variance within the groups; a normal sample split in two keeps 36 %.
   */
  private static final double WITHIN = 0.08;

  /** Groups closer than 2 % are not worth a word. */
  private static final double LEAST_GAP = Math.log(1.02);

  private Clusters() {}

  /** How many of the forks are in the fast group, nothing where there is one group alone. */
  public static OptionalInt fast(double... costs) {
    int n = costs.length;
    if (n < LEAST_FORKS) {
      return OptionalInt.empty();
    }
    double[] logs = Arrays.stream(costs).map(Math::log).sorted().toArray();
    double total = squares(logs, 0, n);
    int best = LEAST_MEMBERS;
    double within = Double.POSITIVE_INFINITY;
    for (int split = LEAST_MEMBERS; split <= n - LEAST_MEMBERS; split++) {
      double both = squares(logs, 0, split) + squares(logs, split, n);
      if (both < within) {
        within = both;
        best = split;
      }
    }
    boolean apart = within <= WITHIN * total && logs[best] - logs[best - 1] >= LEAST_GAP;
    return apart ? OptionalInt.of(best) : OptionalInt.empty();
  }

  private static double squares(double[] values, int begin, int end) {
    double mean = 0;
    for (int i = begin; i < end; i++) {
      mean += values[i];
    }
    mean /= end - begin;
    double squares = 0;
    for (int i = begin; i < end; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    return squares;
  }
}
