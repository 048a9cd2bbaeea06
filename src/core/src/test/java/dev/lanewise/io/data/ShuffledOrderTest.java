package dev.lanewise.io.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The order of a training's samples. */
class ShuffledOrderTest {
  @Property(tries = 200)
  void anEpochHasEverySampleOnce(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 2_000) int samples,
      @ForAll @IntRange(max = 1_000) int epoch) {
    ShuffledOrder order = new ShuffledOrder(seed, samples);
    BitSet seen = new BitSet();
    for (int i = 0; i < samples; i++) {
      long position = (long) epoch * samples + i;
      assertEquals(epoch, order.epoch(position));
      seen.set(order.sample(position));
    }
    assertEquals(samples, seen.cardinality());
    assertEquals(samples, seen.length());
  }

  private static List<Integer> first(ShuffledOrder order, long position) {
    List<Integer> samples = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      samples.add(order.sample(position + i));
    }
    return samples;
  }

  @Test
  void everyEpochAndEverySeedHasAnOrderOfItsOwn() {
    ShuffledOrder order = new ShuffledOrder(1, 1_000);
    assertEquals(first(order, 0), first(new ShuffledOrder(1, 1_000), 0));
    assertNotEquals(first(order, 0), first(order, 1_000));
    assertNotEquals(first(order, 0), first(new ShuffledOrder(2, 1_000), 0));
  }

  /** Pearson's statistic of 5 x 4 pairs has 19 degrees of freedom: 50 is passed once in 10^4. */
  @Test
  void theFirstTwoSamplesOfAnEpochAreAnyPairAsOften() {
    int samples = 5;
    int epochs = 20_000;
    ShuffledOrder order = new ShuffledOrder(7, samples);
    int[] counts = new int[samples * samples];
    for (long epoch = 0; epoch < epochs; epoch++) {
      counts[samples * order.sample(samples * epoch) + order.sample(samples * epoch + 1)]++;
    }
    double expected = epochs / 20.0;
    double statistic = 0;
    for (int first = 0; first < samples; first++) {
      for (int second = 0; second < samples; second++) {
        double off = counts[samples * first + second] - expected;
        statistic += first == second ? 0 : off * off / expected;
      }
    }
    assertTrue(statistic < 50, "statistic " + statistic);
  }

  @Test
  void theLargestNumberOfSamplesIsThatOfAnArray() {
    int samples = Integer.MAX_VALUE;
    ShuffledOrder order = new ShuffledOrder(3, samples);
    for (long position = 0; position < 100; position++) {
      int sample = order.sample(position);
      assertTrue(sample >= 0 && sample < samples, "sample " + sample);
    }
    // Further on than the steps of any training.
    assertTrue(order.sample(Long.MAX_VALUE / 2) < samples);
  }

  @Test
  void noSamplesAndNoPositionAreNamed() {
    assertEquals(
        "an order of 0 samples: there has to be at least 1",
        assertThrows(IllegalArgumentException.class, () -> new ShuffledOrder(1, 0)).getMessage());
    ShuffledOrder order = new ShuffledOrder(1, 3);
    assertEquals(
        "position = -1: want 0 or more",
        assertThrows(IllegalArgumentException.class, () -> order.sample(-1)).getMessage());
  }
}
