package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.history.Entry;
import java.util.List;
import java.util.Locale;

/**
 * Series that count both {@code flops} and {@code bytes} under the measured ceilings, on
 * logarithmic axes (S. Williams, A. Waterman, D. Patterson: Roofline, 2009).
 */
final class Roofline {
  private static final double WIDTH = 760;
  private static final double HEIGHT = 420;
  private static final double LEFT = 70;
  private static final double BOTTOM = 40;

  /** Of a line of the list of points. */
  private static final double LINE = 18;

  /** Intensities of 1/16 to 1024 flops per byte. */
  private static final double LEAST = 1.0 / 16;

  private static final double MOST = 1024;

  /** Three decades below the peak of arithmetic. */
  private static final double DEPTH = 1000;

  private final Ceilings ceilings;
  private final double top;
  private final Svg svg;

  private Roofline(Ceilings ceilings, double height) {
    this.ceilings = ceilings;
    this.top = ceilings.flops() * 1.5;
    this.svg = new Svg(WIDTH, height, "Roofline");
  }

  /** For a page; empty where the ceilings are not known or nothing counts both. */
  static String of(Ceilings ceilings, List<Entry> entries) {
    List<Entry> points = points(entries);
    return ceilings.isKnown() && !points.isEmpty()
        ? new Roofline(ceilings, HEIGHT).draw(points).toString()
        : "";
  }

  /** As a file of its own, the points numbered: whoever shows it as a picture shows no tips. */
  static String picture(Ceilings ceilings, List<Entry> entries) {
    List<Entry> points = points(entries);
    if (!ceilings.isKnown() || points.isEmpty()) {
      return "";
    }
    int lines = (points.size() + 1) / 2;
    return new Roofline(ceilings, HEIGHT + LINE * (lines + 1))
        .list(points)
        .draw(points)
        .standalone();
  }

  private static List<Entry> points(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.counter("flops") > 0 && entry.counter("bytes") > 0)
        .toList();
  }

  private Roofline list(List<Entry> points) {
    for (int i = 0; i < points.size(); i++) {
      Entry point = points.get(i);
      double flops = point.counter("flops");
      int line = i / 2 + 1;
      svg.text("end", x(flops / point.counter("bytes")) - 6, y(flops) + 4, String.valueOf(i + 1));
      svg.text(
          "start",
          i % 2 == 0 ? 10 : WIDTH / 2 + 10,
          HEIGHT + LINE * line,
          (i + 1) + "  " + tip(point));
    }
    return this;
  }

  private Svg draw(List<Entry> points) {
    for (double intensity = LEAST; intensity <= MOST; intensity *= 4) {
      svg.line("grid", x(intensity), 10, x(intensity), HEIGHT - BOTTOM);
      svg.text("tick", x(intensity), HEIGHT - BOTTOM + 16, label(intensity));
    }
    svg.text("tick", (LEFT + WIDTH) / 2, HEIGHT - 6, "float operations per byte");
    svg.path("roof", x(LEAST), y(ceilings.flops()), x(MOST), y(ceilings.flops()));
    svg.text(
        "end",
        WIDTH - 4,
        y(ceilings.flops()) - 5,
        String.format(Locale.ROOT, "%.0f GFLOP/s", ceilings.flops() * 1e-9));
    for (Ceilings.Ceiling level : ceilings.memory()) {
      double ridge = Math.min(MOST, ceilings.flops() / level.rate());
      double from = Math.max(LEAST, top / DEPTH / level.rate());
      svg.path("roof", x(from), y(from * level.rate()), x(ridge), y(ridge * level.rate()));
      svg.text(
          "start",
          x(from) + 4,
          y(from * level.rate()) - 4,
          String.format(Locale.ROOT, "%s %.0f GB/s", level.label(), level.rate() * 1e-9));
    }
    for (Entry point : points) {
      double flops = point.counter("flops");
      double intensity = flops / point.counter("bytes");
      svg.dot("candidate", x(intensity), y(flops), 4, tip(point));
    }
    return svg;
  }

  private static String tip(Entry point) {
    return String.format(
        Locale.ROOT, "%s: %.1f GFLOP/s", point.series(), point.counter("flops") * 1e-9);
  }

  private static String label(double intensity) {
    return intensity < 1 ? "1/" + Math.round(1 / intensity) : String.valueOf(Math.round(intensity));
  }

  private static double x(double intensity) {
    double clamped = Math.max(LEAST, Math.min(MOST, intensity));
    return LEFT + Math.log(clamped / LEAST) / Math.log(MOST / LEAST) * (WIDTH - LEFT - 10);
  }

  private double y(double flops) {
    double clamped = Math.max(top / DEPTH, Math.min(top, flops));
    return HEIGHT
        - BOTTOM
        - Math.log(clamped / (top / DEPTH)) / Math.log(DEPTH) * (HEIGHT - BOTTOM - 10);
  }
}
