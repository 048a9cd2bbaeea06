package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.history.Shift;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One file without anything outside it: verdicts, the ratio plot, forks, trends with change points,
 * and the roofline where the history knows the limits of the machine.
 */
public final class HtmlReport {
  private final Page page = new Page("Performance report");

  private HtmlReport() {}

  /**
   * What the parts of the history are.
   *
   * @param shifts what counts as a change
   * @param compute names of benchmarks that measure the peak of arithmetic
   * @param memory names of benchmarks that measure bandwidth
   * @param flameGraphs where profiles lie, which are linked
   */
  public record Settings(
      Shift.Settings shifts, Pattern compute, Pattern memory, Path flameGraphs) {}

  /** Writes the report of a comparison alone into the store. */
  public static Path write(Path store, ComparisonFile comparison) {
    HtmlReport report = new HtmlReport();
    report.head(comparison.machine());
    report.comparison(comparison);
    Path file = store.resolve("reports").resolve(comparison.session() + ".html");
    AtomicFile.write(file, report.page.toString());
    return file;
  }

  /** Writes what is known of a machine, with a comparison if there is one. */
  public static void write(
      Path file,
      Machine machine,
      History.Content history,
      Optional<ComparisonFile> comparison,
      Settings settings) {
    HtmlReport report = new HtmlReport();
    report.head(machine);
    report.page.items(history.complaints());
    comparison.ifPresent(report::comparison);
    report.latest(history, settings, file);
    report.trends(history, settings);
    AtomicFile.write(file, report.page.toString());
  }

  private void head(Machine machine) {
    page.heading(1, "Performance report");
    page.paragraph(machine.toString());
  }

  private void comparison(ComparisonFile file) {
    page.heading(2, "Comparison");
    page.terms(
        "base", file.base(),
        "candidate", file.candidate(),
        "run", file.time() + ", " + file.rounds() + " rounds, seed " + file.seed());
    Map<Verdict, Long> counts =
        file.comparisons().stream()
            .collect(Collectors.groupingBy(Comparison::verdict, Collectors.counting()));
    List<String> summary = new ArrayList<>();
    for (Verdict verdict : Verdict.values()) {
      if (counts.containsKey(verdict)) {
        summary.add(Page.strong(Styles.of(verdict), counts.get(verdict) + " " + verdict.words()));
      }
    }
    page.raw("<p>" + String.join(", ", summary) + "</p>");
    page.scrolling(RatioPlot.of(file.comparisons()));
    page.paragraph(
        "Time of the candidate divided by that of the base: to the right it is slower. Bars are 95"
            + " % intervals, small dots are rounds; changes within the grey band do not count.");
    page.table(
        List.of("benchmark", "ratio", "interval", "p", "confirmed", "verdict"),
        file.comparisons().stream().map(HtmlReport::row).toList(),
        file.comparisons().stream().map(row -> Styles.of(row.verdict())).toList());
    page.heading(2, "Forks");
    for (Comparison one : file.comparisons()) {
      page.heading(3, one.series().toString());
      page.items(one.notes());
      if (!one.base().isEmpty()) {
        page.scrolling(ForkPlot.of(one));
      }
    }
  }

  private static List<String> row(Comparison one) {
    RatioInterval interval = one.interval();
    return List.of(
        one.series().toString(),
        interval == null ? "" : String.format(Locale.ROOT, "%.3f", interval.ratio()),
        bounds(interval),
        interval == null ? "" : String.format(Locale.ROOT, "%.2g", one.adjusted()),
        bounds(one.confirmation()),
        one.verdict().words());
  }

  private static String bounds(@Nullable RatioInterval interval) {
    return interval == null
        ? ""
        : String.format(Locale.ROOT, "%.3f to %.3f", interval.low(), interval.high());
  }

  /** The last run of each series beside the ceilings. */
  private void latest(History.Content history, Settings settings, Path file) {
    List<Entry> last =
        history.trends().values().stream().map(runs -> runs.get(runs.size() - 1)).toList();
    if (last.isEmpty()) {
      return;
    }
    Ceilings ceilings = Ceilings.of(last, settings.compute(), settings.memory());
    page.heading(2, "Last runs");
    String roofline = Roofline.of(ceilings, last);
    if (!roofline.isEmpty()) {
      page.scrolling(roofline);
    }
    page.table(
        List.of("benchmark", "score", "rate", "of the limit", "forks", "profile"),
        last.stream().map(entry -> last(entry, ceilings, settings, file)).toList(),
        last.stream().map(entry -> "dim").toList());
  }

  private static List<String> last(Entry entry, Ceilings ceilings, Settings settings, Path file) {
    double flops = entry.counter("flops");
    double bytes = entry.counter("bytes");
    String rate =
        flops > 0
            ? String.format(Locale.ROOT, "%.1f GFLOP/s", flops * 1e-9)
            : bytes > 0 ? String.format(Locale.ROOT, "%.1f GB/s", bytes * 1e-9) : "";
    double share = ceilings.share(entry);
    return List.of(
        entry.series().toString(),
        String.format(Locale.ROOT, "%.4g %s", entry.score(), entry.unit()),
        rate,
        Double.isNaN(share) ? "" : Math.round(100 * share) + " %",
        String.valueOf(entry.forks().size()),
        FlameGraphs.link(settings.flameGraphs(), entry.series(), file));
  }

  private void trends(History.Content history, Settings settings) {
    page.heading(2, "Trends");
    history
        .trends()
        .forEach(
            (trend, runs) -> {
              if (runs.size() > 1) {
                List<Shift> shifts = Shift.of(trend, runs, settings.shifts());
                page.heading(
                    3, trend.series() + " in " + runs.get(0).unit() + ", JDK " + trend.jdk());
                page.scrolling(TrendPlot.of(trend, Shift.window(runs), shifts));
                page.items(shifts.stream().map(Shift::toString).toList());
              }
            });
  }
}
