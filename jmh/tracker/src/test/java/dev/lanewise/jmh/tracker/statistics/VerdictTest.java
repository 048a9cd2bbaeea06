package dev.lanewise.jmh.tracker.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final double DELTA = 0.03;
  private static final int ROUNDS = 10;
  private static final int RUNS = 200;
  private static final int REPLICATES = 1000;

  @Test
  void aVerdictFollowsFromTheIntervalAndTheTest() {
    assertEquals(Verdict.REGRESSION, verdict(1.031, 1.2, 0.01));
    assertEquals(Verdict.NO_CHANGE_SHOWN, verdict(1.029, 1.2, 0.01));
    assertEquals(Verdict.NO_CHANGE_SHOWN, verdict(1.031, 1.2, 0.06));
    assertEquals(Verdict.IMPROVED, verdict(0.8, 0.97, 0.01));
    assertEquals(Verdict.NO_CHANGE_SHOWN, verdict(0.8, 0.971, 0.01));
    assertEquals(Verdict.EQUIVALENT, verdict(0.98, 1.02, 0.5));
    assertEquals(Verdict.EQUIVALENT, verdict(1.01, 1.02, 0.001));
  }

  @Test
  void equalCodeRaisesNoFalseAlarm() {
    // The promise is at most 1 %, after a confirmation of fresh rounds.
    long alarms = confirmed(1, Verdict.REGRESSION) + confirmed(1, Verdict.IMPROVED);
    assertTrue(alarms <= RUNS / 100, alarms + " of " + RUNS);
  }

  @Test
  void equalCodeIsMostOftenShownToBeEquivalent() {
    // Every twentieth fork is disturbed by 10 %: some intervals must be wide.
    int runs = RUNS / 2;
    long equivalent = 0;
    for (int run = 0; run < runs; run++) {
      if (of(new SimulatedForks(run).rounds(ROUNDS, 1)) == Verdict.EQUIVALENT) {
        equivalent++;
      }
    }
    assertTrue(equivalent >= 0.6 * runs, equivalent + " of " + runs);
  }

  @Test
  void aSlowDownOfTenPercentIsFoundAndOneOfTwoPercentIsNoAlarm() {
    assertTrue(confirmed(1.10, Verdict.REGRESSION) >= 0.95 * RUNS);
    assertTrue(confirmed(1.02, Verdict.REGRESSION) <= 0.01 * RUNS);
    assertTrue(confirmed(1 / 1.10, Verdict.IMPROVED) >= 0.95 * RUNS);
  }

  /** In how many runs the verdict is the wanted one, and that of fresh rounds too. */
  private static long confirmed(double factor, Verdict wanted) {
    long count = 0;
    for (int run = 0; run < RUNS; run++) {
      if (shown(new SimulatedForks(2L * run).rounds(ROUNDS, factor), wanted)
          && shown(new SimulatedForks(2L * run + 1).rounds(ROUNDS, factor), wanted)) {
        count++;
      }
    }
    return count;
  }

  /** Most rounds without a change are told apart by the test, which is much cheaper. */
  private static boolean shown(List<Round> rounds, Verdict wanted) {
    return SignedRank.pValue(Round.logRatios(rounds)) <= Verdict.LEVEL && of(rounds) == wanted;
  }

  private static Verdict of(List<Round> rounds) {
    return Verdict.of(
        RatioInterval.of(rounds, 1, REPLICATES), SignedRank.pValue(Round.logRatios(rounds)), DELTA);
  }

  private static Verdict verdict(double low, double high, double adjusted) {
    return Verdict.of(new RatioInterval((low + high) / 2, low, high), adjusted, DELTA);
  }
}
