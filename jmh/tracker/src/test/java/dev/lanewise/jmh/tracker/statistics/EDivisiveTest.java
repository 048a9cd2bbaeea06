package dev.lanewise.jmh.tracker.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EDivisiveTest {
  private static final EDivisive E_DIVISIVE = new EDivisive(0.01, 1);

  @Test
  void oneStepIsFoundWhereItIs() {
    assertEquals(List.of(20), E_DIVISIVE.changePoints(series(1, 20, 1.0, 20, 1.05)));
  }

  @Test
  void stepsUpAndDownAreBothFound() {
    assertEquals(List.of(20, 35), E_DIVISIVE.changePoints(series(2, 20, 1.0, 15, 1.1, 25, 1.0)));
  }

  @Test
  void aStaircaseIsFoundStepByStep() {
    assertEquals(
        List.of(15, 30, 45),
        E_DIVISIVE.changePoints(series(3, 15, 1.0, 15, 1.1, 15, 1.2, 15, 1.35)));
  }

  @Test
  void aLastingChangeIsToldThreeRunsAfterIt() {
    assertEquals(List.of(30), E_DIVISIVE.changePoints(series(4, 30, 1.0, 3, 1.2)));
  }

  @Test
  void aSingleOutlierIsNoChange() {
    double[] series = series(5, 30, 1.0);
    series[14] *= 1.5;
    assertEquals(List.of(), E_DIVISIVE.changePoints(series));
  }

  @Test
  void tooShortAndConstantSeriesHaveNoChange() {
    assertEquals(List.of(), E_DIVISIVE.changePoints());
    assertEquals(List.of(), E_DIVISIVE.changePoints(1, 2, 3, 4, 5));
    assertEquals(List.of(), E_DIVISIVE.changePoints(new double[30]));
  }

  @Test
  void noiseAloneIsTakenForAChangeAboutAsSeldomAsAskedFor() {
    int found = 0;
    int runs = 300;
    for (int run = 0; run < runs; run++) {
      found += E_DIVISIVE.changePoints(series(1000 + run, 25, 1.0)).isEmpty() ? 0 : 1;
    }
    // 1 % of 300 is 3; 9 are three standard deviations above.
    assertTrue(found <= 9, found + " of " + runs);
  }

  @Test
  void forksInTwoGroupsAreTold() {
    assertEquals(
        3,
        Clusters.fast(1.20, 1.00, 1.21, 1.01, 1.22, 1.005, 1.215, 1.211, 1.205, 1.2).orElseThrow());
    assertTrue(Clusters.fast(1, 1, 1, 1, 1, 1, 1, 1).isEmpty());
    assertTrue(Clusters.fast(1, 2, 1, 2).isEmpty());
  }

  @Test
  void normalNoiseSeldomLooksLikeTwoGroups() {
    int told = 0;
    int runs = 1000;
    for (int run = 0; run < runs; run++) {
      told += Clusters.fast(series(run, 10, 1.0)).isPresent() ? 1 : 0;
    }
    assertTrue(told <= runs / 50, told + " of " + runs);
  }

  /** Pairs of a length and a level, with noise of 1 %. */
  private static double[] series(long seed, double... lengthsAndLevels) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] series = new double[0];
    for (int i = 0; i < lengthsAndLevels.length; i += 2) {
      int begin = series.length;
      series = Arrays.copyOf(series, begin + (int) lengthsAndLevels[i]);
      for (int j = begin; j < series.length; j++) {
        series[j] = lengthsAndLevels[i + 1] * Math.exp(0.01 * random.nextGaussian());
      }
    }
    return series;
  }
}
