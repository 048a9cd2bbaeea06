package dev.lanewise.jmh.tracker.statistics;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Many tests at once: of the hypotheses rejected at a level, no more than that fraction are
 * expected to be true (Y. Benjamini, Y. Hochberg: Controlling the False Discovery Rate, 1995).
 */
public final class BenjaminiHochberg {
  private BenjaminiHochberg() {}

  /** The least level at which each hypothesis would be rejected, in the order of the p-values. */
  public static double[] adjusted(double... pValues) {
    int m = pValues.length;
    int[] descending =
        IntStream.range(0, m)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> pValues[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    double[] adjusted = new double[m];
    double least = 1;
    for (int i = 0; i < m; i++) {
      int rank = m - i;
      least = Math.min(least, pValues[descending[i]] * m / rank);
      adjusted[descending[i]] = least;
    }
    return adjusted;
  }
}
