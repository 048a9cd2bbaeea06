package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.lane.Lane;
import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.Configuration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The benchmarks shared out to lanes: the two forks of a pair always run on the same one. */
public final class SideBySide implements Pairing {
  private final Lanes lanes;
  private final Map<Lane, PairedRun> runs = new HashMap<>();

  /**
   * Prepares a run for each lane.
   *
   * @param run on the lane that it is given
   */
  public SideBySide(Lanes lanes, Function<Lane, PairedRun> run) {
    this.lanes = lanes;
    lanes.all().forEach(lane -> runs.put(lane, run.apply(lane)));
  }

  @Override
  public Map<Configuration, PairedRun.Outcome> run(List<Configuration> configurations, int rounds) {
    Map<Configuration, PairedRun.Outcome> outcomes = new TreeMap<>();
    lanes
        .run(lanes.shares(configurations), (lane, share) -> on(lane).run(share, rounds))
        .forEach(outcomes::putAll);
    return outcomes;
  }

  private PairedRun on(Lane lane) {
    PairedRun run = runs.get(lane);
    if (run == null) {
      throw new IllegalStateException("no run was made for " + lane);
    }
    return run;
  }
}
