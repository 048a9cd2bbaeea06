package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.compare.EqualCode;
import dev.lanewise.jmh.tracker.compare.Noise;
import dev.lanewise.jmh.tracker.compare.PairedRun;
import dev.lanewise.jmh.tracker.compare.Pairs;
import dev.lanewise.jmh.tracker.compare.SideBySide;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker aa}. */
@Command(
    name = "aa",
    description = {
      "Compares a side with itself again and again: how often equal code raises an alarm, what"
          + " change this machine shows where there is none, and which slow-downs are found.",
      "compare takes the change that counts from here."
    },
    mixinStandardHelpOptions = true)
final class AaCommand implements Callable<Integer> {
  /** A series of comparisons has that many false alarms at most, as a fraction. */
  private static final double PROMISE = 0.01;

  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(
      names = "--comparisons",
      paramLabel = "N",
      description = "two at least; default: ${DEFAULT-VALUE}",
      defaultValue = "4")
  int comparisons;

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin RoundOptions rounds = new RoundOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (comparisons < 2) {
      throw TrackerException.usage("--comparisons is " + comparisons + ": two at least");
    }
    Session session = Session.open(store.store, "aa");
    JmhOptions options = benchmarks.options();
    BenchmarkJar jar = sides.sources(store.store, session.scratch()).resolve(candidate).jar();
    List<Configuration> configurations = jar.configurations(options, session.scratch());
    Map<Configuration, PairedRun.Outcome> outcomes;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      outcomes =
          new SideBySide(
                  rounds.lanes(session.scratch()),
                  lane ->
                      new PairedRun(
                          jar,
                          jar,
                          RunCommand.runner(options, lane),
                          rounds.calibration(lane),
                          progress,
                          rounds.seed))
              .run(configurations, Math.multiplyExact(comparisons, rounds.rounds()));
    }
    EqualCode equal = new EqualCode(rounds.rounds(), rounds.seed);
    List<Noise.OfSeries> series = new ArrayList<>();
    boolean unstable = false;
    for (Map.Entry<Configuration, PairedRun.Outcome> entry : outcomes.entrySet()) {
      if (entry.getValue().failure().isPresent()) {
        unstable = true;
        out.println(entry.getKey() + ": unstable: " + entry.getValue().failure().get());
        continue;
      }
      for (Pairs pairs : entry.getValue().pairs()) {
        series.add(equal.of(pairs.series(), pairs.rounds()));
      }
    }
    Noise noise = new Noise(Machine.here(), session.time(), rounds.rounds(), series);
    print(noise, out);
    Path file = noise.write(store.store);
    out.println("wrote " + file);
    return unstable ? ExitCode.UNSTABLE : exitCode(series);
  }

  private static int exitCode(List<Noise.OfSeries> series) {
    int alarms = series.stream().mapToInt(Noise.OfSeries::alarms).sum();
    int comparisons = series.stream().mapToInt(Noise.OfSeries::comparisons).sum();
    return alarms > PROMISE * comparisons ? ExitCode.UNSTABLE : ExitCode.FINE;
  }

  private static void print(Noise noise, PrintWriter out) {
    int width =
        noise.series().stream().mapToInt(one -> one.series().toString().length()).max().orElse(1);
    out.printf(
        "%-" + width + "s false alarms, before confirmation (of drawn comparisons); noise; power%n",
        "");
    for (Noise.OfSeries one : noise.series()) {
      StringBuilder power = new StringBuilder();
      one.power()
          .forEach(
              (slowDown, found) ->
                  power.append(
                      String.format(
                          Locale.ROOT, "  +%.0f %%: %.0f %%", 100 * slowDown, 100 * found)));
      out.printf(
          Locale.ROOT,
          "%-" + width + "s %d of %d, %d (%.2f %%, %.2f %%); %.1f %%;%s%n",
          one.series(),
          one.alarms(),
          one.comparisons(),
          one.firstAlarms(),
          100 * one.rates().confirmed(),
          100 * one.rates().first(),
          100 * one.delta(),
          power);
    }
  }
}
