package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.lane.Lane;
import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.Calibration;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How many rounds, and what becomes of those that were disturbed. */
final class RoundOptions {
  @Option(
      names = {"-r", "--rounds"},
      paramLabel = "N",
      description = "forks of each benchmark and side; default: ${DEFAULT-VALUE}",
      defaultValue = "10")
  int rounds;

  @Option(
      names = "--tolerance",
      paramLabel = "FRACTION",
      description =
          "a round is repeated if the machine changed by that much during it, and by thrice what is"
              + " usual in the run; 0 for no calibration; default: ${DEFAULT-VALUE}",
      defaultValue = "0.1")
  double tolerance;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the order of the sides and of the bootstrap; default: ${DEFAULT-VALUE}",
      defaultValue = "1")
  long seed;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      description =
          "streams of forks side by side, each on processors of its own (taskset): for benchmarks"
              + " that live in the caches of a core; default: ${DEFAULT-VALUE}",
      defaultValue = "1")
  int lanes;

  Lanes lanes(Path scratch) {
    return Lanes.of(lanes, scratch);
  }

  int rounds() {
    if (rounds < 1) {
      throw TrackerException.usage("--rounds is " + rounds + ": one round at least");
    }
    return rounds;
  }

  Calibration calibration(Lane lane) {
    if (!(tolerance >= 0)) {
      throw TrackerException.usage("--tolerance is " + tolerance + ": a fraction such as 0.1");
    }
    return new Calibration(
        Calibration.ownJvm(lane.launcher(), lane.scratch()),
        tolerance == 0 ? Double.POSITIVE_INFINITY : tolerance);
  }
}
