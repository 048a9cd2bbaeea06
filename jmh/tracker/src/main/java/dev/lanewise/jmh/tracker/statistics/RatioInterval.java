package dev.lanewise.jmh.tracker.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The ratio of two costs with its 95 % interval.
 *
 * @param ratio candidate / base: above 1 where the candidate is slower
 */
public record RatioInterval(double ratio, double low, double high) {
  private static final int REPLICATES = 10_000;

  private static final double CONFIDENCE = 0.95;

  /**
   * Hierarchical bootstrap: rounds are drawn with replacement, and the iterations of each of their
   * forks again; the interval lies between the 2.5 % and the 97.5 % quantile of the replicates (B.
   * Efron: Bootstrap Methods, 1979; T. Kalibera, R. Jones: Rigorous Benchmarking in Reasonable
   * Time, 2013, for the levels). The same seed gives the same bits.
   */
  public static RatioInterval of(List<Round> rounds, long seed) {
    return of(rounds, seed, REPLICATES);
  }

  /** As {@link #of(List, long)}, with fewer replicates where many intervals are asked for. */
  public static RatioInterval of(List<Round> rounds, long seed, int count) {
    if (rounds.isEmpty()) {
      throw new IllegalArgumentException("a ratio needs one round at least");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] replicates = new double[count];
    double[] logRatios = new double[rounds.size()];
    double[] means = new double[HodgesLehmann.pairs(rounds.size())];
    for (int replicate = 0; replicate < count; replicate++) {
      for (int i = 0; i < logRatios.length; i++) {
        Round round = rounds.get(random.nextInt(rounds.size()));
        logRatios[i] =
            Math.log(drawnMedian(round.candidate(), random) / drawnMedian(round.base(), random));
      }
      replicates[replicate] = HodgesLehmann.of(logRatios, means);
    }
    return new RatioInterval(
        Math.exp(HodgesLehmann.of(Round.logRatios(rounds))),
        Math.exp(Median.quantile((1 - CONFIDENCE) / 2, replicates)),
        Math.exp(Median.quantile((1 + CONFIDENCE) / 2, replicates)));
  }

  private static double drawnMedian(Fork fork, SplittableRandom random) {
    double[] drawn = new double[fork.iterations()];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = fork.cost(random.nextInt(drawn.length));
    }
    Arrays.sort(drawn);
    return Median.ofAscending(0.5, drawn, drawn.length);
  }
}
