package dev.lanewise.optim.schedule;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        new double[] {0, 2.5, 10, 10},
        rates(Schedule.linearWarmup(2).times(Schedule.linearWarmup(2)), 4),
        1e-12);
    assertArrayEquals(new double[] {10, 10}, rates(Schedule.constant(), 2));
  }

  @Test
  void everyDecayHasItsFormula() {
    assertArrayEquals(
        new double[] {10, 5.625, 2.5, 0.625, 0, 0},
        rates(Schedule.polynomialDecay(4, 2), 6),
        1e-12);
    assertEquals(Math.sqrt(4.0 / 13), Schedule.inverseSqrt(4).at(9), 1e-15);
    Schedule vaswani = Schedule.linearWarmup(100).then(100, Schedule.inverseSqrt(100));
    assertEquals(Math.sqrt(100.0 / 1600), vaswani.at(1600), 1e-15);
    assertArrayEquals(new double[] {10, 5, 2.5, 1.25}, rates(Schedule.exponential(0.5), 4), 1e-12);
    assertArrayEquals(
        new double[] {10, 10, 10, 1, 1, 1, 0.1}, rates(Schedule.stepDecay(3, 0.1), 7), 1e-12);
    assertArrayEquals(
        new double[] {0, 5, 10, 10, 10, 10, 7.5, 5, 2.5, 0, 0},
        rates(Schedule.warmupStableDecay(2, 3, 4), 11),
        1e-12);
  }

  @Test
  void restartsBeginAgainWithLongerCycles() {
    Schedule equal = Schedule.cosineRestarts(4, 1);
    Schedule growing = Schedule.cosineRestarts(4, 2);
    for (int step = 0; step < 4; step++) {
      assertEquals(Schedule.cosine(4).at(step), equal.at(step + 400), 1e-15);
      assertEquals(Schedule.cosine(4).at(step), growing.at(step), 1e-15);
    }
    for (int step = 0; step < 8; step++) {
      assertEquals(Schedule.cosine(8).at(step), growing.at(step + 4), 1e-15);
    }
    assertEquals(1, growing.at(4 + 8));
  }

  /** PyTorch's OneCycleLR with a top of 10 over ten steps: from 0.4 over 10 at step 2 to 4e-5. */
  @Test
  void oneCycleRisesAndFallsAsInPyTorch() {
    double[] rates = rates(Schedule.oneCycle(10), 10);
    assertEquals(0.4, rates[0], 1e-12);
    assertEquals((0.4 + 10) / 2, rates[1], 1e-12);
    assertEquals(10, rates[2], 1e-12);
    assertEquals(4e-5, rates[9], 1e-12);
    assertEquals(4e-5 + (10 - 4e-5) * (1 + Math.cos(Math.PI * 3 / 7)) / 2, rates[5], 1e-12);
  }

  @Test
  void aTriangleWaveRisesFallsAndShrinks() {
    assertArrayEquals(
        new double[] {2, 6, 10, 8, 6, 4, 2, 4, 6, 5, 4, 3},
        rates(Schedule.cyclic(2, 4, 0.2, 0.5), 12),
        1e-12);
  }

  @Test
  void aPlateauOfTheMetricLowersTheFactor() {
    ReduceOnPlateau plateau = ReduceOnPlateau.of(0.5f, 2, 0.1f, 1, 0.2f);
    assertFalse(plateau.observe(1));
    assertFalse(plateau.observe(0.95), "not better by a tenth");
    assertFalse(plateau.observe(Double.NaN));
    assertTrue(plateau.observe(0.91));
    assertEquals(0.5, plateau.at(7));
    assertFalse(plateau.observe(2), "cooling down");
    assertFalse(plateau.observe(2));
    assertFalse(plateau.observe(2));
    float[] saved = plateau.state().firstEntry().getValue().data().toArray(JAVA_FLOAT);
    assertArrayEquals(new float[] {0.5f, 1, 2, 0}, saved);
    assertTrue(plateau.observe(2));
    assertFalse(plateau.observe(0.5), "better than the best so far");
    ReduceOnPlateau steep = ReduceOnPlateau.of(0.5f, 0, 0, 0, 0.4f);
    assertFalse(steep.observe(1));
    assertTrue(steep.observe(1));
    assertTrue(steep.observe(1));
    assertFalse(steep.observe(1), "it is at its floor");
    assertEquals(0.4f, steep.at(0));
    assertThrows(IllegalArgumentException.class, () -> ReduceOnPlateau.of(1, 2, 0.1f, 1, 0.2f));
  }

  @Test
  void aCurveCanBePlotted() {
    assertArrayEquals(new double[] {0, 0.5, 1}, Schedule.linearWarmup(2).values(3));
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
        assertThrows(IllegalArgumentException.class, () -> Schedule.warmupCosine(11, 10))
            .getMessage());
    assertEquals(
        "gamma = 1.5: want 0 to 1",
        assertThrows(IllegalArgumentException.class, () -> Schedule.exponential(1.5)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Schedule.stepDecay(0, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Schedule.polynomialDecay(10, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosineRestarts(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.oneCycle(1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cyclic(0, 1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.inverseSqrt(0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.constant().withFloor(1.5));
  }
}
