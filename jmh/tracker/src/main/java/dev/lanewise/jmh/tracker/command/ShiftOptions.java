package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.history.Shift;
import picocli.CommandLine.Option;

/** What counts as a change in a history. */
final class ShiftOptions {
  @Option(
      names = "--significance",
      paramLabel = "P",
      description = "largest p-value of a change point; default: ${DEFAULT-VALUE}",
      defaultValue = "0.01")
  double significance;

  @Option(
      names = "--magnitude",
      paramLabel = "FRACTION",
      description = "least relative change; default: ${DEFAULT-VALUE}",
      defaultValue = "0.03")
  double magnitude;

  Shift.Settings settings() {
    return new Shift.Settings(significance, magnitude, 1);
  }
}
