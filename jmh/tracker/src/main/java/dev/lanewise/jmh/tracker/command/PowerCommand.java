package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.compare.Comparer;
import dev.lanewise.jmh.tracker.compare.Noise;
import dev.lanewise.jmh.tracker.compare.PairedRun;
import dev.lanewise.jmh.tracker.compare.Pairs;
import dev.lanewise.jmh.tracker.compare.Power;
import dev.lanewise.jmh.tracker.explore.Axis;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.lane.Lane;
import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.source.Sources;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker power}. */
@Command(
    name = "power",
    description = {
      "Compares a side with itself, the candidate with an option of the JVM that makes it slower:"
          + " how often is the slow-down found, and how often is one where there is none?",
      "A value that stands there twice is compared twice as often."
    },
    mixinStandardHelpOptions = true)
final class PowerCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(
      names = "-x",
      paramLabel = "OPTION=VALUES",
      required = true,
      description = "of the candidate's JVM, as in -x=-Dslower=0,0,5,10")
  String x = "";

  @Option(
      names = "--comparisons",
      paramLabel = "N",
      description = "of each value; default: ${DEFAULT-VALUE}",
      defaultValue = "4")
  int comparisons;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "default: a file of its own in the folder power of the store")
  @Nullable Path output;

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin RoundOptions rounds = new RoundOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  /** One comparison, all benchmarks. */
  private record Job(String value, long seed) {}

  private record Done(Job job, Comparer.Result result) {}

  @Override
  public Integer call() {
    Axis axis = Axis.parse(x);
    if (!axis.isOfJvm()) {
      throw TrackerException.usage(axis.name() + " is no option of the JVM such as -Dname=0,5,10");
    }
    if (comparisons < 1) {
      throw TrackerException.usage("--comparisons is " + comparisons + ": one at least");
    }
    Session session = Session.open(store.store, "power");
    JmhOptions options = benchmarks.options();
    Lanes lanes = rounds.lanes(session.scratch());
    Sources.Side side = sides.sources(store.store, session.scratch()).resolve(candidate);
    List<Configuration> configurations = side.jar().configurations(options, session.scratch());
    List<Done> done;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      done = compareAll(axis, side.jar(), configurations, options, lanes, progress);
    }
    Power power = power(session, side, axis, done);
    print(power, spec.commandLine().getOut());
    Path file =
        output == null ? store.store.resolve("power").resolve(session.id() + ".json") : output;
    power.write(file);
    spec.commandLine().getOut().println("wrote " + file);
    boolean unstable = power.rows().stream().anyMatch(row -> row.count(Verdict.UNSTABLE) > 0);
    return unstable ? ExitCode.UNSTABLE : ExitCode.FINE;
  }

  private List<Done> compareAll(
      Axis axis,
      BenchmarkJar jar,
      List<Configuration> configurations,
      JmhOptions options,
      Lanes lanes,
      Progress progress) {
    Noise noise = Noise.read(store.store, Machine.here());
    Map<Lane, Calibration> calibrations = new HashMap<>();
    lanes.all().forEach(lane -> calibrations.put(lane, rounds.calibration(lane)));
    return lanes.run(
        jobs(axis),
        (lane, job) -> {
          PairedRun run =
              new PairedRun(
                  jar,
                  axis.applied(jar, job.value()),
                  RunCommand.runner(options, lane),
                  Objects.requireNonNull(calibrations.get(lane), "each lane has one"),
                  progress,
                  job.seed());
          Comparer comparer = new Comparer(run, rounds.rounds(), noise::delta, job.seed());
          return new Done(job, comparer.compare(configurations));
        });
  }

  private List<Job> jobs(Axis axis) {
    List<Job> jobs = new ArrayList<>();
    for (int comparison = 0; comparison < comparisons; comparison++) {
      for (String value : axis.values()) {
        jobs.add(new Job(value, rounds.seed + jobs.size()));
      }
    }
    return jobs;
  }

  private Power power(Session session, Sources.Side side, Axis axis, List<Done> done) {
    Power.Tally tally = new Power.Tally();
    for (String value : axis.values().stream().distinct().toList()) {
      done.stream()
          .filter(one -> one.job().value().equals(value))
          .forEach(one -> tally.add(axis.name() + "=" + value, one.result().comparisons()));
    }
    String java =
        done.stream()
            .flatMap(one -> one.result().pairs().stream())
            .map((Pairs pairs) -> pairs.base().get(0).jvm().toString())
            .findFirst()
            .orElse("unknown");
    return new Power(
        Machine.here(),
        session.time(),
        side.jar().label(),
        side.digest(),
        java,
        rounds.rounds(),
        Session.command(spec),
        tally.rows());
  }

  private static void print(Power power, PrintWriter out) {
    for (Power.Row row : power.rows()) {
      StringBuilder verdicts = new StringBuilder();
      for (Verdict verdict : Verdict.values()) {
        if (row.count(verdict) > 0) {
          verdicts.append(", ").append(row.count(verdict)).append(' ').append(verdict.words());
        }
      }
      out.printf(
          Locale.ROOT,
          "%s %s: ratio %.3f (%.3f to %.3f) in %d comparisons%s; %d changes not confirmed%n",
          row.benchmark(),
          row.option(),
          row.ratio(),
          row.low(),
          row.high(),
          row.comparisons(),
          verdicts,
          row.unconfirmed());
    }
  }
}
