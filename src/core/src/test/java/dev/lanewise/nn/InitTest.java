package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class InitTest {
  private static final int N = 100_000;

  private final Slab slab = Slab.open("init", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private float[] values(Init init, String name, int n, long fanIn) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(n), slab);
    init.fill(parameter, fanIn);
    return parameter.toArray();
  }

  private static double mean(float[] values, int power) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, power);
    }
    return sum / values.length;
  }

  @Test
  void theValuesDependOnSeedNameAndIndexAlone() {
    for (Init[] pair :
        new Init[][] {
          {Init.uniform(1, 1), Init.uniform(2, 1)},
          {Init.normal(1, 1), Init.normal(2, 1)},
          {Init.kaimingUniform(1), Init.kaimingUniform(2)},
          {Init.kaimingNormal(1), Init.kaimingNormal(2)}
        }) {
      float[] a = values(pair[0], "a", 1000, 1);
      assertArrayEquals(a, values(pair[0], "a", 1000, 1));
      assertArrayEquals(a, Arrays.copyOf(values(pair[0], "a", 2000, 1), 1000), "a longer parameter begins the same");
      assertFalse(Arrays.equals(a, values(pair[0], "b", 1000, 1)), "another name");
      assertFalse(Arrays.equals(a, values(pair[1], "a", 1000, 1)), "another seed");
    }
  }

  /** Checkpoints of the future rely on these bits: the first output of SplitMix64 at a known key, and ours at a name. */
  @Test
  void theGeneratorIsSplitMix64() {
    // java.util.SplittableRandom is SplitMix64 with the same constant when made from a seed.
    var reference = new SplittableRandom(42);
    for (int counter = 0; counter < 100; counter++) {
      assertEquals(reference.nextLong(), SplitMix64.at(42, counter));
    }
  }

  /** Bounds of five standard deviations of the estimates over N values. */
  @Test
  void uniformValuesFillTheirIntervalEvenly() {
    float[] values = values(Init.kaimingUniform(3), "w", N, 24);
    double bound = Math.sqrt(6.0 / 24);
    float min = Float.MAX_VALUE;
    float max = -Float.MAX_VALUE;
    for (float value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    assertTrue(-bound <= min && max < bound);
    assertTrue(min < -0.999 * bound && max > 0.999 * bound);
    double variance = bound * bound / 3;
    assertEquals(0, mean(values, 1), 5 * Math.sqrt(variance / N));
    assertEquals(variance, mean(values, 2), 5 * variance * Math.sqrt(0.8 / N));
  }

  @Test
  void normalValuesHaveTheMomentsOfANormalDistribution() {
    float[] values = values(Init.normal(3, 0.5), "w", N, 1);
    assertEquals(0, mean(values, 1), 5 * 0.5 / Math.sqrt(N));
    assertEquals(0.25, mean(values, 2), 5 * 0.25 * Math.sqrt(2.0 / N));
    assertEquals(0, mean(values, 3), 5 * 0.125 * Math.sqrt(15.0 / N));
    assertEquals(3 * 0.0625, mean(values, 4), 5 * 0.0625 * Math.sqrt(96.0 / N));
    assertEquals(2.0 / 32, mean(values(Init.kaimingNormal(3), "w", N, 32), 2), 5 * 0.0625 * Math.sqrt(2.0 / N));
  }

  @Test
  void scaledMultipliesAndZerosOverwrites() {
    float[] values = values(Init.uniform(3, 1), "w", 100, 1);
    float[] halves = values(Init.uniform(3, 1).scaled(0.5f), "w", 100, 1);
    for (int i = 0; i < 100; i++) {
      assertEquals(0.5f * values[i], halves[i]);
    }
    Parameter parameter = Parameter.of("w", TensorLayout.of(100), slab);
    Init.uniform(3, 1).fill(parameter, 1);
    Init.zeros().fill(parameter, 1);
    assertArrayEquals(new float[100], parameter.toArray());
  }

  @Test
  void spreadsOutOfRangeAreNamed() {
    assertEquals(
        "bound = -1.0: want a finite number of at least 0",
        assertThrows(IllegalArgumentException.class, () -> Init.uniform(1, -1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Init.normal(1, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Init.zeros().scaled(Float.POSITIVE_INFINITY));
  }
}
