package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static double[] rates(Schedule schedule, int steps) {
    double[] rates = new double[steps];
    for (int step = 0; step < steps; step++) {
      rates[step] = 10 * schedule.at(step);
    }
    return rates;
  }

  @Test
  void warmupAndDecayHaveThePublishedRates() {
    assertArrayEquals(
        new double[] {0, 5, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25, 0, 0},
        rates(Schedule.warmupLinear(2, 10), 12),
        1e-12);
    assertArrayEquals(
        new double[] {0, 5, 10, 9.61, 8.53, 6.91, 5, 3.08, 1.46, .38, 0, 0},
        rates(Schedule.warmupCosine(2, 10), 12),
        0.01);
    assertEquals((1 + Math.cos(Math.PI * 3 / 8)) / 2, Schedule.warmupCosine(2, 10).at(5), 1e-15);
  }

  @Test
  void schedulesCanBeJoinedMultipliedAndRaised() {
    Schedule schedule = Schedule.linearWarmup(2).then(4, Schedule.linearDecay(2).withFloor(0.5));
    assertArrayEquals(new double[] {0, 5, 10, 10, 10, 7.5, 5, 5}, rates(schedule, 8), 1e-12);
    assertArrayEquals(
        new double[] {0, 2.5, 10, 10}, rates(Schedule.linearWarmup(2).times(Schedule.linearWarmup(2)), 4), 1e-12);
    assertArrayEquals(new double[] {10, 10}, rates(Schedule.constant(), 2));
  }

  @Test
  void noStepsAtAllMeanTheEndOfThePart() {
    assertEquals(1, Schedule.linearWarmup(0).at(0));
    assertEquals(0, Schedule.cosine(0).at(0));
    assertEquals(1, Schedule.warmupCosine(0, 10).at(0));
  }

  @Test
  void partsOutOfRangeAreNamed() {
    assertEquals(
        "a warm-up of -1 steps: want 0 or more",
        assertThrows(IllegalArgumentException.class, () -> Schedule.linearWarmup(-1)).getMessage());
    assertEquals(
        "a warm-up of 11 steps in 10 steps in all: the warm-up has to be shorter",
        assertThrows(IllegalArgumentException.class, () -> Schedule.warmupCosine(11, 10)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant().withFloor(1.5));
  }
}
