package dev.lanewise.jmh.tracker.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where everything is kept. */
final class StoreOption {
  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "history, raw JMH results, reports, jars of revisions; default: ${DEFAULT-VALUE}",
      defaultValue = ".tracker")
  Path store = Path.of(".tracker");
}
