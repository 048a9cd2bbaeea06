package dev.lanewise.jmh.tracker.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Rounds of one side: in each, one fork of every benchmark, every other round the other way. A fork
 * beside which the machine was unsteady is run again.
 */
public final class UnpairedRun {
  private final BenchmarkJar jar;
  private final ForkRunner runner;
  private final Calibration calibration;
  private final Progress progress;

  public UnpairedRun(
      BenchmarkJar jar, ForkRunner runner, Calibration calibration, Progress progress) {
    this.jar = jar;
    this.runner = runner;
    this.calibration = calibration;
    this.progress = progress;
  }

  /**
   * What became of the run.
   *
   * @param forks in the order in which they ran
   * @param failures by benchmark: why it has no or fewer forks
   */
  public record Outcome(List<ForkResult> forks, Map<Configuration, String> failures) {
    /** Those of several runs as one. */
    public static Outcome merged(List<Outcome> outcomes) {
      List<ForkResult> forks = new ArrayList<>();
      Map<Configuration, String> failures = new TreeMap<>();
      for (Outcome outcome : outcomes) {
        forks.addAll(outcome.forks);
        failures.putAll(outcome.failures);
      }
      return new Outcome(List.copyOf(forks), failures);
    }
  }

  public Outcome run(List<Configuration> configurations, int rounds) {
    List<ForkResult> forks = new ArrayList<>();
    Map<Configuration, String> failures = new TreeMap<>();
    Map<Configuration, Integer> repeats = new TreeMap<>();
    progress.expect(rounds * configurations.size());
    calibration.look();
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < configurations.size(); i++) {
        Configuration configuration =
            configurations.get(round % 2 == 0 ? i : configurations.size() - 1 - i);
        while (!failures.containsKey(configuration)) {
          if (calibration.isUnusual()) {
            calibration.look();
          }
          boolean unusualBefore = calibration.isUnusual();
          Optional<List<ForkResult>> fork = fork(configuration, failures);
          calibration.look();
          if (fork.isPresent() && !unusualBefore && !calibration.isUnusual()) {
            forks.addAll(fork.get());
            break;
          }
          if (repeats.merge(configuration, 1, Integer::sum) > Math.max(2, rounds)) {
            failures.putIfAbsent(
                configuration,
                "the machine was unsteady: " + calibration.middle() + " was the median");
          }
        }
        progress.step("round " + (round + 1) + " of " + rounds + ": " + configuration);
      }
    }
    return new Outcome(List.copyOf(forks), failures);
  }

  private Optional<List<ForkResult>> fork(
      Configuration configuration, Map<Configuration, String> failures) {
    try {
      return Optional.of(runner.fork(jar, configuration));
    } catch (FailedForkException e) {
      failures.put(configuration, "a fork failed: " + e.getMessage());
      return Optional.empty();
    }
  }
}
