package dev.lanewise.jmh.tracker.statistics;

import java.util.List;

/**
 * Two forks that ran one after the other: what the machine did to one it most likely did to both.
 */
public record Round(Fork base, Fork candidate) {
  /** {@code ln(candidate / base)}: above 0 where the candidate is slower. */
  public double logRatio() {
    return Math.log(candidate.median() / base.median());
  }

  /** {@link #logRatio} of each. */
  public static double[] logRatios(List<Round> rounds) {
    return rounds.stream().mapToDouble(Round::logRatio).toArray();
  }

  /** This round with its sides exchanged. */
  public Round exchanged() {
    return new Round(/* base= */ candidate, /* candidate= */ base);
  }

  /** This round, with a candidate slower by the factor. */
  public Round slowedBy(double factor) {
    return new Round(base, candidate.times(factor));
  }
}
