package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a terminal gets to see. */
final class Tables {
  private Tables() {}

  /** Median of the forks, the slowest and the fastest. */
  static void scores(List<Entry> entries, PrintWriter out) {
    int width = width(entries, Entry::series);
    for (Entry entry : entries) {
      List<Double> medians = new ArrayList<>();
      double[] costs = entry.costs();
      for (double cost : costs) {
        medians.add(entry.series().isThroughput() ? 1 / cost : cost);
      }
      Collections.sort(medians);
      out.printf(
          Locale.ROOT,
          "%-" + width + "s %10.4g %-8s forks %.4g to %.4g%s%n",
          entry.series(),
          entry.score(),
          entry.unit(),
          medians.get(0),
          medians.get(medians.size() - 1),
          rate(entry));
    }
  }

  /** The counters that the benchmarks of this project have, in their usual units. */
  private static String rate(Entry entry) {
    StringBuilder rates = new StringBuilder();
    if (!Double.isNaN(entry.counter("flops"))) {
      rates.append(String.format(Locale.ROOT, ", %.1f GFLOP/s", entry.counter("flops") * 1e-9));
    }
    if (!Double.isNaN(entry.counter("bytes"))) {
      rates.append(String.format(Locale.ROOT, ", %.1f GB/s", entry.counter("bytes") * 1e-9));
    }
    return rates.toString();
  }

  /** A line for each verdict. */
  static void verdicts(List<Comparison> comparisons, PrintWriter out) {
    int width = width(comparisons, Comparison::series);
    out.printf("%-" + width + "s %s%n", "", "time of the candidate / base, 95 % interval");
    for (Comparison comparison : comparisons) {
      out.printf(
          "%-" + width + "s %-24s %s%n",
          comparison.series(),
          interval(comparison.interval()),
          verdict(comparison));
      comparison.notes().forEach(note -> out.println("    " + note));
    }
  }

  private static String interval(@Nullable RatioInterval interval) {
    return interval == null
        ? ""
        : String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", interval.ratio(), interval.low(), interval.high());
  }

  private static String verdict(Comparison comparison) {
    Verdict verdict = comparison.verdict();
    String words = verdict.words().toUpperCase(Locale.ROOT);
    if (verdict == Verdict.UNSTABLE) {
      return words;
    }
    String within = String.format(Locale.ROOT, " (delta %.1f %%)", 100 * comparison.delta());
    return verdict.isChange()
        ? words + within + ", confirmed: " + interval(comparison.confirmation())
        : words + within;
  }

  private static <T> int width(List<T> rows, Function<T, SeriesKey> series) {
    return rows.stream().mapToInt(row -> series.apply(row).toString().length()).max().orElse(1);
  }
}
