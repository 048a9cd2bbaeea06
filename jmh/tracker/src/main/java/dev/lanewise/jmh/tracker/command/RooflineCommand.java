package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.report.RooflineFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tracker roofline}. */
@Command(
    name = "roofline",
    description = {
      "Draws the roofline of JMH results (JSON) as FILE.roofline.svg beside them: benchmarks with"
          + " the counters flops and bytes, under the limits that the same file holds.",
      "Of a folder, those of its results that have both."
    },
    mixinStandardHelpOptions = true)
final class RooflineCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", arity = "1..*", description = "JMH's JSON, or a folder of it")
  List<Path> files = List.of();

  @Mixin LimitOptions limits = new LimitOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    int written = 0;
    for (Path given : files) {
      for (Path file : RooflineFile.results(given)) {
        if (RooflineFile.write(file, limits.compute, limits.memory)) {
          spec.commandLine().getOut().println("wrote " + RooflineFile.of(file));
          written++;
        }
      }
    }
    if (written == 0 && files.stream().noneMatch(Files::isDirectory)) {
      throw TrackerException.usage(
          "no drawing: nothing has the counters flops and bytes beside limits named "
              + limits.compute
              + " and "
              + limits.memory);
    }
    return ExitCode.FINE;
  }
}
