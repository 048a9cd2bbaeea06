package dev.lanewise.jmh.tracker.explore;

import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Forks at every point of a grid, in rounds: each round visits all points in an order that is
 * drawn, so that a drift of the machine looks like noise and not like a slope.
 */
public final class Sweep {
  private final BenchmarkJar jar;
  private final JmhOptions options;
  private final Axis x;
  private final Axis y;
  private final Progress progress;

  public Sweep(BenchmarkJar jar, JmhOptions options, Axis x, Axis y, Progress progress) {
    this.jar = jar;
    this.options = options;
    this.x = x;
    this.y = y;
    this.progress = progress;
  }

  private record Visit(Configuration configuration, Grid.Point point) {}

  /**
   * What the sweep found.
   *
   * @param failures sentences
   */
  public record Outcome(List<Grid> grids, List<String> failures) {}

  public Outcome run(int rounds, long seed, Path scratch) {
    List<Visit> visits = visits(jar.configurations(options, scratch));
    Grid.Builder grids = new Grid.Builder(x, y);
    Set<String> failures = new LinkedHashSet<>();
    Random random = new Random(seed);
    progress.expect(rounds * visits.size());
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(visits, random);
      for (Visit visit : visits) {
        try {
          for (ForkResult fork : fork(visit, scratch)) {
            grids.add(visit.point(), fork);
          }
        } catch (FailedForkException e) {
          failures.add(e.getMessage());
        }
        progress.step(
            visit.configuration()
                + " "
                + x.name()
                + "="
                + visit.point().x()
                + (y.name().isEmpty() ? "" : " " + y.name() + "=" + visit.point().y()));
      }
    }
    return new Outcome(grids.grids(), List.copyOf(failures));
  }

  private List<Visit> visits(List<Configuration> configurations) {
    Set<Visit> visits = new LinkedHashSet<>();
    for (Configuration configuration : configurations) {
      for (String atX : x.values()) {
        for (String atY : y.values()) {
          Configuration at = y.applied(x.applied(configuration, atX), atY);
          visits.add(new Visit(at, new Grid.Point(atX, atY)));
        }
      }
    }
    return new ArrayList<>(visits);
  }

  private List<ForkResult> fork(Visit visit, Path scratch) throws FailedForkException {
    Grid.Point point = visit.point();
    return y.applied(x.applied(jar, point.x()), point.y())
        .fork(visit.configuration(), y.applied(x.applied(options, point.x()), point.y()), scratch);
  }
}
