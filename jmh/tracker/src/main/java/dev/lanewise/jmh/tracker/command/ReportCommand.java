package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.report.ComparisonFile;
import dev.lanewise.jmh.tracker.report.HtmlReport;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker report}. */
@Command(
    name = "report",
    description = "Writes one HTML file: the last comparison, the last runs, trends with changes.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "default: report.html in the store")
  @Nullable Path output;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "that of another machine; default: that of this one")
  @Nullable Path history;

  @Option(
      names = "--comparison",
      paramLabel = "FILE",
      description = "default: the last one of the store")
  @Nullable Path comparison;

  @Option(
      names = "--profiles",
      paramLabel = "DIR",
      description = "flame graphs to link; default: profiles in the store")
  @Nullable Path profiles;

  @Mixin LimitOptions limits = new LimitOptions();
  @Mixin ShiftOptions shifts = new ShiftOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Machine here = Machine.here();
    History.Content content =
        (history == null ? new History(store.store, here) : new History(history)).read();
    Machine machine = content.entries().isEmpty() ? here : content.entries().get(0).machine();
    Optional<ComparisonFile> compared =
        comparison == null
            ? ComparisonFile.latest(store.store)
            : Optional.of(ComparisonFile.read(comparison));
    Path file = output == null ? store.store.resolve("report.html") : output;
    HtmlReport.write(
        file,
        machine,
        content,
        compared,
        new HtmlReport.Settings(
            shifts.settings(),
            limits.compute,
            limits.memory,
            profiles == null ? store.store.resolve("profiles") : profiles));
    content.complaints().forEach(spec.commandLine().getErr()::println);
    spec.commandLine().getOut().println("wrote " + file);
    return ExitCode.FINE;
  }
}
