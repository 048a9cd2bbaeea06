package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.gate.GateFile;
import dev.lanewise.jmh.tracker.gate.Gates;
import dev.lanewise.jmh.tracker.gate.HotLoop;
import dev.lanewise.jmh.tracker.gate.RecordedLoops;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.lane.Lane;
import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker gate}. */
@Command(
    name = "gate",
    description = {
      "Asks what noise cannot blur, in one fork of each benchmark: does an operation allocate, did"
          + " a compilation fail, is a method too large to be compiled, has the hot loop more"
          + " branches, calls, moves through the stack or instructions than recorded.",
      "Let it warm up for seconds: code that is not compiled yet does allocate."
    },
    mixinStandardHelpOptions = true)
final class GateCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(
      names = "--allocation",
      paramLabel = "BYTES",
      description = "that an operation may allocate; default: ${DEFAULT-VALUE}",
      defaultValue = "0")
  double allocation;

  @Option(
      names = "--loops",
      paramLabel = "FILE",
      description = "recorded hot loops to check, or to write with --record")
  @Nullable Path loops;

  @Option(
      names = "--record",
      paramLabel = "CLASS::METHOD",
      description = "records what C2 makes of these methods instead of checking")
  List<String> record = new ArrayList<>();

  @Option(
      names = "--lanes",
      paramLabel = "N",
      description =
          "benchmarks side by side, each on processors of its own (taskset); default:"
              + " ${DEFAULT-VALUE}",
      defaultValue = "1")
  int lanes;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "keeps the outcome as JSON too")
  @Nullable Path output;

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Session session = Session.open(store.store, "gate");
    JmhOptions options = benchmarks.options();
    BenchmarkJar jar = sides.sources(store.store, session.scratch()).resolve(candidate).jar();
    List<Configuration> configurations = jar.configurations(options, session.scratch());
    RecordedLoops recorded =
        loops == null ? new RecordedLoops(List.of()) : RecordedLoops.read(loops);
    Function<Lane, Gates> gates =
        lane -> new Gates(jar, options.in(lane), recorded, allocation, lane.scratch());
    Lanes all = Lanes.of(lanes, session.scratch());
    if (!record.isEmpty()) {
      return record(configurations, gates.apply(all.all().get(0)), recorded, out);
    }
    List<GateFile.Row> rows;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      progress.expect(configurations.size());
      rows =
          all.run(
              configurations,
              (lane, configuration) -> {
                GateFile.Row row = check(configuration, gates.apply(lane));
                progress.step(configuration.toString());
                return row;
              });
    }
    print(rows, out);
    if (output != null) {
      String command = Session.command(spec);
      new GateFile(Machine.here(), session.time(), jar.label(), command, rows).write(output);
      out.println("wrote " + output);
    }
    return exitCode(rows);
  }

  private static GateFile.Row check(Configuration configuration, Gates gates) {
    try {
      Gates.Outcome outcome = gates.check(configuration);
      return new GateFile.Row(configuration.toString(), outcome.shut(), outcome.notes(), "");
    } catch (FailedForkException e) {
      return new GateFile.Row(configuration.toString(), List.of(), List.of(), e.getMessage());
    }
  }

  private static void print(List<GateFile.Row> rows, PrintWriter out) {
    for (GateFile.Row row : rows) {
      row.shut().forEach(why -> out.println("SHUT " + row.benchmark() + ": " + why));
      row.notes().forEach(note -> out.println("note " + row.benchmark() + ": " + note));
      if (!row.failed().isEmpty()) {
        out.println("FAILED " + row.failed());
      }
    }
    out.println(
        rows.size()
            + " benchmarks, "
            + rows.stream().filter(row -> !row.shut().isEmpty()).count()
            + " at a gate that is shut, "
            + rows.stream().filter(row -> !row.failed().isEmpty()).count()
            + " failed");
  }

  private static int exitCode(List<GateFile.Row> rows) {
    if (rows.stream().anyMatch(row -> !row.shut().isEmpty())) {
      return ExitCode.REGRESSION;
    }
    return rows.stream().anyMatch(row -> !row.failed().isEmpty())
        ? ExitCode.UNSTABLE
        : ExitCode.FINE;
  }

  private int record(
      List<Configuration> configurations, Gates gates, RecordedLoops recorded, PrintWriter out) {
    if (loops == null) {
      throw TrackerException.usage("--record needs --loops FILE to write to");
    }
    RecordedLoops all = recorded;
    for (Configuration configuration : configurations) {
      for (String method : record) {
        try {
          Optional<HotLoop> loop = gates.loop(configuration, method);
          if (loop.isEmpty()) {
            throw TrackerException.infrastructure(
                "C2 made no loop of "
                    + method
                    + " in "
                    + configuration
                    + ": name the method that is compiled by itself, and warm up longer");
          }
          out.println(configuration + ", " + method + ": " + loop.get());
          all = all.with(new RecordedLoops.Loop(configuration.toString(), method, loop.get()));
        } catch (FailedForkException e) {
          throw TrackerException.infrastructure(e.getMessage(), e);
        }
      }
    }
    all.write(loops);
    out.println("wrote " + loops);
    return ExitCode.FINE;
  }
}
