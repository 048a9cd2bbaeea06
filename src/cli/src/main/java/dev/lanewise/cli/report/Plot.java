package dev.lanewise.cli.report;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** A line chart as SVG that stands alone: axes with ticks, lines, dashed levels, a legend. */
public final class Plot {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 480;
  private static final int LEFT = 70;
  private static final int RIGHT = 210;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;

  /** A point of a line; one that is not finite is left out. */
  public record Point(double x, double y) {}

  private record Line(String name, String colour, double width, List<Point> points) {}

  private record Level(String name, String colour, double y) {}

  private final String title;
  private final String xName;
  private final String yName;
  private final String unit;
  private final List<Line> lines = new ArrayList<>();
  private final List<Level> levels = new ArrayList<>();
  private double shownAboveLeast = Double.POSITIVE_INFINITY;
  private double least;
  private double most;
  private double last;

  /**
   * An empty chart.
   *
   * @param unit of the last values in the legend
   */
  public Plot(String title, String xName, String yName, String unit) {
    this.title = title;
    this.xName = xName;
    this.yName = yName;
    this.unit = unit;
  }

  /** Adds a line through points in the order of x; the legend tells its last value. */
  public Plot line(String name, String colour, double width, List<Point> points) {
    lines.add(new Line(name, colour, width, List.copyOf(points)));
    return this;
  }

  /** Adds a dashed line across the chart. */
  public Plot level(String name, String colour, double y) {
    levels.add(new Level(name, colour, y));
    return this;
  }

  /** Cuts off what lies higher than this above the lowest value: it would press the rest flat. */
  public Plot cutAbove(double aboveLeast) {
    shownAboveLeast = aboveLeast;
    return this;
  }

  /** The chart alone. */
  public String svg() {
    return svg(List.of(this));
  }

  /** Charts side by side in one picture. */
  public static String svg(List<Plot> plots) {
    Formatter svg = new Formatter(Locale.ROOT);
    int width = WIDTH * plots.size();
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n",
        width, HEIGHT, width, HEIGHT);
    svg.format("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, HEIGHT);
    svg.format("<title>%s</title>\n", Html.escaped(plots.getFirst().title));
    svg.format(
        "<clipPath id=\"plot\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n",
        LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    for (int i = 0; i < plots.size(); i++) {
      svg.format("<g transform=\"translate(%d 0)\">\n", i * WIDTH);
      plots.get(i).draw(svg);
      svg.format("</g>\n");
    }
    return svg.format("</svg>\n").toString();
  }

  private void draw(Formatter svg) {
    scale();
    svg.format(
        "<text x=\"%d\" y=\"28\" font-size=\"16\" font-weight=\"600\">%s</text>\n",
        LEFT, Html.escaped(title));
    axes(svg);
    for (Level level : levels) {
      svg.format(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"1.5\""
              + " stroke-dasharray=\"6 4\"/>\n",
          LEFT, WIDTH - RIGHT, y(level.y()), y(level.y()), level.colour());
    }
    lines.forEach(line -> curve(svg, line));
    legend(svg);
  }

  private void scale() {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    last = 0;
    for (Line line : lines) {
      for (Point point : line.points()) {
        low = Math.min(low, finite(point.y(), low));
        high = Math.max(high, finite(point.y(), high));
        last = Math.max(last, point.x());
      }
    }
    for (Level level : levels) {
      low = Math.min(low, level.y());
      high = Math.max(high, level.y());
    }
    low = Double.isFinite(low) ? low : 0;
    high = Math.min(Double.isFinite(high) ? high : 1, low + shownAboveLeast);
    double step = niceStep(Math.max(high - low, Math.max(1e-12, 1e-3 * Math.abs(high))), 8);
    least = Math.floor(low / step) * step;
    most = Math.max(least + step, Math.ceil(high / step) * step);
    last = last > 0 ? last : 1;
  }

  private static double finite(double value, double otherwise) {
    return Double.isFinite(value) ? value : otherwise;
  }

  private void axes(Formatter svg) {
    double yStep = niceStep(most - least, 8);
    for (int i = 0; least + i * yStep <= most + yStep / 1e6; i++) {
      double value = least + i * yStep;
      svg.format(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e3e3e3\"/>"
              + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
          LEFT, WIDTH - RIGHT, y(value), y(value), LEFT - 8, y(value) + 4.5, tick(value, yStep));
    }
    double xStep = niceStep(last, 6);
    for (int i = 0; i * xStep <= last + xStep / 1e6; i++) {
      double value = i * xStep;
      svg.format(
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#888\"/>"
              + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
          x(value),
          x(value),
          HEIGHT - BOTTOM,
          HEIGHT - BOTTOM + 5,
          x(value),
          HEIGHT - BOTTOM + 20,
          tick(value, xStep));
    }
    svg.format(
        "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#888\"/>\n",
        LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT);
    svg.format(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, Html.escaped(xName));
    svg.format(
        "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
        (TOP + HEIGHT - BOTTOM) / 2, Html.escaped(yName));
  }

  /** A value with the digits that its distance to the next tick needs. */
  private static String tick(double value, double step) {
    int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return digits > 5
        ? String.format(Locale.ROOT, "%.1e", value)
        : String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  private void curve(Formatter svg, Line line) {
    StringJoiner pairs = new StringJoiner(" ");
    for (Point point : line.points()) {
      if (Double.isFinite(point.y())) {
        pairs.add(String.format(Locale.ROOT, "%.1f,%.1f", x(point.x()), y(point.y())));
      }
    }
    svg.format(
        "<polyline clip-path=\"url(#plot)\" fill=\"none\" stroke-linejoin=\"round\" points=\"%s\""
            + " stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
        pairs, line.colour(), line.width());
  }

  private void legend(Formatter svg) {
    int row = 0;
    for (Line line : lines.reversed()) {
      double value = line.points().isEmpty() ? Double.NaN : line.points().getLast().y();
      legendEntry(svg, row++, line.name(), value, line.colour(), "");
    }
    for (Level level : levels) {
      legendEntry(svg, row++, level.name(), level.y(), level.colour(), " stroke-dasharray=\"6 4\"");
    }
  }

  private void legendEntry(
      Formatter svg, int row, String name, double value, String colour, String dash) {
    int x = WIDTH - RIGHT + 14;
    int y = TOP + 12 + row * 40;
    String number = String.format(Locale.ROOT, Math.abs(value) < 0.01 ? "%.3g" : "%,.3f", value);
    svg.format(
        "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2.5\"%s/><text"
            + " x=\"%d\" y=\"%d\">%s<tspan x=\"%d\" dy=\"16\" fill=\"#666\">%s"
            + " %s</tspan></text>\n",
        x,
        x + 24,
        y,
        y,
        colour,
        dash,
        x + 32,
        y + 4,
        Html.escaped(name),
        x + 32,
        number,
        Html.escaped(unit));
  }

  private double x(double value) {
    return LEFT + value / last * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - (value - least) / (most - least) * (HEIGHT - TOP - BOTTOM);
  }

  /**
   * 1, 2 or 5 times a power of ten, such that at most {@code count} steps fit into {@code range}.
   */
  private static double niceStep(double range, int count) {
    double magnitude = Math.pow(10, Math.floor(Math.log10(range / count)));
    for (double factor : new double[] {1, 2, 5}) {
      if (range / (factor * magnitude) <= count) {
        return factor * magnitude;
      }
    }
    return 10 * magnitude;
  }
}
