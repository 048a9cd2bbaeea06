package dev.lanewise.jmh.tracker.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShiftTest {
  private static final Shift.Settings SETTINGS = new Shift.Settings(0.01, 0.03, 1);

  @Test
  void aLastingSlowDownIsToldWithTheFirstRunAtTheNewLevel() {
    double[] levels = new double[30];
    Arrays.fill(levels, 0, 18, 100);
    Arrays.fill(levels, 18, 30, 110);
    List<Shift> shifts = shifts(levels);
    assertEquals(1, shifts.size());
    assertEquals(18, shifts.get(0).index());
    assertEquals(1.10, shifts.get(0).ratio(), 0.01);
    assertTrue(shifts.get(0).isWorse());
    assertEquals(12, shifts.get(0).runsSince());
    assertEquals("session-17", shifts.get(0).before().session());
  }

  @Test
  void aSpeedUpIsNotForTheWorse() {
    double[] levels = new double[24];
    Arrays.fill(levels, 0, 12, 110);
    Arrays.fill(levels, 12, 24, 100);
    assertFalse(shifts(levels).get(0).isWorse());
  }

  @Test
  void aChangeBelowTheLeastMagnitudeIsNotTold() {
    double[] levels = new double[40];
    Arrays.fill(levels, 0, 20, 100);
    Arrays.fill(levels, 20, 40, 102);
    assertEquals(List.of(), shifts(levels));
  }

  @Test
  void runsAndChangesAreToldToOtherTools() {
    double[] levels = new double[30];
    Arrays.fill(levels, 0, 18, 100);
    Arrays.fill(levels, 18, 30, 110);
    List<Entry> runs = Entries.runs(levels);
    Trends trends =
        Trends.of(new History.Content(runs, List.of()), SETTINGS, Machine.here(), "detect");
    assertEquals(Entries.MACHINE, trends.machine());
    assertEquals(runs.get(29).time(), trends.time());
    assertEquals(1, trends.series().size());
    Trends.Row row = trends.series().get(0);
    assertEquals("ns/op", row.unit());
    assertEquals(30, row.runs().size());
    assertEquals(runs.get(17).score(), row.runs().get(17).score());
    assertEquals("0000000000", row.runs().get(17).code());
    assertEquals(3, row.runs().get(17).forks());
    assertEquals(1, row.changes().size());
    assertEquals(18, row.changes().get(0).index());
    assertEquals(1.10, row.changes().get(0).ratio(), 0.01);
  }

  @Test
  void aHistoryWithoutRunsIsOfTheMachineHere() {
    Trends none =
        Trends.of(new History.Content(List.of(), List.of()), SETTINGS, Machine.here(), "detect");
    assertEquals(Machine.here(), none.machine());
    assertEquals(List.of(), none.series());
  }

  private static List<Shift> shifts(double... levels) {
    List<Entry> runs = Entries.runs(levels);
    return Shift.of(runs.get(0).trend(), runs, SETTINGS);
  }
}
