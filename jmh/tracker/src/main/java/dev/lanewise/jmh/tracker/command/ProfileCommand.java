package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.profile.Profiler;
import dev.lanewise.jmh.tracker.report.FlameGraphs;
import dev.lanewise.jmh.tracker.source.Sources;
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

/** {@code tracker profile}. */
@Command(
    name = "profile",
    description = {
      "Samples each benchmark with async-profiler and counts the instructions of its hot loop.",
      "With --base as well, a differential flame graph of the two sides."
    },
    mixinStandardHelpOptions = true)
final class ProfileCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Option(
      names = {"-b", "--base"},
      paramLabel = "SIDE",
      description = "what the candidate is to be set against")
  @Nullable String base;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "a folder is made in it for each benchmark; default: profiles in the store")
  @Nullable Path output;

  @Option(
      names = "--event",
      paramLabel = "EVENT",
      description = "of async-profiler; the default ${DEFAULT-VALUE} needs no perf events",
      defaultValue = "ctimer")
  String event = "ctimer";

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Session session = Session.open(store.store, "profile");
    JmhOptions options = benchmarks.options();
    Sources sources = sides.sources(store.store, session.scratch());
    BenchmarkJar jar = sources.resolve(candidate).jar();
    BenchmarkJar against = base == null ? null : sources.resolve(base).jar();
    Profiler profiler = new Profiler(options, event, session.scratch());
    Path folder = output == null ? store.store.resolve("profiles") : output;
    List<String> lines = new ArrayList<>();
    boolean failed = false;
    try (Progress progress = ConsoleProgress.of(spec.commandLine().getErr())) {
      List<Configuration> configurations = jar.configurations(options, session.scratch());
      progress.expect(configurations.size());
      for (Configuration configuration : configurations) {
        SeriesKey key = new SeriesKey(configuration.benchmark(), "", 1, configuration.parameters());
        Path own = FlameGraphs.folder(folder, key);
        try {
          String hot = profiler.profile(jar, configuration, own, command(configuration));
          if (against != null) {
            profiler.difference(against, jar, configuration, own);
          }
          lines.add(own + "\n    " + hot);
        } catch (FailedForkException e) {
          lines.add("FAILED " + e.getMessage());
          failed = true;
        }
        progress.step(configuration.toString());
      }
    }
    lines.forEach(out::println);
    return failed ? ExitCode.UNSTABLE : ExitCode.FINE;
  }

  private String command(Configuration configuration) {
    StringBuilder command =
        new StringBuilder("tracker profile -c " + candidate + " --event " + event);
    configuration
        .parameters()
        .forEach((name, value) -> command.append(" -p ").append(name).append('=').append(value));
    if (!benchmarks.jmh.isBlank()) {
      command.append(" --jmh \"").append(benchmarks.jmh).append('"');
    }
    return command.append(' ').append(configuration.benchmark()).toString();
  }
}
