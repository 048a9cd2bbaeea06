package dev.lanewise.jmh.tracker.profile;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.gate.CompilationLog;
import dev.lanewise.jmh.tracker.gate.Gates;
import dev.lanewise.jmh.tracker.gate.HotLoop;
import dev.lanewise.jmh.tracker.gate.RecordedLoops;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The evidence of one benchmark in one folder: {@code flame.html}, {@code stacks.collapsed}, and
 * {@code profile.txt} with the machine, the command and what C2 made of the hottest code. The score
 * of a fork that was sampled is told nowhere.
 */
public final class Profiler {
  private final JmhOptions options;
  private final String event;
  private final Path scratch;
  private final Agent agent;

  public Profiler(JmhOptions options, String event, Path scratch) {
    this.options = options;
    this.event = event;
    this.scratch = scratch;
    this.agent = Agent.extract(scratch);
  }

  /**
   * Profiles a benchmark of one side.
   *
   * @param folder is made and filled
   * @param command that repeats it
   */
  public String profile(BenchmarkJar jar, Configuration configuration, Path folder, String command)
      throws FailedForkException {
    makeFolder(folder);
    Sampled sampled = sample(jar, configuration);
    AtomicFile.write(folder.resolve("stacks.collapsed"), sampled.stacks().toString());
    FlameGraphFile.write(
        folder.resolve("flame.html"), configuration + ", " + jar.label(), sampled.stacks());
    String hot = hotLoop(jar, configuration, sampled.stacks());
    AtomicFile.write(
        folder.resolve("profile.txt"),
        """
        benchmark  %s
        code       %s
        samples    %d of %s, every millisecond of processor time, in the benchmark
        hot loop   %s
        machine    %s
        java       %s
        command    %s
        """
            .formatted(
                configuration,
                jar.label(),
                sampled.stacks().samples(),
                event,
                hot,
                Machine.here(),
                sampled.jvm(),
                command));
    return hot;
  }

  /** Writes {@code difference.html} into the folder: what the candidate spends more or less on. */
  public void difference(
      BenchmarkJar base, BenchmarkJar candidate, Configuration configuration, Path folder)
      throws FailedForkException {
    makeFolder(folder);
    Stacks ofBase = sample(base, configuration).stacks();
    Stacks ofCandidate = sample(candidate, configuration).stacks();
    FlameGraphFile.writeDifference(
        folder.resolve("difference.html"),
        configuration + ": " + candidate.label() + " against " + base.label(),
        ofBase,
        ofCandidate);
  }

  private record Sampled(Stacks stacks, ForkResult.Jvm jvm) {}

  private Sampled sample(BenchmarkJar jar, Configuration configuration) throws FailedForkException {
    clear();
    ForkResult fork =
        jar.with(agent.options(event, scratch.resolve("stacks-%p.txt")))
            .fork(configuration, options, scratch)
            .get(0);
    for (Path file : files()) {
      Stacks stacks = read(file);
      if (stacks.isOfFork()) {
        return new Sampled(stacks.ofBenchmark(), fork.jvm());
      }
    }
    throw TrackerException.infrastructure(
        "the profiler left no stacks of "
            + configuration
            + " in "
            + scratch
            + ": try another --event, as ctimer or itimer");
  }

  /** A second fork, which is not sampled, prints the code. */
  private String hotLoop(BenchmarkJar jar, Configuration configuration, Stacks stacks)
      throws FailedForkException {
    Optional<String> method = stacks.hottestCode();
    if (method.isEmpty()) {
      return "no sample lies in compiled code";
    }
    Gates gates = new Gates(jar, options, new RecordedLoops(List.of()), 0, scratch);
    try {
      Optional<HotLoop> loop = gates.loop(configuration, method.get());
      return method.get() + ": " + loop.map(HotLoop::toString).orElse("C2 made no loop of it");
    } catch (TrackerException e) {
      // A flame graph is worth keeping on a machine that has no disassembler.
      return method.get() + ": " + e.getMessage();
    } finally {
      CompilationLog.clear(scratch);
    }
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(scratch)) {
      return new ArrayList<>(
          files
              .filter(file -> file.getFileName().toString().matches("stacks-.*\\.txt"))
              .sorted()
              .toList());
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot list " + scratch + ": " + e, e);
    }
  }

  private void clear() {
    for (Path file : files()) {
      try {
        Files.delete(file);
      } catch (IOException e) {
        throw TrackerException.infrastructure("cannot delete " + file + ": " + e, e);
      }
    }
  }

  private static Stacks read(Path file) {
    try {
      return Stacks.parse(Files.readString(file));
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + file + ": " + e, e);
    }
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot make " + folder + ": " + e, e);
    }
  }
}
