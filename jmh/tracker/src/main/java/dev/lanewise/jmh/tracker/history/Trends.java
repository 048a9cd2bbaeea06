package dev.lanewise.jmh.tracker.history;

import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A history and its changes, as a file for other tools.
 *
 * @param time of the last run
 * @param command that was given to the tracker
 */
public record Trends(Machine machine, String time, String command, List<Row> series) {
  /**
   * The runs of one series, oldest first, and where it changed.
   *
   * @param unit of the scores
   */
  public record Row(
      SeriesKey series, String jdk, String unit, List<Run> runs, List<Change> changes) {}

  /**
   * One run.
   *
   * @param code the commit, or the jar where none is known
   * @param score the median over the forks
   */
  public record Run(String time, String code, int forks, double score) {}

  /**
   * A lasting change.
   *
   * @param index of the first run at the new level
   * @param ratio of the costs, new to old: above 1 where it became slower
   */
  public record Change(int index, double ratio) {}

  /**
   * What a history shows.
   *
   * @param here the machine to name where the history is empty
   */
  public static Trends of(
      History.Content content, Shift.Settings settings, Machine here, String command) {
    List<Row> rows = new ArrayList<>();
    content.trends().forEach((trend, runs) -> rows.add(row(trend, Shift.window(runs), settings)));
    List<Entry> entries = content.entries();
    return new Trends(
        entries.isEmpty() ? here : entries.get(0).machine(),
        entries.stream().map(Entry::time).max(String::compareTo).orElse(""),
        command,
        rows);
  }

  private static Row row(Entry.Trend trend, List<Entry> runs, Shift.Settings settings) {
    return new Row(
        trend.series(),
        trend.jdk(),
        runs.get(0).unit(),
        runs.stream()
            .map(run -> new Run(run.time(), run.code(), run.forks().size(), run.score()))
            .toList(),
        Shift.of(trend, runs, settings).stream()
            .map(shift -> new Change(shift.index(), shift.ratio()))
            .toList());
  }

  public void write(Path file) {
    AtomicFile.writeJson(file, this);
  }
}
