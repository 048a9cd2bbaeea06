package dev.lanewise.jmh.tracker.statistics;

/** What a comparison says of one benchmark. */
public enum Verdict {
  /** Slower by more than delta, shown twice. */
  REGRESSION("regression"),
  /** Faster by more than delta, shown twice. */
  IMPROVED("improved"),
  /** The whole interval lies within delta: the proof that a refactoring is free. */
  EQUIVALENT("equivalent"),
  /** Neither a change nor its absence is shown: more rounds may tell. */
  NO_CHANGE_SHOWN("no change shown"),
  /** The machine or a fork failed the measurement: says nothing about the code. */
  UNSTABLE("unstable");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }

  public boolean isChange() {
    return this == REGRESSION || this == IMPROVED;
  }

  /**
   * The verdict of one set of rounds.
   *
   * @param adjusted the p-value of the signed-rank test, adjusted for all benchmarks of the run
   * @param delta the least relative change that counts
   */
  public static Verdict of(RatioInterval interval, double adjusted, double delta) {
    boolean significant = adjusted <= LEVEL;
    if (significant && interval.low() > 1 + delta) {
      return REGRESSION;
    }
    if (significant && interval.high() < 1 / (1 + delta)) {
      return IMPROVED;
    }
    if (interval.low() >= 1 / (1 + delta) && interval.high() <= 1 + delta) {
      return EQUIVALENT;
    }
    return NO_CHANGE_SHOWN;
  }

  /** The false discovery rate that is allowed. */
  public static final double LEVEL = 0.05;
}
