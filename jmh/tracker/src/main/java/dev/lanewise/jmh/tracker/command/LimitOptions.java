package dev.lanewise.jmh.tracker.command;

import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Which benchmarks are limits of the machine. */
final class LimitOptions {
  @Option(
      names = "--compute-limit",
      paramLabel = "PATTERN",
      description =
          "benchmarks that count flops at the peak of arithmetic; default: ${DEFAULT-VALUE}",
      defaultValue = "PeakFma")
  Pattern compute = Pattern.compile("PeakFma");

  @Option(
      names = "--memory-limit",
      paramLabel = "PATTERN",
      description =
          "benchmarks that count bytes at the peak of bandwidth; default: ${DEFAULT-VALUE}",
      defaultValue = "Triad")
  Pattern memory = Pattern.compile("Triad");
}
