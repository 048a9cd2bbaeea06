package dev.lanewise.cli.report;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.ToDoubleFunction;

/**
 * The learning curve as one self-contained SVG: bits per byte over steps, the baselines as dashed
 * lines.
 */
public final class LearningCurve {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 480;
  private static final int LEFT = 70;
  private static final int RIGHT = 210;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;

  /**
   * The first values of an untrained model (8 bits) would press the rest flat: what lies higher is
   * cut off.
   */
  private static final double SHOWN_BITS_ABOVE_LEAST = 4;

  /** A dashed line across the chart. */
  public record Baseline(String name, double bits, String colour) {}

  private final String title;
  private final List<Snapshot> points;
  private final List<Baseline> baselines;
  private final double least;
  private final double most;
  private final double lastStep;

  private LearningCurve(String title, List<Snapshot> points, List<Baseline> baselines) {
    this.title = title;
    this.points = points;
    this.baselines = baselines;
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (Snapshot point : points) {
      low = Math.min(low, Math.min(point.heldOutBits(), point.trainBits()));
      high = Math.max(high, Math.max(point.heldOutBits(), point.trainBits()));
    }
    for (Baseline baseline : baselines) {
      low = Math.min(low, baseline.bits());
      high = Math.max(high, baseline.bits());
    }
    least = Math.floor(low * 2) / 2;
    most = Math.max(least + 0.5, Math.ceil(Math.min(high, low + SHOWN_BITS_ABOVE_LEAST) * 2) / 2);
    lastStep = Math.max(1, (double) points.getLast().step());
  }

  /**
   * Draws the curve.
   *
   * @param points at least one, in the order of their steps, all values finite
   */
  public static String svg(String title, List<Snapshot> points, List<Baseline> baselines) {
    if (points.isEmpty()) {
      throw new IllegalArgumentException("a learning curve needs at least one point");
    }
    return new LearningCurve(title, points, baselines).draw();
  }

  private String draw() {
    Formatter svg = new Formatter(Locale.ROOT);
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    svg.format("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
    svg.format("<title>%s</title>\n", escaped(title));
    svg.format(
        "<text x=\"%d\" y=\"28\" font-size=\"16\" font-weight=\"600\">%s</text>\n",
        LEFT, escaped(title));
    svg.format(
        "<clipPath id=\"plot\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n",
        LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    axes(svg);
    for (Baseline baseline : baselines) {
      svg.format(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"1.5\""
              + " stroke-dasharray=\"6 4\"/>\n",
          LEFT, WIDTH - RIGHT, y(baseline.bits()), y(baseline.bits()), baseline.colour());
    }
    curve(svg, Snapshot::trainBits, "#9db8dd", 1.5);
    curve(svg, Snapshot::heldOutBits, "#1f5fb4", 2.5);
    legend(svg);
    return svg.format("</svg>\n").toString();
  }

  private void axes(Formatter svg) {
    double bitStep = niceStep(most - least, 8);
    for (double bits = least; bits <= most + 1e-9; bits += bitStep) {
      svg.format(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e3e3e3\"/>"
              + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
          LEFT, WIDTH - RIGHT, y(bits), y(bits), LEFT - 8, y(bits) + 4.5, trimmed(bits));
    }
    double countStep = Math.max(1, niceStep(lastStep, 6));
    for (double step = 0; step <= lastStep + 1e-9; step += countStep) {
      svg.format(
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#888\"/>"
              + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,.0f</text>\n",
          x(step),
          x(step),
          HEIGHT - BOTTOM,
          HEIGHT - BOTTOM + 5,
          x(step),
          HEIGHT - BOTTOM + 20,
          step);
    }
    svg.format(
        "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#888\"/>\n",
        LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT);
    svg.format(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">optimizer steps</text>\n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18);
    svg.format(
        "<text transform=\"translate(22 %d) rotate(-90)\" text-anchor=\"middle\">bits per"
            + " byte</text>\n",
        (TOP + HEIGHT - BOTTOM) / 2);
  }

  private void curve(Formatter svg, ToDoubleFunction<Snapshot> value, String colour, double width) {
    StringJoiner pairs = new StringJoiner(" ");
    for (Snapshot point : points) {
      pairs.add(
          String.format(
              Locale.ROOT, "%.1f,%.1f", x((double) point.step()), y(value.applyAsDouble(point))));
    }
    svg.format(
        "<polyline clip-path=\"url(#plot)\" fill=\"none\" stroke-linejoin=\"round\" points=\"%s\""
            + " stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
        pairs, colour, width);
  }

  private void legend(Formatter svg) {
    Snapshot last = points.getLast();
    legendEntry(svg, 0, "held-out", last.heldOutBits(), "#1f5fb4", "");
    legendEntry(svg, 1, "training batches", last.trainBits(), "#9db8dd", "");
    for (int i = 0; i < baselines.size(); i++) {
      Baseline baseline = baselines.get(i);
      legendEntry(
          svg,
          i + 2,
          baseline.name(),
          baseline.bits(),
          baseline.colour(),
          " stroke-dasharray=\"6 4\"");
    }
  }

  private static void legendEntry(
      Formatter svg, int row, String name, double bits, String colour, String dash) {
    int x = WIDTH - RIGHT + 14;
    int y = TOP + 12 + row * 40;
    svg.format(
        "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2.5\"%s/><text"
            + " x=\"%d\" y=\"%d\">%s<tspan x=\"%d\" dy=\"16\" fill=\"#666\">%.3f"
            + " bits/byte</tspan></text>\n",
        x, x + 24, y, y, colour, dash, x + 32, y + 4, escaped(name), x + 32, bits);
  }

  private double x(double step) {
    return LEFT + step / lastStep * (WIDTH - LEFT - RIGHT);
  }

  private double y(double bits) {
    return HEIGHT - BOTTOM - (bits - least) / (most - least) * (HEIGHT - TOP - BOTTOM);
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

  private static String trimmed(double value) {
    return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
