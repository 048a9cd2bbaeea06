package dev.lanewise.cli.report;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The learning curve: bits per byte over steps, the baselines as dashed lines. */
public final class LearningCurve {
  /**
   * The first values of an untrained model (8 bits) would press the rest flat: what lies higher is
   * cut off.
   */
  private static final double SHOWN_BITS_ABOVE_LEAST = 4;

  private LearningCurve() {}

  /** A dashed line across the chart. */
  public record Baseline(String name, double bits, String colour) {}

  /**
   * Draws the curve.
   *
   * @param points at least one, in the order of their steps
   */
  public static String svg(String title, List<Snapshot> points, List<Baseline> baselines) {
    if (points.isEmpty()) {
      throw new IllegalArgumentException("a learning curve needs at least one point");
    }
    Plot plot =
        new Plot(title, "optimizer steps", "bits per byte", "bits/byte")
            .cutAbove(SHOWN_BITS_ABOVE_LEAST)
            .line("training batches", "#9db8dd", 1.5, overSteps(points, Snapshot::trainBits))
            .line("held-out", "#1f5fb4", 2.5, overSteps(points, Snapshot::heldOutBits));
    baselines.forEach(line -> plot.level(line.name(), line.colour(), line.bits()));
    return plot.svg();
  }

  /** One value of each snapshot. */
  public static List<Plot.Point> overSteps(List<Snapshot> curve, ToDoubleFunction<Snapshot> value) {
    return points(curve, Snapshot::step, value);
  }

  /** One value of each snapshot over another. */
  public static List<Plot.Point> points(
      List<Snapshot> curve, ToDoubleFunction<Snapshot> x, ToDoubleFunction<Snapshot> y) {
    return curve.stream()
        .map(snapshot -> new Plot.Point(x.applyAsDouble(snapshot), y.applyAsDouble(snapshot)))
        .toList();
  }
}
