package dev.lanewise.jmh.tracker.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.statistics.Fork;
import dev.lanewise.jmh.tracker.statistics.Round;
import dev.lanewise.jmh.tracker.statistics.SimulatedForks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EqualCodeTest {
  private static final SeriesKey SERIES = new SeriesKey("a.B.c", "thrpt", 1, new TreeMap<>());

  @Test
  void simulatedNoiseGivesTheDeltaAndThePowerThatItMust() {
    Noise.OfSeries noise = new EqualCode(10, 1).of(SERIES, new SimulatedForks(3).rounds(40, 1));
    assertEquals(4, noise.comparisons());
    assertEquals(0, noise.alarms());
    // Ten rounds of forks with 1 % of noise each, some of them disturbed, show about 1 %.
    assertTrue(noise.delta() > 0.002 && noise.delta() < 0.03, noise.toString());
    assertTrue(power(noise, 0.02) <= 0.05, noise.toString());
    assertTrue(power(noise, 0.10) >= 0.9, noise.toString());
    assertTrue(power(noise, 0.20) >= 0.95, noise.toString());
  }

  @Test
  void alarmsOfANoisyMachineAreToldAsRates() {
    // Each round shows a fifth more or less, so a comparison is significant by chance alone.
    List<Round> noisy = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Fork slow = Fork.ofTimes(1.2 + 0.001 * i, 1.2 + 0.001 * i);
      Fork fast = Fork.ofTimes(1, 1);
      noisy.add(i % 2 == 0 ? new Round(slow, fast) : new Round(fast, slow));
    }
    Noise.AlarmRates rates = new EqualCode(10, 1).of(SERIES, noisy).rates();
    // The level of the test is 5 %; nine or ten of ten signs alike have a probability of 2.1 %.
    assertTrue(rates.first() > 0.01 && rates.first() < 0.05, rates.toString());
    assertTrue(rates.confirmed() < 0.003, rates.toString());

    Noise.AlarmRates quiet =
        new EqualCode(10, 1).of(SERIES, new SimulatedForks(3).rounds(40, 1)).rates();
    assertEquals(new Noise.AlarmRates(0, 0), quiet);
  }

  @Test
  void aDifferenceOfTheSidesIsNoRateOfAlarms() {
    Noise.OfSeries noise = new EqualCode(10, 1).of(SERIES, new SimulatedForks(3).rounds(40, 1.2));
    assertEquals(4, noise.alarms());
    assertTrue(noise.rates().confirmed() < 0.01, noise.toString());
  }

  private static double power(Noise.OfSeries noise, double slowDown) {
    return noise.power().getOrDefault(slowDown, Double.NaN);
  }

  @Test
  void oneComparisonCannotConfirmItself() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new EqualCode(10, 1).of(SERIES, new SimulatedForks(1).rounds(19, 1)));
  }

  @Test
  void theDeltaOfAMachineIsKeptAndNeverBelowThreePercent(@TempDir Path store) {
    Machine machine = Machine.here();
    assertEquals(0.03, Noise.read(store, machine).delta(SERIES));
    SeriesKey quiet = new SeriesKey("a.B.quiet", "thrpt", 1, new TreeMap<>());
    Noise.AlarmRates none = new Noise.AlarmRates(0, 0);
    new Noise(
            machine,
            "2026-01-01T00:00:00Z",
            10,
            List.of(
                new Noise.OfSeries(SERIES, 4, 0, 0, none, 0.07, new TreeMap<>()),
                new Noise.OfSeries(quiet, 4, 0, 0, none, 0.01, new TreeMap<>())))
        .write(store);
    Noise read = Noise.read(store, machine);
    assertEquals(0.07, read.delta(SERIES));
    assertEquals(0.03, read.delta(quiet));
  }
}
