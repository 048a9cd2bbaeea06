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
          {Init.kaimingNormal(1), Init.kaimingNormal(2)},
          {Init.truncatedNormal(1, 1), Init.truncatedNormal(2, 1)}
        }) {
      float[] a = values(pair[0], "a", 1000, 1);
      assertArrayEquals(a, values(pair[0], "a", 1000, 1));
      assertArrayEquals(
          a,
          Arrays.copyOf(values(pair[0], "a", 2000, 1), 1000),
          "a longer parameter begins the same");
      assertFalse(Arrays.equals(a, values(pair[0], "b", 1000, 1)), "another name");
      assertFalse(Arrays.equals(a, values(pair[1], "a", 1000, 1)), "another seed");
    }
  }

  /**
   * Checkpoints of the future rely on these bits: the first output of SplitMix64 at a known key,
   * and ours at a name.
   */
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
    assertEquals(
        2.0 / 32,
        mean(values(Init.kaimingNormal(3), "w", N, 32), 2),
        5 * 0.0625 * Math.sqrt(2.0 / N));
  }

  /** Of a matrix of 200 x 500 the fan-in is 500 and the fan-out 200. */
  @Test
  void xavierValuesHaveTheVarianceOfBothFans() {
    double variance = 2.0 / 700;
    for (Init init : new Init[] {Init.xavierUniform(3), Init.xavierNormal(3)}) {
      float[] values = matrix(init, 200, 500);
      assertEquals(0, mean(values, 1), 5 * Math.sqrt(variance / N));
      assertEquals(variance, mean(values, 2), 5 * variance * Math.sqrt(2.0 / N));
    }
    for (float value : matrix(Init.xavierUniform(3), 200, 500)) {
      assertTrue(Math.abs(value) <= Math.sqrt(6.0 / 700));
    }
  }

  /** The variance of a standard normal value in [-2, 2] is 1 - 4 phi(2) / (2 Phi(2) - 1). */
  @Test
  void truncatedNormalValuesStayWithinTwoStandardDeviations() {
    float[] values = values(Init.truncatedNormal(3, 0.5), "w", N, 1);
    float[] whole = values(Init.normal(3, 0.5), "w", N, 1);
    int same = 0;
    for (int i = 0; i < N; i++) {
      assertTrue(Math.abs(values[i]) <= 1);
      same += values[i] == whole[i] ? 1 : 0;
    }
    double inside = 0.9544997361036416;
    assertEquals(inside, same / (double) N, 5 * Math.sqrt(inside * (1 - inside) / N));
    double variance = 0.25 * (1 - 4 * Math.exp(-2) / Math.sqrt(2 * Math.PI) / inside);
    assertEquals(0.8796 * 0.8796 * 0.25, variance, 1e-4, "as documented");
    assertEquals(0, mean(values, 1), 5 * Math.sqrt(variance / N));
    assertEquals(variance, mean(values, 2), 5 * variance * Math.sqrt(2.0 / N));
  }

  /** An element is rounded once, to 2^-25 of 1 at most: a product of n terms is off by n 2^-24. */
  @Test
  void orthogonalMatricesKeepTheLengthOfEveryVectorOfTheirSmallerSide() {
    for (int[] shape : new int[][] {{1, 1}, {5, 5}, {7, 30}, {30, 7}, {64, 65}}) {
      int rows = shape[0];
      int cols = shape[1];
      float[] a = matrix(Init.orthogonal(3, 2), rows, cols);
      int side = Math.min(rows, cols);
      int depth = Math.max(rows, cols);
      for (int i = 0; i < side; i++) {
        for (int j = 0; j <= i; j++) {
          double dot = 0;
          for (int p = 0; p < depth; p++) {
            dot +=
                rows <= cols
                    ? (double) a[i * cols + p] * a[j * cols + p]
                    : (double) a[p * cols + i] * a[p * cols + j];
          }
          assertEquals(i == j ? 4 : 0, dot, 4 * (depth + 2) * 0x1p-24, rows + "x" + cols);
        }
      }
    }
  }

  @Test
  void orthogonalValuesDependOnSeedAndName() {
    float[] a = matrix(Init.orthogonal(1, 1), 8, 8);
    assertArrayEquals(a, matrix(Init.orthogonal(1, 1), 8, 8));
    assertFalse(Arrays.equals(a, matrix(Init.orthogonal(2, 1), 8, 8)));
    // The distribution is uniform: no sign is preferred, on the diagonal neither.
    int positive = 0;
    for (int seed = 0; seed < 200; seed++) {
      positive += matrix(Init.orthogonal(seed, 1), 2, 2)[0] > 0 ? 1 : 0;
    }
    assertEquals(100, positive, 5 * Math.sqrt(50));
  }

  @Test
  void residualDividesByTheRootOfTheBranches() {
    float[] values = values(Init.normal(3, 1), "w", 100, 1);
    float[] divided = values(Init.normal(3, 1).residual(8), "w", 100, 1);
    for (int i = 0; i < 100; i++) {
      assertEquals(values[i] / 4, divided[i], 0x1p-24 * Math.abs(values[i]));
    }
  }

  private float[] matrix(Init init, int rows, int cols) {
    Parameter parameter = Parameter.of("w", TensorLayout.of(rows, cols), slab);
    init.fill(parameter, cols);
    return parameter.toArray();
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
    assertThrows(IllegalArgumentException.class, () -> Init.truncatedNormal(1, -1));
    assertThrows(IllegalArgumentException.class, () -> Init.orthogonal(1, Double.NaN));
    assertEquals(
        "layers = 0: want at least 1",
        assertThrows(IllegalArgumentException.class, () -> Init.zeros().residual(0)).getMessage());
    assertEquals(
        "orthogonal: parameter \"w\" is 3: a matrix of at least 1 and at most 2147483647 elements"
            + " is wanted",
        assertThrows(IllegalArgumentException.class, () -> values(Init.orthogonal(1, 1), "w", 3, 3))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> Init.zeros().scaled(Float.POSITIVE_INFINITY));
  }
}
