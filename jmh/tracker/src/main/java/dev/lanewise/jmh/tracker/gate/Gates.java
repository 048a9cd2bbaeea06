package dev.lanewise.jmh.tracker.gate;

import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** All gates of one benchmark, from one fork: what it says is the same on a busy machine. */
public final class Gates {
  /** Of a second fork, where a first one allocates: on a busy machine C2 takes that long. */
  private static final int WARM_UP_SECONDS = 20;

  private final BenchmarkJar jar;
  private final JmhOptions options;
  private final RecordedLoops recorded;
  private final double allowedBytes;
  private final Path scratch;

  /**
   * Gates of one side.
   *
   * @param allowedBytes per operation
   */
  public Gates(
      BenchmarkJar jar,
      JmhOptions options,
      RecordedLoops recorded,
      double allowedBytes,
      Path scratch) {
    this.jar = jar;
    this.options = options.and("-prof", "gc").ignoringLock();
    this.recorded = recorded;
    this.allowedBytes = allowedBytes;
    this.scratch = scratch;
  }

  /**
   * What a fork showed.
   *
   * @param shut a sentence for each gate that does not let it pass
   * @param notes what could not be asked
   */
  public record Outcome(List<String> shut, List<String> notes) {}

  /** Runs a fork and asks. */
  public Outcome check(Configuration configuration) throws FailedForkException {
    List<String> methods = recorded.methods(configuration.toString());
    List<String> notes = new ArrayList<>();
    List<String> shut = new ArrayList<>();
    if (!allocation(fork(configuration, methods, options)).isEmpty()) {
      shut.addAll(allocation(fork(configuration, methods, options.warmedUpFor(WARM_UP_SECONDS))));
    }
    CompilationLog log = CompilationLog.ofFork(scratch);
    log.failures().forEach(failure -> shut.add("a compilation failed: " + failure));
    log.huge().forEach(huge -> shut.add(huge + " and is never compiled"));
    Map<String, Optional<HotLoop>> loops = new LinkedHashMap<>();
    methods.forEach(method -> loops.put(method, HotLoop.of(log.listings(method))));
    Set<Integer> ran =
        loops.values().stream()
            .flatMap(Optional::stream)
            .map(HotLoop::bits)
            .collect(Collectors.toSet());
    loops.forEach(
        (method, loop) -> {
          if (loop.isPresent()) {
            compare(configuration, method, loop.get(), shut, notes);
          } else if (!recorded.isOfOtherWidths(configuration.toString(), method, ran)) {
            shut.add(
                "C2 made no loop of " + method + ": it was not compiled, or no longer by itself");
          }
        });
    return new Outcome(List.copyOf(shut), List.copyOf(notes));
  }

  private List<String> allocation(List<ForkResult> forks) {
    List<String> complaints = new ArrayList<>();
    for (ForkResult fork : forks) {
      Allocation.complaint(fork, allowedBytes).ifPresent(complaints::add);
    }
    return complaints;
  }

  private void compare(
      Configuration configuration,
      String method,
      HotLoop now,
      List<String> shut,
      List<String> notes) {
    Optional<HotLoop> before = recorded.find(configuration.toString(), method, now.bits());
    if (before.isEmpty()) {
      notes.add("nothing is recorded of " + method + " at " + now.bits() + " bits: " + now);
      return;
    }
    now.worseThan(before.get()).forEach(worse -> shut.add(method + ": " + worse));
  }

  /** What C2 makes of a method in a fork of a benchmark; nothing where it makes no loop of it. */
  public Optional<HotLoop> loop(Configuration configuration, String method)
      throws FailedForkException {
    fork(configuration, List.of(method), options);
    return HotLoop.of(CompilationLog.ofFork(scratch).listings(method));
  }

  private List<ForkResult> fork(Configuration configuration, List<String> methods, JmhOptions how)
      throws FailedForkException {
    CompilationLog.clear(scratch);
    List<String> jvm = new ArrayList<>(CompilationLog.options(scratch));
    methods.forEach(method -> jvm.addAll(CompilationLog.printing(method)));
    return jar.with(jvm).fork(configuration, how, scratch);
  }
}
