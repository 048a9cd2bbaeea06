package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.HodgesLehmann;
import dev.lanewise.jmh.tracker.statistics.Median;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Round;
import dev.lanewise.jmh.tracker.statistics.SignedRank;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What rounds of equal code say about the tracker itself. False alarms are counted over the
 * comparisons as they ran, each confirmed by the next; alarms are too rare to count, so their rates
 * are those of comparisons drawn from all rounds, whose sides are exchanged at random (of equal
 * code it is chance which fork of a round is the base: R. A. Fisher, The Design of Experiments,
 * 1935). Power is that of the same rounds with the candidate's costs multiplied: the noise is the
 * machine's own.
 */
public final class EqualCode {
  private static final double[] SLOW_DOWNS = {0.02, 0.05, 0.10, 0.20};

  /** Drawings of rounds for the percentile and the power. */
  private static final int DRAWINGS = 200;

  /** Drawings for the rates of alarms. */
  private static final int EXCHANGES = 2000;

  /** A tenth of what a verdict is made of: power is told in percent. */
  private static final int REPLICATES = 1000;

  private static final double PERCENTILE = 0.95;

  private final int rounds;
  private final long seed;

  /**
   * Judges comparisons of so many rounds.
   *
   * @param rounds of one comparison
   */
  public EqualCode(int rounds, long seed) {
    this.rounds = rounds;
    this.seed = seed;
  }

  /**
   * What the rounds of one series say.
   *
   * @param all at least twice the rounds of a comparison, in the order in which they ran
   */
  public Noise.OfSeries of(SeriesKey series, List<Round> all) {
    if (all.size() < 2 * rounds) {
      throw new IllegalArgumentException(
          all.size() + " rounds of " + series + ": two comparisons need " + 2 * rounds);
    }
    double shown = shown(all);
    double delta = Math.max(Noise.LEAST_DELTA, shown);
    int comparisons = all.size() / rounds;
    Alarms alarms = new Alarms();
    for (int i = 0; i < comparisons; i++) {
      alarms.count(block(all, i), block(all, (i + 1) % comparisons));
    }
    TreeMap<Double, Double> power = new TreeMap<>();
    for (double slowDown : SLOW_DOWNS) {
      power.put(slowDown, power(all, 1 + slowDown, delta));
    }
    return new Noise.OfSeries(
        series, comparisons, alarms.first, alarms.confirmed, alarmRates(all), shown, power);
  }

  private List<Round> block(List<Round> all, int index) {
    return all.subList(index * rounds, (index + 1) * rounds);
  }

  /** The percentile of the relative change of equal code, over drawn comparisons. */
  private double shown(List<Round> all) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] changes = new double[DRAWINGS];
    for (int i = 0; i < DRAWINGS; i++) {
      List<Round> drawn = drawn(all, rounds, random);
      changes[i] = Math.expm1(Math.abs(HodgesLehmann.of(Round.logRatios(drawn))));
    }
    return Median.quantile(PERCENTILE, changes);
  }

  private Noise.AlarmRates alarmRates(List<Round> all) {
    SplittableRandom random = new SplittableRandom(seed);
    Alarms alarms = new Alarms();
    for (int i = 0; i < EXCHANGES; i++) {
      List<Round> equal =
          drawn(all, 2 * rounds, random).stream()
              .map(round -> random.nextBoolean() ? round.exchanged() : round)
              .toList();
      alarms.count(block(equal, 0), block(equal, 1));
    }
    return new Noise.AlarmRates(
        (double) alarms.first / EXCHANGES, (double) alarms.confirmed / EXCHANGES);
  }

  /** Comparisons of equal code that show a change, and how many of them fresh rounds confirm. */
  private final class Alarms {
    private int first;
    private int confirmed;

    void count(List<Round> block, List<Round> fresh) {
      Verdict verdict = verdict(block, Noise.LEAST_DELTA);
      if (verdict.isChange()) {
        first++;
        if (verdict(fresh, Noise.LEAST_DELTA) == verdict) {
          confirmed++;
        }
      }
    }
  }

  private double power(List<Round> all, double factor, double delta) {
    SplittableRandom random = new SplittableRandom(seed);
    int found = 0;
    for (int i = 0; i < DRAWINGS; i++) {
      List<Round> slowed =
          drawn(all, 2 * rounds, random).stream().map(round -> round.slowedBy(factor)).toList();
      if (verdict(slowed.subList(0, rounds), delta) == Verdict.REGRESSION
          && verdict(slowed.subList(rounds, 2 * rounds), delta) == Verdict.REGRESSION) {
        found++;
      }
    }
    return (double) found / DRAWINGS;
  }

  /** Without replacement: a round that counts twice would tie with itself. */
  private static List<Round> drawn(List<Round> all, int count, SplittableRandom random) {
    List<Round> rest = new ArrayList<>(all);
    List<Round> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      drawn.add(rest.remove(random.nextInt(rest.size())));
    }
    return drawn;
  }

  /** The interval is costly and of no use where the test already says no. */
  private Verdict verdict(List<Round> block, double delta) {
    double p = SignedRank.pValue(Round.logRatios(block));
    return p > Verdict.LEVEL
        ? Verdict.NO_CHANGE_SHOWN
        : Verdict.of(RatioInterval.of(block, seed, REPLICATES), p, delta);
  }
}
