package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The forks of both sides as dots over one axis of scores, with their medians. */
final class ForkPlot {
  private static final double WIDTH = 620;
  private static final double LEFT = 90;
  private static final double ROW = 26;

  private ForkPlot() {}

  static String of(Comparison comparison) {
    double[] all =
        Stream.concat(comparison.base().stream(), comparison.candidate().stream())
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    double low = all[0];
    double high = all[all.length - 1];
    Svg svg = new Svg(WIDTH, 2 * ROW + 24, "Forks of " + comparison.series());
    side(svg, "base", comparison.base(), ROW / 2, low, high, comparison.unit());
    side(svg, "candidate", comparison.candidate(), ROW * 1.5, low, high, comparison.unit());
    svg.text("start", LEFT, 2 * ROW + 16, String.format(Locale.ROOT, "%.4g", low));
    svg.text(
        "end",
        WIDTH - 10,
        2 * ROW + 16,
        String.format(Locale.ROOT, "%.4g %s", high, comparison.unit()));
    return svg.toString();
  }

  private static void side(
      Svg svg, String side, List<Double> forks, double y, double low, double high, String unit) {
    svg.text("name", LEFT - 10, y + 4, side);
    svg.line("grid", LEFT, y, WIDTH - 10, y);
    for (int i = 0; i < forks.size(); i++) {
      svg.dot(
          side,
          x(forks.get(i), low, high),
          y,
          4,
          String.format(Locale.ROOT, "round %d: %.5g %s", i + 1, forks.get(i), unit));
    }
    double median =
        x(Median.of(forks.stream().mapToDouble(Double::doubleValue).toArray()), low, high);
    svg.line("median", median, y - 9, median, y + 9);
  }

  private static double x(double value, double low, double high) {
    double span = WIDTH - 20 - LEFT;
    return high > low ? LEFT + 5 + (value - low) / (high - low) * (span - 5) : LEFT + span / 2;
  }
}
