package dev.lanewise.jmh.tracker.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RatioIntervalTest {
  @Test
  void aMedianIsTheMiddleAndAQuantileLiesBetweenNeighbours() {
    assertEquals(3, Median.of(5, 3, 1));
    assertEquals(2.5, Median.of(4, 1, 3, 2));
    assertEquals(1.75, Median.quantile(0.25, 4, 1, 3, 2));
    assertThrows(IllegalArgumentException.class, Median::of);
  }

  @Test
  void hodgesLehmannIsTheMedianOfAllMeansOfPairs() {
    // Means of pairs of 1, 2, 6: 1, 1.5, 2, 3.5, 4, 6.
    assertEquals(2.75, HodgesLehmann.of(1, 2, 6));
    assertEquals(7, HodgesLehmann.of(7));
  }

  @Test
  void aRatioAboveOneMeansSlowerWhateverTheMode() {
    Round times = new Round(Fork.ofTimes(2, 2, 2), Fork.ofTimes(3, 3, 3));
    Round rates = new Round(Fork.ofThroughputs(3, 3, 3), Fork.ofThroughputs(2, 2, 2));
    assertEquals(Math.log(1.5), times.logRatio(), 1e-15);
    assertEquals(Math.log(1.5), rates.logRatio(), 1e-15);
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    List<Round> rounds = new SimulatedForks(1).rounds(10, 1.05);
    assertEquals(RatioInterval.of(rounds, 7), RatioInterval.of(rounds, 7));
  }

  @Test
  void withoutNoiseTheIntervalIsThePoint() {
    Round round = new Round(Fork.ofTimes(4, 4), Fork.ofTimes(5, 5));
    RatioInterval interval = RatioInterval.of(List.of(round, round, round), 1);
    assertEquals(1.25, interval.ratio(), 1e-15);
    assertEquals(1.25, interval.low(), 1e-15);
    assertEquals(1.25, interval.high(), 1e-15);
  }

  @Test
  void theIntervalHoldsTheTruthAboutAsOftenAsItSays() {
    int held = 0;
    int runs = 200;
    for (int run = 0; run < runs; run++) {
      RatioInterval interval =
          RatioInterval.of(new SimulatedForks(run).rounds(10, 1.07), run, 1000);
      if (interval.low() <= 1.07 && 1.07 <= interval.high()) {
        held++;
      }
    }
    // A percentile bootstrap of ten rounds is a little narrow; three standard errors below 93 %.
    assertTrue(held >= 0.87 * runs, held + " of " + runs);
  }

  @Test
  void scoresThatCannotBeComparedAreRefused() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> Fork.ofTimes(1, bad));
      assertThrows(IllegalArgumentException.class, () -> Fork.ofThroughputs(1, bad));
    }
    assertThrows(IllegalArgumentException.class, () -> RatioInterval.of(List.of(), 1));
  }
}
