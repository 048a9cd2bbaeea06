package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.explore.Axis;
import dev.lanewise.jmh.tracker.explore.HeatMap;
import dev.lanewise.jmh.tracker.explore.Sweep;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker explore}. */
@Command(
    name = "explore",
    description = {
      "Runs benchmarks over a grid and draws a heat map of each.",
      "An axis is a parameter (n=64,128,256), an option of the JVM (-Dlanewise.vectorBits=128,256,"
          + " -XX:MaxInlineSize=35,70) or one of JMH (-t=1,2)."
    },
    mixinStandardHelpOptions = true)
final class ExploreCommand implements Callable<Integer> {
  @Option(names = "-x", paramLabel = "NAME=VALUES", required = true, description = "the columns")
  String x = "";

  @Option(names = "-y", paramLabel = "NAME=VALUES", description = "the rows; default: one row")
  @Nullable String y;

  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(
      names = {"-r", "--rounds"},
      paramLabel = "N",
      description = "forks at each point; default: ${DEFAULT-VALUE}",
      defaultValue = "3")
  int rounds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the order of the points; default: ${DEFAULT-VALUE}",
      defaultValue = "1")
  long seed;

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (rounds < 1) {
      throw TrackerException.usage("--rounds is " + rounds + ": one round at least");
    }
    Session session = Session.open(store.store, "explore");
    JmhOptions options = benchmarks.options();
    Axis columns = Axis.parse(x);
    Axis rows = y == null ? Axis.NONE : Axis.parse(y);
    BenchmarkJar jar = sides.sources(store.store, session.scratch()).resolve(candidate).jar();
    Sweep.Outcome outcome;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      outcome =
          new Sweep(jar, options, columns, rows, progress).run(rounds, seed, session.scratch());
    }
    outcome.grids().forEach(grid -> HeatMap.print(grid, out));
    outcome.failures().forEach(failure -> out.println("FAILED " + failure));
    Path page = store.store.resolve("explore").resolve(session.id() + ".html");
    List<String> notes =
        List.of(
            jar.label(),
            session.time(),
            rounds + " forks at each point",
            Machine.here().toString());
    AtomicFile.write(page, HeatMap.page("Exploration", notes, outcome.grids()));
    out.println("wrote " + page);
    return outcome.failures().isEmpty() ? ExitCode.FINE : ExitCode.UNSTABLE;
  }
}
