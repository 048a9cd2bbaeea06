package dev.lanewise.jmh.tracker.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TestsOfHypothesesTest {
  @Test
  void signedRanksAreExactWithoutTies() {
    // All of ten differences on one side: 2 of the 2^10 signs are as extreme.
    assertEquals(2 / 1024.0, SignedRank.pValue(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 1e-15);
    // W- = 1 + 2 = 3: subsets of ranks with a sum of at most 3 are {}, 1, 2, 12, 3: 5 of 2^6,
    // twice.
    assertEquals(10 / 64.0, SignedRank.pValue(-1, -2, 3, 4, 5, 6), 1e-15);
  }

  @Test
  void equalDifferencesHaveAPValueToo() {
    assertEquals(1, SignedRank.pValue(0, 0, 0));
    // Normal approximation: W = 55 of ten tied at 5.5, variance 10 x 5.5^2 / 4.
    double p = SignedRank.pValue(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    assertEquals(0.002, p, 0.001);
  }

  @Test
  void theLeastPValueSaysHowManyRoundsAreNeeded() {
    assertEquals(SignedRank.pValue(1, 2, 3, 4, 5, 6), SignedRank.leastPValue(6), 1e-15);
  }

  @Test
  void benjaminiHochbergGivesTheValuesOfThePaper() {
    // The fifteen p-values of section 4.1 of the paper: four are rejected at 0.05.
    double[] p = {
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
      0.5719, 0.6528, 0.7590, 1.0
    };
    double[] adjusted = BenjaminiHochberg.adjusted(p);
    int rejected = 0;
    for (double value : adjusted) {
      rejected += value <= 0.05 ? 1 : 0;
    }
    assertEquals(4, rejected);
    assertEquals(0.0095 * 15 / 4, adjusted[3], 1e-15);
  }

  @Test
  void adjustedPValuesStayInTheOrderOfTheBenchmarksAndNeverDecrease() {
    // 0.04 at rank 2 of 3 would be 0.06, but 0.05 at rank 3 is 0.05.
    assertArrayEquals(
        new double[] {0.05, 0.003, 0.05}, BenjaminiHochberg.adjusted(0.05, 0.001, 0.04), 1e-15);
    assertArrayEquals(new double[0], BenjaminiHochberg.adjusted());
  }
}
