package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A comparison as a whole: rounds, verdicts, and fresh rounds of what seems to have changed,
 * without which nothing is called a regression or an improvement.
 */
public final class Comparer {
  private final Pairing run;
  private final Judge judge;
  private final int rounds;

  public Comparer(Pairing run, int rounds, ToDoubleFunction<SeriesKey> delta, long seed) {
    this.run = run;
    this.rounds = rounds;
    this.judge = new Judge(delta, seed);
  }

  /**
   * Verdicts and what they rest on.
   *
   * @param first what the first rounds gave
   * @param fresh what the confirmation gave, for the benchmarks that needed one
   */
  public record Result(
      List<Comparison> comparisons,
      Map<Configuration, PairedRun.Outcome> first,
      Map<Configuration, PairedRun.Outcome> fresh) {
    /** All pairs that were measured. */
    public List<Pairs> pairs() {
      List<Pairs> pairs = new ArrayList<>();
      first.values().forEach(outcome -> pairs.addAll(outcome.pairs()));
      fresh.values().forEach(outcome -> pairs.addAll(outcome.pairs()));
      return pairs;
    }
  }

  public Result compare(List<Configuration> configurations) {
    Map<Configuration, PairedRun.Outcome> first = run.run(configurations, rounds);
    Map<SeriesKey, Comparison> comparisons = judge.judge(first.values());
    List<Configuration> changed =
        comparisons.values().stream()
            .filter(comparison -> comparison.verdict().isChange())
            .map(comparison -> comparison.series().configuration())
            .distinct()
            .toList();
    Map<Configuration, PairedRun.Outcome> fresh =
        changed.isEmpty() ? Map.of() : run.run(changed, rounds);
    Map<SeriesKey, Comparison> again = judge.judge(fresh.values());
    comparisons.replaceAll((series, comparison) -> confirm(comparison, again.get(series), fresh));
    first.forEach(
        (configuration, outcome) ->
            outcome.failure().ifPresent(why -> unstable(configuration, outcome, why, comparisons)));
    return new Result(List.copyOf(comparisons.values()), first, fresh);
  }

  private static Comparison confirm(
      Comparison first, @Nullable Comparison second, Map<Configuration, PairedRun.Outcome> fresh) {
    if (!first.verdict().isChange()) {
      return first;
    }
    if (second != null) {
      return Judge.confirmed(first, second);
    }
    PairedRun.Outcome outcome = fresh.get(first.series().configuration());
    String why = outcome == null ? "" : outcome.failure().orElse("");
    return unstable(first, first.verdict().words() + " at first, not confirmed: " + why);
  }

  private static Comparison unstable(Comparison first, String why) {
    List<String> notes = new ArrayList<>(first.notes());
    notes.add(why);
    return new Comparison(
        first.series(),
        first.unit(),
        Verdict.UNSTABLE,
        first.interval(),
        first.adjusted(),
        first.delta(),
        null,
        first.base(),
        first.candidate(),
        notes);
  }

  private static void unstable(
      Configuration configuration,
      PairedRun.Outcome outcome,
      String why,
      Map<SeriesKey, Comparison> comparisons) {
    List<SeriesKey> series = new ArrayList<>(outcome.pairs().stream().map(Pairs::series).toList());
    if (series.isEmpty()) {
      series.add(
          new SeriesKey(
              configuration.benchmark(), "unknown", 1, new TreeMap<>(configuration.parameters())));
    }
    for (SeriesKey key : series) {
      comparisons.put(
          key,
          new Comparison(
              key, "", Verdict.UNSTABLE, null, 1, 0, null, List.of(), List.of(), List.of(why)));
    }
  }
}
