package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.ForkRunner;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Rounds: in each one, every benchmark has a fork of the base and a fork of the candidate, one
 * after the other, in an order that is drawn. Every other round goes through the benchmarks the
 * other way. A pair during which the machine changed is run again.
 */
public final class PairedRun implements Pairing {
  private final BenchmarkJar base;
  private final BenchmarkJar candidate;
  private final ForkRunner runner;
  private final Calibration calibration;
  private final Progress progress;
  private final SplittableRandom random;

  public PairedRun(
      BenchmarkJar base,
      BenchmarkJar candidate,
      ForkRunner runner,
      Calibration calibration,
      Progress progress,
      long seed) {
    this.base = base;
    this.candidate = candidate;
    this.runner = runner;
    this.calibration = calibration;
    this.progress = progress;
    this.random = new SplittableRandom(seed);
  }

  /** What became of one benchmark with one set of parameters. */
  public static final class Outcome {
    private final Map<SeriesKey, Pairs> pairs = new TreeMap<>();
    private int repeats;
    private Optional<String> failure = Optional.empty();

    /** A series for each mode. */
    public Collection<Pairs> pairs() {
      return pairs.values();
    }

    /** How many pairs were run again. */
    public int repeats() {
      return repeats;
    }

    /** Why there are fewer rounds than asked for. */
    public Optional<String> failure() {
      return failure;
    }
  }

  @Override
  public Map<Configuration, Outcome> run(List<Configuration> configurations, int rounds) {
    Map<Configuration, Outcome> outcomes = new TreeMap<>();
    configurations.forEach(configuration -> outcomes.put(configuration, new Outcome()));
    progress.expect(2 * rounds * configurations.size());
    calibration.look();
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < configurations.size(); i++) {
        int at = round % 2 == 0 ? i : configurations.size() - 1 - i;
        Configuration configuration = configurations.get(at);
        Outcome outcome = outcomes.get(configuration);
        if (outcome == null) {
          throw new IllegalStateException("no outcome of " + configuration);
        }
        String turn = "round " + (round + 1) + " of " + rounds + ": " + configuration;
        if (outcome.failure.isEmpty()) {
          pair(configuration, outcome, rounds, turn);
        }
        if (outcome.failure.isPresent()) {
          progress.step(turn + " left out");
          progress.step(turn + " left out");
        }
      }
    }
    return outcomes;
  }

  private void pair(Configuration configuration, Outcome outcome, int rounds, String turn) {
    while (true) {
      List<ForkResult> ofBase;
      List<ForkResult> ofCandidate;
      try {
        boolean baseFirst = random.nextBoolean();
        List<ForkResult> first = runner.fork(baseFirst ? base : candidate, configuration);
        List<ForkResult> second = runner.fork(baseFirst ? candidate : base, configuration);
        ofBase = baseFirst ? first : second;
        ofCandidate = baseFirst ? second : first;
      } catch (FailedForkException e) {
        outcome.failure = Optional.of("a fork failed: " + e.getMessage());
        return;
      }
      calibration.look();
      if (!calibration.hasChanged()) {
        add(outcome, ofBase, ofCandidate);
        progress.step(turn + " " + base.label());
        progress.step(turn + " " + candidate.label());
        return;
      }
      outcome.repeats++;
      if (outcome.repeats > Math.max(2, rounds)) {
        outcome.failure =
            Optional.of(
                "the machine changed during "
                    + outcome.repeats
                    + " pairs, more than half of all: "
                    + calibration.middle()
                    + " was the median");
        return;
      }
    }
  }

  private static void add(Outcome outcome, List<ForkResult> base, List<ForkResult> candidate) {
    for (ForkResult ofBase : base) {
      for (ForkResult ofCandidate : candidate) {
        if (ofBase.key().equals(ofCandidate.key())) {
          requireSameJdk(ofBase, ofCandidate);
          outcome.pairs.computeIfAbsent(ofBase.key(), Pairs::none).add(ofBase, ofCandidate);
        }
      }
    }
    if (outcome.pairs.isEmpty()) {
      outcome.failure =
          Optional.of(
              "the sides have no mode in common: "
                  + modes(base)
                  + " in the base, "
                  + modes(candidate)
                  + " in the candidate");
    }
  }

  private static List<String> modes(List<ForkResult> forks) {
    List<String> modes = new ArrayList<>();
    forks.forEach(
        fork -> modes.add(fork.key().mode() + " on " + fork.key().threads() + " threads"));
    return modes;
  }

  private static void requireSameJdk(ForkResult base, ForkResult candidate) {
    if (!base.jvm().sameJdk(candidate.jvm())) {
      throw TrackerException.usage(
          "the base ran on "
              + base.jvm()
              + " and the candidate on "
              + candidate.jvm()
              + ": an annotation names a JVM on one side; compare on one JDK");
    }
  }
}
