package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.history.Shift;
import dev.lanewise.jmh.tracker.history.Trends;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker detect}. */
@Command(
    name = "detect",
    description = "Finds change points in the history of this machine (E-divisive).",
    mixinStandardHelpOptions = true)
final class DetectCommand implements Callable<Integer> {
  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "that of another machine; default: that of this one")
  @Nullable Path history;

  @Option(
      names = "--last",
      paramLabel = "N",
      description =
          "a change for the worse counts if it is among the last N runs of its series; default:"
              + " ${DEFAULT-VALUE}",
      defaultValue = "10")
  int last;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "the runs and their changes as JSON")
  @Nullable Path output;

  @Mixin ShiftOptions shifts = new ShiftOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    History file =
        history == null ? new History(store.store, Machine.here()) : new History(history);
    History.Content content = file.read();
    content.complaints().forEach(spec.commandLine().getErr()::println);
    List<Shift> found = new ArrayList<>();
    content
        .trends()
        .forEach((trend, runs) -> found.addAll(Shift.of(trend, runs, shifts.settings())));
    found.forEach(out::println);
    out.println(
        found.size() + " changes in " + content.trends().size() + " series of " + file.file());
    if (output != null) {
      Trends.of(content, shifts.settings(), Machine.here(), Session.command(spec)).write(output);
      out.println("wrote " + output);
    }
    return found.stream().anyMatch(shift -> shift.isWorse() && shift.runsSince() <= last)
        ? ExitCode.REGRESSION
        : ExitCode.FINE;
  }
}
