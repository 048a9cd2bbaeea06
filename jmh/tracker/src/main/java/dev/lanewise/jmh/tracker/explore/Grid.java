package dev.lanewise.jmh.tracker.explore;

import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a benchmark scored at each point of two axes.
 *
 * @param title the benchmark and what does not vary
 * @param unit of the scores
 * @param moreIsBetter whether the score is a rate
 */
public record Grid(
    String title,
    String unit,
    boolean moreIsBetter,
    Axis x,
    Axis y,
    Map<Point, List<Double>> forks) {
  /** A value of each axis. */
  public record Point(String x, String y) {}

  /** The grids of a sweep, one for each benchmark, mode and combination of other parameters. */
  static final class Builder {
    private final Axis x;
    private final Axis y;
    private final Map<String, Grid> grids = new TreeMap<>();

    Builder(Axis x, Axis y) {
      this.x = x;
      this.y = y;
    }

    void add(Point point, ForkResult fork) {
      SeriesKey key = fork.key();
      TreeMap<String, String> fixed = new TreeMap<>(key.parameters());
      fixed.remove(x.name());
      fixed.remove(y.name());
      String title = new SeriesKey(key.benchmark(), key.mode(), 1, fixed).toString();
      Double flops = fork.counters().get("flops");
      Double bytes = fork.counters().get("bytes");
      boolean counts = flops != null || bytes != null;
      String unit = flops != null ? "GFLOP/s" : bytes != null ? "GB/s" : fork.unit();
      double score = flops != null ? flops * 1e-9 : bytes != null ? bytes * 1e-9 : fork.median();
      grids
          .computeIfAbsent(
              title + " " + key.mode(),
              name ->
                  new Grid(title, unit, counts || key.isThroughput(), x, y, new LinkedHashMap<>()))
          .forks
          .computeIfAbsent(point, empty -> new ArrayList<>())
          .add(score);
    }

    List<Grid> grids() {
      return List.copyOf(grids.values());
    }
  }

  /** The median of the forks, NaN where all of them failed. */
  double score(Point point) {
    List<Double> scores = forks.getOrDefault(point, List.of());
    return scores.isEmpty()
        ? Double.NaN
        : Median.of(scores.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** 1 for the best point, towards 0 for worse ones. */
  double relative(Point point) {
    double best =
        forks.keySet().stream()
            .mapToDouble(this::score)
            .reduce((a, b) -> moreIsBetter ? Math.max(a, b) : Math.min(a, b))
            .orElse(Double.NaN);
    return moreIsBetter ? score(point) / best : best / score(point);
  }
}
