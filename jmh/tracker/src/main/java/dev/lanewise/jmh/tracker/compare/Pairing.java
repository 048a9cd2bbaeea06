package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.measure.Configuration;
import java.util.List;
import java.util.Map;

/** Runs rounds of pairs of forks, base and candidate. */
public interface Pairing {
  /** A benchmark that fails drops out, the others go on. */
  Map<Configuration, PairedRun.Outcome> run(List<Configuration> configurations, int rounds);
}
