package dev.lanewise.jmh.tracker.compare;

import static dev.lanewise.jmh.tracker.compare.SimulatedRunner.BASE;
import static dev.lanewise.jmh.tracker.compare.SimulatedRunner.CANDIDATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.lane.Lanes;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.Progress;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PowerTest {
  private static final Configuration ONE = new Configuration("a.B.one", new TreeMap<>());
  private static final Configuration TWO = new Configuration("a.B.two", new TreeMap<>());

  @Test
  void comparisonsOfEqualAndOfSlowedCodeAreCountedApart() {
    Power.Tally tally = new Power.Tally();
    for (int seed = 1; seed <= 4; seed++) {
      tally.add("-Dslower=0", compared(seed, 1));
      tally.add("-Dslower=20", compared(seed, 1.2));
    }
    List<Power.Row> rows = tally.rows();
    assertEquals(2, rows.size());
    Power.Row equal = rows.get(0);
    assertEquals(4, equal.comparisons());
    assertEquals(4, equal.count(Verdict.EQUIVALENT));
    assertEquals(0, equal.count(Verdict.REGRESSION));
    assertTrue(equal.low() <= equal.ratio() && equal.ratio() <= equal.high(), equal.toString());
    Power.Row slowed = rows.get(1);
    assertEquals("-Dslower=20", slowed.option());
    assertEquals(4, slowed.count(Verdict.REGRESSION));
    assertEquals(1.2, slowed.ratio(), 0.02);
  }

  @Test
  void aChangeThatWasNotConfirmedIsCountedAsSuch() {
    Power.Tally tally = new Power.Tally();
    Pairing once = pairing(SimulatedRunner.of(4, fork -> fork < 10 ? 1.2 : 1));
    tally.add(
        "-Dslower=0", new Comparer(once, 10, key -> 0.03, 1).compare(List.of(ONE)).comparisons());
    assertEquals(1, tally.rows().get(0).unconfirmed());
    assertEquals(0, tally.rows().get(0).count(Verdict.REGRESSION));
  }

  @Test
  void benchmarksOnTwoLanesAreAllCompared(@TempDir Path scratch) {
    SideBySide both =
        new SideBySide(Lanes.of(1, scratch), lane -> pairing(SimulatedRunner.of(1, fork -> 1.2)));
    assertEquals(List.of(ONE, TWO), List.copyOf(both.run(List.of(TWO, ONE), 3).keySet()));
  }

  private static List<Comparison> compared(long seed, double factor) {
    Pairing run = pairing(SimulatedRunner.of(seed, fork -> factor));
    return new Comparer(run, 10, key -> 0.03, seed).compare(List.of(ONE)).comparisons();
  }

  private static PairedRun pairing(SimulatedRunner runner) {
    Calibration steady = new Calibration(() -> new Calibration.Point(100, 20), 0.1);
    return new PairedRun(BASE, CANDIDATE, runner, steady, Progress.silent(), 1);
  }
}
