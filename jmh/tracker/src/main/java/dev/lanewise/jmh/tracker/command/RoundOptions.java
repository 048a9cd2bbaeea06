package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.TrackerException;
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
          "a round is repeated if the machine gave that much more or less than usual; 0 for no"
              + " calibration; default: ${DEFAULT-VALUE}",
      defaultValue = "0.1")
  double tolerance;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the order of the sides and of the bootstrap; default: ${DEFAULT-VALUE}",
      defaultValue = "1")
  long seed;

  int rounds() {
    if (rounds < 1) {
      throw TrackerException.usage("--rounds is " + rounds + ": one round at least");
    }
    return rounds;
  }

  Calibration calibration(Path scratch) {
    if (!(tolerance >= 0)) {
      throw TrackerException.usage("--tolerance is " + tolerance + ": a fraction such as 0.1");
    }
    return new Calibration(
        Calibration.ownJvm(scratch), tolerance == 0 ? Double.POSITIVE_INFINITY : tolerance);
  }
}
