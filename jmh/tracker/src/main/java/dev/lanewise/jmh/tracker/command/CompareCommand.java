package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.compare.Comparer;
import dev.lanewise.jmh.tracker.compare.Comparison;
import dev.lanewise.jmh.tracker.compare.Noise;
import dev.lanewise.jmh.tracker.compare.PairedRun;
import dev.lanewise.jmh.tracker.compare.Pairing;
import dev.lanewise.jmh.tracker.compare.Pairs;
import dev.lanewise.jmh.tracker.compare.SideBySide;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.history.History;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.history.RawResults;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.report.ComparisonFile;
import dev.lanewise.jmh.tracker.report.HtmlReport;
import dev.lanewise.jmh.tracker.source.Sources;
import dev.lanewise.jmh.tracker.statistics.SignedRank;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker compare}. */
@Command(
    name = "compare",
    description = {
      "Compares two sides in rounds of one fork each, and confirms what changed with fresh rounds.",
      "The sides may be the same code with other options: --candidate-jvm -XX:+UseParallelGC"
    },
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  @Option(
      names = {"-b", "--base"},
      paramLabel = "SIDE",
      required = true,
      description = "jar, class path, folder or revision")
  String base = "";

  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "likewise; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(names = "--base-jvm", paramLabel = "OPTION", description = "of the JVMs of the base")
  List<String> baseJvm = new ArrayList<>();

  @Option(
      names = "--candidate-jvm",
      paramLabel = "OPTION",
      description = "of the JVMs of the candidate")
  List<String> candidateJvm = new ArrayList<>();

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin RoundOptions rounds = new RoundOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Session session = Session.open(store.store, "compare");
    JmhOptions options = benchmarks.options();
    Sources sources = sides.sources(store.store, session.scratch());
    Sources.Side baseSide = sources.resolve(base);
    Sources.Side candidateSide = sources.resolve(candidate);
    BenchmarkJar baseJar = baseSide.jar().with(baseJvm);
    BenchmarkJar candidateJar = candidateSide.jar().with(candidateJvm);
    List<Configuration> common = common(baseJar, candidateJar, options, session, out);
    Machine machine = Machine.here();
    warnOfFewRounds(common.size(), out);
    Noise noise = Noise.read(store.store, machine);
    List<Calibration> calibrations = new ArrayList<>();
    Comparer.Result result;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      Pairing run =
          new SideBySide(
              rounds.lanes(session.scratch()),
              lane -> {
                Calibration calibration = rounds.calibration(lane);
                calibrations.add(calibration);
                return new PairedRun(
                    baseJar,
                    candidateJar,
                    RunCommand.runner(options, lane),
                    calibration,
                    progress,
                    rounds.seed);
              });
      result = new Comparer(run, rounds.rounds(), noise::delta, rounds.seed).compare(common);
    }
    keep(
        session,
        machine,
        Calibration.middle(calibrations),
        baseSide,
        candidateSide,
        result.pairs());
    ComparisonFile file =
        new ComparisonFile(
            session.id(),
            session.time(),
            machine,
            side(baseSide, baseJvm),
            side(candidateSide, candidateJvm),
            rounds.rounds(),
            rounds.seed,
            result.comparisons());
    Path json = file.write(store.store);
    Path html = HtmlReport.write(store.store, file);
    out.println("base      " + file.base());
    out.println("candidate " + file.candidate());
    Tables.verdicts(result.comparisons(), out);
    out.println("report " + html + ", data " + json);
    return exitCode(result.comparisons());
  }

  private static String side(Sources.Side side, List<String> jvm) {
    String label = side.jar().label();
    return jvm.isEmpty() ? label : label + " with " + String.join(" ", jvm);
  }

  private static List<Configuration> common(
      BenchmarkJar base,
      BenchmarkJar candidate,
      JmhOptions options,
      Session session,
      PrintWriter out) {
    List<Configuration> ofBase = base.configurations(options, session.scratch());
    List<Configuration> ofCandidate = candidate.configurations(options, session.scratch());
    List<Configuration> common = ofBase.stream().filter(ofCandidate::contains).toList();
    if (common.isEmpty()) {
      throw TrackerException.usage(
          "the sides have no benchmark in common: "
              + ofBase.size()
              + " match in "
              + base.label()
              + ", "
              + ofCandidate.size()
              + " in "
              + candidate.label());
    }
    tellOthers(ofBase, common, base, out);
    tellOthers(ofCandidate, common, candidate, out);
    return common;
  }

  private static void tellOthers(
      List<Configuration> all, List<Configuration> common, BenchmarkJar jar, PrintWriter out) {
    all.stream()
        .filter(configuration -> !common.contains(configuration))
        .forEach(configuration -> out.println("only in " + jar.label() + ": " + configuration));
  }

  /**
   * One change among many benchmarks must have a p-value below the level divided by their number.
   */
  private void warnOfFewRounds(int benchmarks, PrintWriter out) {
    int needed = 1;
    while (SignedRank.leastPValue(needed) * benchmarks > Verdict.LEVEL) {
      needed++;
    }
    if (rounds.rounds() < needed) {
      out.println(
          "with "
              + rounds.rounds()
              + " rounds one change among "
              + benchmarks
              + " benchmarks cannot be significant: that takes --rounds "
              + needed);
    }
  }

  private void keep(
      Session session,
      Machine machine,
      Calibration.Point calibration,
      Sources.Side base,
      Sources.Side candidate,
      List<Pairs> pairs) {
    List<Entry> entries = new ArrayList<>();
    RawResults ofBase = new RawResults();
    RawResults ofCandidate = new RawResults();
    for (Pairs series : pairs) {
      series.base().forEach(ofBase::add);
      series.candidate().forEach(ofCandidate::add);
    }
    keepSide(session, "base", machine, calibration, base, ofBase, entries);
    keepSide(session, "candidate", machine, calibration, candidate, ofCandidate, entries);
    new History(store.store, machine).append(entries);
  }

  private void keepSide(
      Session session,
      String kind,
      Machine machine,
      Calibration.Point calibration,
      Sources.Side side,
      RawResults raw,
      List<Entry> entries) {
    Entry.Origin origin =
        new Entry.Origin(
            session.time(), kind, session.id(), side.jar().label(), side.commit(), side.digest());
    raw.forks()
        .values()
        .forEach(forks -> entries.add(Entry.of(origin, machine, calibration, rounds.seed, forks)));
    AtomicFile.write(
        store.store.resolve("raw").resolve(session.id() + "-" + kind + ".json"), raw.toJson());
  }

  static int exitCode(List<Comparison> comparisons) {
    if (comparisons.stream().anyMatch(c -> c.verdict() == Verdict.REGRESSION)) {
      return ExitCode.REGRESSION;
    }
    return comparisons.stream().anyMatch(c -> c.verdict() == Verdict.UNSTABLE)
        ? ExitCode.UNSTABLE
        : ExitCode.FINE;
  }
}
