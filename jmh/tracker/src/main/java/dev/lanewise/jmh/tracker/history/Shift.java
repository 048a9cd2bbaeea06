package dev.lanewise.jmh.tracker.history;

import dev.lanewise.jmh.tracker.statistics.EDivisive;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A lasting change of a series.
 *
 * @param index of the first run at the new level, among the runs that were looked at
 * @param before the last run at the old level
 * @param first the first run at the new level
 * @param ratio of the median costs, new to old: above 1 where it became slower
 * @param runsSince how many runs there are at or after the change, later changes included
 */
public record Shift(
    Entry.Trend trend, int index, Entry before, Entry first, double ratio, int runsSince) {
  /** Older runs are not looked at: the cost of the permutations grows with the square. */
  private static final int WINDOW = 200;

  /**
   * What counts.
   *
   * @param significance the largest p-value of a change point
   * @param magnitude the least relative change
   * @param seed of the permutation test
   */
  public record Settings(double significance, double magnitude, long seed) {}

  /** The runs that are looked at. */
  public static List<Entry> window(List<Entry> runs) {
    return runs.subList(Math.max(0, runs.size() - WINDOW), runs.size());
  }

  /**
   * The changes of one series.
   *
   * @param runs oldest first
   */
  public static List<Shift> of(Entry.Trend trend, List<Entry> runs, Settings settings) {
    List<Entry> window = window(runs);
    double[] logs = window.stream().mapToDouble(run -> Math.log(Median.of(run.costs()))).toArray();
    List<Integer> points =
        new EDivisive(settings.significance(), settings.seed()).changePoints(logs);
    List<Shift> shifts = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < points.size(); i++) {
      int at = points.get(i);
      int end = i + 1 < points.size() ? points.get(i + 1) : logs.length;
      double change =
          Median.of(Arrays.copyOfRange(logs, at, end))
              - Median.of(Arrays.copyOfRange(logs, begin, at));
      if (Math.abs(change) >= Math.log1p(settings.magnitude())) {
        shifts.add(
            new Shift(
                trend, at, window.get(at - 1), window.get(at), Math.exp(change), logs.length - at));
        begin = at;
      }
    }
    return shifts;
  }

  public boolean isWorse() {
    return ratio > 1;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %.1f %% %s since %s (%s), after %s",
        trend.series(),
        100 * (isWorse() ? ratio - 1 : 1 / ratio - 1),
        isWorse() ? "slower" : "faster",
        first.code(),
        first.time(),
        before.code());
  }
}
