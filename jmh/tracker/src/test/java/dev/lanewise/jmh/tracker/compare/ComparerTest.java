package dev.lanewise.jmh.tracker.compare;

import static dev.lanewise.jmh.tracker.compare.SimulatedRunner.BASE;
import static dev.lanewise.jmh.tracker.compare.SimulatedRunner.CANDIDATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.FailedForkException;
import dev.lanewise.jmh.tracker.measure.ForkRunner;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ComparerTest {
  private static final int ROUNDS = 10;
  private static final Configuration ONE = new Configuration("a.B.one", new TreeMap<>());
  private static final Configuration TWO = new Configuration("a.B.two", new TreeMap<>());
  private static final Calibration STEADY =
      new Calibration(() -> new Calibration.Point(100, 20), 0.1);

  @Test
  void equalCodeIsEquivalentAndNeedsNoConfirmation() {
    Comparer.Result result = compare(SimulatedRunner.of(1, fork -> 1), STEADY, ONE);
    assertEquals(Verdict.EQUIVALENT, result.comparisons().get(0).verdict());
    assertTrue(result.fresh().isEmpty());
  }

  @Test
  void aSlowDownIsARegressionOnceFreshRoundsHaveConfirmedIt() {
    Comparer.Result result = compare(SimulatedRunner.of(2, fork -> 1.1), STEADY, ONE);
    Comparison comparison = result.comparisons().get(0);
    assertEquals(Verdict.REGRESSION, comparison.verdict());
    assertEquals(2 * ROUNDS, comparison.candidate().size());
    assertTrue(comparison.confirmation() != null && comparison.confirmation().low() > 1.03);
  }

  @Test
  void aSpeedUpIsAnImprovement() {
    Comparer.Result result = compare(SimulatedRunner.of(3, fork -> 0.8), STEADY, ONE);
    assertEquals(Verdict.IMPROVED, result.comparisons().get(0).verdict());
  }

  @Test
  void aSlowDownThatFreshRoundsDoNotShowIsNoRegression() {
    Comparer.Result result =
        compare(SimulatedRunner.of(4, fork -> fork < ROUNDS ? 1.2 : 1), STEADY, ONE);
    Comparison comparison = result.comparisons().get(0);
    assertEquals(Verdict.NO_CHANGE_SHOWN, comparison.verdict());
    assertTrue(comparison.notes().get(0).contains("did not confirm"), comparison.notes().get(0));
  }

  @Test
  void theSameSeedGivesTheSameVerdictsToTheLastBit() {
    assertEquals(
        compare(SimulatedRunner.of(5, fork -> 1.04), STEADY, ONE, TWO).comparisons(),
        compare(SimulatedRunner.of(5, fork -> 1.04), STEADY, ONE, TWO).comparisons());
  }

  @Test
  void aFailedForkMakesItsBenchmarkUnstableAndNoOther() {
    SimulatedRunner fine = SimulatedRunner.of(6, fork -> 1);
    ForkRunner runner =
        (jar, configuration) -> {
          if (configuration.equals(TWO) && jar.equals(CANDIDATE)) {
            throw new FailedForkException("a.B.two of candidate: java.lang.Error");
          }
          return fine.fork(jar, configuration);
        };
    List<Comparison> comparisons = compare(runner, STEADY, ONE, TWO).comparisons();
    assertEquals(Verdict.EQUIVALENT, comparisons.get(0).verdict());
    assertEquals(Verdict.UNSTABLE, comparisons.get(1).verdict());
    assertTrue(comparisons.get(1).notes().get(0).contains("java.lang.Error"));
  }

  @Test
  void pairsDuringWhichTheMachineChangedAreRunAgain() {
    AtomicInteger looks = new AtomicInteger();
    Calibration once =
        new Calibration(
            () -> new Calibration.Point(looks.incrementAndGet() == 5 ? 50 : 100, 20), 0.1);
    Comparer.Result result = compare(SimulatedRunner.of(7, fork -> 1), once, ONE);
    assertEquals(
        List.of(2), result.first().values().stream().map(PairedRun.Outcome::repeats).toList());
    assertEquals(ROUNDS, result.comparisons().get(0).base().size());
    assertEquals(Verdict.EQUIVALENT, result.comparisons().get(0).verdict());
  }

  @Test
  void aMachineThatStaysUnsteadyMakesTheVerdictUnstableAndNotARegression() {
    AtomicInteger looks = new AtomicInteger();
    Calibration never =
        new Calibration(
            () -> new Calibration.Point(looks.incrementAndGet() % 2 == 0 ? 50 : 100, 20), 0.1);
    Comparer.Result result = compare(SimulatedRunner.of(8, fork -> 2), never, ONE);
    assertEquals(Verdict.UNSTABLE, result.comparisons().get(0).verdict());
  }

  @Test
  void sidesOnTwoJdksAreNotCompared() {
    SimulatedRunner runner =
        new SimulatedRunner(
            9,
            fork -> 1,
            Map.of("base", SimulatedRunner.jvm("25"), "candidate", SimulatedRunner.jvm("26")));
    TrackerException refused =
        assertThrows(TrackerException.class, () -> compare(runner, STEADY, ONE));
    assertTrue(refused.getMessage().contains("JDK 25"), refused.getMessage());
    assertTrue(refused.getMessage().contains("JDK 26"), refused.getMessage());
  }

  private static Comparer.Result compare(
      ForkRunner runner, Calibration calibration, Configuration... configurations) {
    PairedRun run = new PairedRun(BASE, CANDIDATE, runner, calibration, Progress.silent(), 1);
    return new Comparer(run, ROUNDS, series -> 0.03, 1).compare(List.of(configurations));
  }
}
