package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.BenjaminiHochberg;
import dev.lanewise.jmh.tracker.statistics.Clusters;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Round;
import dev.lanewise.jmh.tracker.statistics.SignedRank;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** From pairs of forks to verdicts, for all series of a run together. */
final class Judge {
  private final ToDoubleFunction<SeriesKey> delta;
  private final long seed;

  /**
   * @param delta the least relative change that counts in a series
   */
  Judge(ToDoubleFunction<SeriesKey> delta, long seed) {
    this.delta = delta;
    this.seed = seed;
  }

  /** The verdicts of one set of rounds, none of them confirmed. */
  Map<SeriesKey, Comparison> judge(Collection<PairedRun.Outcome> outcomes) {
    List<Pairs> whole =
        outcomes.stream()
            .filter(outcome -> outcome.failure().isEmpty())
            .flatMap(outcome -> outcome.pairs().stream())
            .toList();
    double[] adjusted =
        BenjaminiHochberg.adjusted(
            whole.stream()
                .mapToDouble(pairs -> SignedRank.pValue(Round.logRatios(pairs.rounds())))
                .toArray());
    Map<SeriesKey, Comparison> comparisons = new TreeMap<>();
    for (int i = 0; i < adjusted.length; i++) {
      comparisons.put(whole.get(i).series(), one(whole.get(i), adjusted[i]));
    }
    return comparisons;
  }

  private Comparison one(Pairs pairs, double adjusted) {
    RatioInterval interval = RatioInterval.of(pairs.rounds(), seed);
    double least = delta.applyAsDouble(pairs.series());
    return new Comparison(
        pairs.series(),
        pairs.base().get(0).unit(),
        Verdict.of(interval, adjusted, least),
        interval,
        adjusted,
        least,
        null,
        medians(pairs.base()),
        medians(pairs.candidate()),
        notes(pairs));
  }

  /** A change stands if fresh rounds show the same one. */
  static Comparison confirmed(Comparison first, Comparison second) {
    boolean agrees = first.verdict() == second.verdict();
    List<String> notes = new ArrayList<>(first.notes());
    if (!agrees) {
      notes.add("a " + first.verdict().words() + " at first, which fresh rounds did not confirm");
    }
    return new Comparison(
        first.series(),
        first.unit(),
        agrees ? first.verdict() : Verdict.NO_CHANGE_SHOWN,
        first.interval(),
        first.adjusted(),
        first.delta(),
        second.interval(),
        concatenated(first.base(), second.base()),
        concatenated(first.candidate(), second.candidate()),
        notes);
  }

  private static List<Double> concatenated(List<Double> first, List<Double> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static List<Double> medians(List<ForkResult> forks) {
    return forks.stream().map(ForkResult::median).toList();
  }

  private static List<String> notes(Pairs pairs) {
    List<String> notes = new ArrayList<>();
    clusters("base", pairs.base(), notes);
    clusters("candidate", pairs.candidate(), notes);
    if (!pairs.base().get(0).jvm().arguments().equals(pairs.candidate().get(0).jvm().arguments())) {
      notes.add("the sides ran with different JVM options");
    }
    return notes;
  }

  private static void clusters(String side, List<ForkResult> forks, List<String> notes) {
    double[] costs = forks.stream().mapToDouble(fork -> fork.fork().median()).toArray();
    Clusters.fast(costs)
        .ifPresent(
            fast ->
                notes.add(
                    "two groups of forks in the "
                        + side
                        + ": "
                        + fast
                        + " fast, "
                        + (costs.length - fast)
                        + " slow"));
  }
}
