package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A row for each series: the interval of the ratio on a logarithmic axis, the rounds as dots, the
 * band of changes that do not count in grey.
 */
final class RatioPlot {
  private static final double NAMES = 380;
  private static final double WIDTH = 980;
  private static final double ROW = 30;
  private static final double HEAD = 28;

  /** Outwards from equality: a tick that has no room beside those before it is left out. */
  private static final double[] TICKS = {
    1, 0.5, 2, 0.8, 1.2, 0.9, 1.1, 0.95, 1.05, 0.2, 5, 0.7, 1.4, 0.1, 10
  };

  private static final double ROOM = 52;

  /** The axis shows 10 % to both sides at least, and a factor of 10 at most. */
  private static final double LEAST = Math.log(1.1);

  private static final double MOST = Math.log(10);

  private RatioPlot() {}

  static String of(List<Comparison> comparisons) {
    double reach = LEAST;
    for (Comparison comparison : comparisons) {
      RatioInterval interval = comparison.interval();
      if (interval != null) {
        reach = Math.max(reach, Math.abs(Math.log(interval.low())));
        reach = Math.max(reach, Math.abs(Math.log(interval.high())));
      }
    }
    double scale = (WIDTH - NAMES - 20) / 2 / Math.min(MOST, reach * 1.1);
    double height = HEAD + ROW * comparisons.size() + 10;
    Svg svg = new Svg(WIDTH, height, "Ratios of cost, candidate to base");
    axis(svg, scale, height);
    for (int i = 0; i < comparisons.size(); i++) {
      row(svg, comparisons.get(i), HEAD + ROW * i + ROW / 2, scale);
    }
    return svg.toString();
  }

  private static void axis(Svg svg, double scale, double height) {
    List<Double> drawn = new ArrayList<>();
    for (double tick : TICKS) {
      double x = x(tick, scale);
      boolean free = drawn.stream().allMatch(other -> Math.abs(other - x) >= ROOM);
      if (free && x > NAMES + 10 && x < WIDTH - 15) {
        drawn.add(x);
        svg.line(tick == 1 ? "one" : "grid", x, HEAD - 6, x, height - 6);
        svg.text("tick", x, 14, label(tick));
      }
    }
  }

  private static String label(double tick) {
    return tick == 1
        ? "equal"
        : String.format(
            Locale.ROOT, "%s%.0f %%", tick > 1 ? "+" : "\u2212", Math.abs(100 * (tick - 1)));
  }

  private static void row(Svg svg, Comparison comparison, double y, double scale) {
    String style = Styles.of(comparison.verdict());
    svg.text("name", NAMES - 8, y + 4, comparison.series().toString());
    RatioInterval interval = comparison.interval();
    if (interval == null) {
      svg.text("note", x(1, scale) + 6, y + 4, comparison.verdict().words());
      return;
    }
    double band = x(1 + comparison.delta(), scale);
    double from = x(1 / (1 + comparison.delta()), scale);
    svg.rectangle(
        "band",
        from,
        y - ROW / 2,
        band - from,
        ROW,
        String.format(
            Locale.ROOT, "a change below %.1f %% does not count", 100 * comparison.delta()));
    String tip =
        String.format(
            Locale.ROOT,
            "%.3f [%.3f, %.3f], p = %.2g: %s",
            interval.ratio(),
            interval.low(),
            interval.high(),
            comparison.adjusted(),
            comparison.verdict().words());
    double low = x(interval.low(), scale);
    svg.rectangle(style, low, y - 4, Math.max(1.5, x(interval.high(), scale) - low), 8, tip);
    svg.dot("middle", x(interval.ratio(), scale), y, 3.5, tip);
    for (int i = 0; i < comparison.base().size(); i++) {
      double ratio = comparison.base().get(i) / comparison.candidate().get(i);
      double cost = comparison.series().isThroughput() ? ratio : 1 / ratio;
      svg.dot(
          "round",
          x(cost, scale),
          y + 9,
          2,
          String.format(Locale.ROOT, "round %d: %.3f", i + 1, cost));
    }
  }

  private static double x(double ratio, double scale) {
    double middle = NAMES + (WIDTH - NAMES) / 2;
    double x = middle + Math.log(ratio) * scale;
    return Math.max(NAMES + 4, Math.min(WIDTH - 4, x));
  }
}
