package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.history.RawResults;
import dev.lanewise.jmh.tracker.lane.Lane;
import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.ForkRunner;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.measure.UnpairedRun;
import dev.lanewise.jmh.tracker.source.Sources;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker run}. */
@Command(
    name = "run",
    description = "Measures one side and adds it to the history of this machine.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin RoundOptions rounds = new RoundOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Session session = Session.open(store.store, "run");
    JmhOptions options = benchmarks.options();
    Sources.Side side = sides.sources(store.store, session.scratch()).resolve(candidate);
    List<Configuration> configurations = side.jar().configurations(options, session.scratch());
    Lanes lanes = rounds.lanes(session.scratch());
    Map<Lane, Calibration> calibrations = new HashMap<>();
    lanes.all().forEach(lane -> calibrations.put(lane, rounds.calibration(lane)));
    UnpairedRun.Outcome outcome;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      outcome =
          UnpairedRun.Outcome.merged(
              lanes.run(
                  lanes.shares(configurations),
                  (lane, share) ->
                      new UnpairedRun(
                              side.jar(),
                              runner(options, lane),
                              Objects.requireNonNull(calibrations.get(lane), "each lane has one"),
                              progress)
                          .run(share, rounds.rounds())));
    }
    keep(session, side, Calibration.middle(calibrations.values()), outcome, out);
    outcome
        .failures()
        .forEach((configuration, why) -> out.println(configuration + ": unstable: " + why));
    return outcome.failures().isEmpty() ? ExitCode.FINE : ExitCode.UNSTABLE;
  }

  static ForkRunner runner(JmhOptions options, Lane lane) {
    JmhOptions pinned = options.in(lane);
    return (BenchmarkJar jar, Configuration configuration) ->
        jar.fork(configuration, pinned, lane.scratch());
  }

  private void keep(
      Session session,
      Sources.Side side,
      Calibration.Point calibration,
      UnpairedRun.Outcome outcome,
      PrintWriter out) {
    RawResults raw = new RawResults();
    outcome.forks().forEach(raw::add);
    if (raw.forks().isEmpty()) {
      return;
    }
    Machine machine = Machine.here();
    Entry.Origin origin =
        new Entry.Origin(
            session.time(), "run", session.id(), side.jar().label(), side.commit(), side.digest());
    List<Entry> entries =
        raw.forks().values().stream()
            .map(forks -> Entry.of(origin, machine, calibration, rounds.seed, forks))
            .toList();
    Path json = store.store.resolve("raw").resolve(session.id() + ".json");
    AtomicFile.write(json, raw.toJson());
    History history = new History(store.store, machine);
    history.append(entries);
    Tables.scores(entries, out);
    out.println("added " + entries.size() + " series to " + history.file() + ", raw: " + json);
  }
}
