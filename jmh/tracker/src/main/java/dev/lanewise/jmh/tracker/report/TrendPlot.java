package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.Shift;
import dev.lanewise.jmh.tracker.source.Sources;
import java.util.List;
import java.util.Locale;

/** A series over its runs: forks as dots, their medians joined, change points as vertical lines. */
final class TrendPlot {
  private static final double WIDTH = 980;
  private static final double HEIGHT = 150;
  private static final double LEFT = 70;
  private static final double BOTTOM = 20;

  private TrendPlot() {}

  /**
   * Draws a trend.
   *
   * @param runs oldest first
   */
  static String of(Entry.Trend trend, List<Entry> runs, List<Shift> shifts) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (Entry run : runs) {
      for (double score : scores(run)) {
        low = Math.min(low, score);
        high = Math.max(high, score);
      }
    }
    double margin = high > low ? 0.08 * (high - low) : 0.1 * high;
    double bottom = low - margin;
    double scale = (HEIGHT - BOTTOM) / (high - low + 2 * margin);
    Svg svg = new Svg(WIDTH, HEIGHT, "Trend of " + trend.series());
    for (double level : new double[] {low, high}) {
      double y = HEIGHT - BOTTOM - (level - bottom) * scale;
      svg.line("grid", LEFT, y, WIDTH, y);
      svg.text("name", LEFT - 6, y + 4, String.format(Locale.ROOT, "%.4g", level));
    }
    for (Shift shift : shifts) {
      double x = (x(shift.index(), runs.size()) + x(shift.index() - 1, runs.size())) / 2;
      svg.rectangle(
          shift.isWorse() ? "bad" : "good", x - 1.5, 0, 3, HEIGHT - BOTTOM, shift.toString());
    }
    double[] path = new double[2 * runs.size()];
    for (int i = 0; i < runs.size(); i++) {
      Entry run = runs.get(i);
      double x = x(i, runs.size());
      for (double score : scores(run)) {
        svg.dot("round", x, HEIGHT - BOTTOM - (score - bottom) * scale, 2, tip(run));
      }
      path[2 * i] = x;
      path[2 * i + 1] = HEIGHT - BOTTOM - (run.score() - bottom) * scale;
    }
    svg.path("trend", path);
    svg.text("start", LEFT, HEIGHT - 4, runs.get(0).time());
    svg.text("end", WIDTH - 4, HEIGHT - 4, runs.get(runs.size() - 1).time());
    return svg.toString();
  }

  private static double[] scores(Entry run) {
    double[] scores = run.costs();
    if (run.series().isThroughput()) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] = 1 / scores[i];
      }
    }
    return scores;
  }

  private static String tip(Entry run) {
    String code = run.commit().isEmpty() ? run.label() : Sources.shortened(run.commit());
    return String.format(Locale.ROOT, "%s, %s: %.5g %s", run.time(), code, run.score(), run.unit());
  }

  private static double x(int index, int count) {
    double span = WIDTH - LEFT - 20;
    return LEFT + 10 + (count == 1 ? span / 2 : index * span / (count - 1));
  }
}
