package dev.lanewise.kernel.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NormSquaresTest {
  private static final int BLOCK = SumOfSquares.BLOCK;
  private static final double U = 0x1p-24;

  private static float[] values(int n, long seed, double scale) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (scale * random.nextGaussian() * Math.exp(5 * random.nextGaussian()));
    }
    return values;
  }

  private static double block(float[] x, int first, int n) {
    try (GuardedFloats in = GuardedFloats.copyOf(x)) {
      return NormSquares.block(in.segment(), (long) first * Float.BYTES, n);
    }
  }

  private static double exact(float[] x, int first, int n) {
    try (GuardedFloats in = GuardedFloats.copyOf(x)) {
      return SumOfSquares.block(in.segment(), (long) first * Float.BYTES, n);
    }
  }

  /** The order that the Javadoc promises, one virtual lane at a time. */
  private static double inDocumentedOrder(float[] x, int first) {
    double[] lanes = new double[16];
    for (int i = first; i < first + BLOCK; i += 64) {
      for (int j = 0; j < 16; j++) {
        float chain = x[i + j] * x[i + j];
        for (int row = 1; row < 4; row++) {
          float next = x[i + 16 * row + j];
          chain = Math.fma(next, next, chain);
        }
        lanes[j] += chain;
      }
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }

  @Test
  void aWholeBlockHasTheBitsOfTheDocumentedOrder() {
    float[] x = values(BLOCK + 3, 1, 1);
    assertEquals(inDocumentedOrder(x, 0), block(x, 0, BLOCK));
    assertEquals(inDocumentedOrder(x, 3), block(x, 3, BLOCK));
  }

  @Test
  void aShorterBlockIsThatOfTheExactSums() {
    float[] x = values(BLOCK, 2, 1);
    for (int n : new int[] {0, 1, 63, 64, 65, BLOCK - 1}) {
      assertEquals(exact(x, 0, n), block(x, 0, n), "n = " + n);
    }
  }

  /** Also where single precision alone would overflow, or lose everything to underflow. */
  @Test
  void theErrorBoundHoldsForEverySize() {
    for (double scale : new double[] {1, 1e-3, 1e-12, 1e-20, 1e-36, 1e10, 1e17, 1e30}) {
      float[] x = values(BLOCK, 3, scale);
      for (int i = 0; i < BLOCK; i++) {
        x[i] = Math.clamp(x[i], -Float.MAX_VALUE, Float.MAX_VALUE);
      }
      BigDecimal sum = BigDecimal.ZERO;
      for (float value : x) {
        BigDecimal d = new BigDecimal(value);
        sum = sum.add(d.multiply(d));
      }
      double error = new BigDecimal(block(x, 0, BLOCK)).subtract(sum).abs().doubleValue();
      assertEquals(0, error, 4.01 * U * sum.doubleValue(), "scale " + scale);
    }
  }

  @Test
  void nanAndInfinityReachTheSumFromEveryPlaceAndZerosGiveZero() {
    float[] x = new float[BLOCK];
    assertEquals(0, block(x, 0, BLOCK));
    for (int i = 0; i < BLOCK; i += 61) {
      Arrays.fill(x, 1);
      x[i] = Float.NEGATIVE_INFINITY;
      assertEquals(Double.POSITIVE_INFINITY, block(x, 0, BLOCK));
      x[BLOCK - 1 - i] = Float.NaN;
      assertEquals(Double.NaN, block(x, 0, BLOCK));
    }
  }

  @Test
  void nothingIsAllocated() {
    try (GuardedFloats in = GuardedFloats.copyOf(values(BLOCK, 5, 1))) {
      MemorySegment x = in.segment();
      assertEquals(0, AllocatedBytes.perCall(1_000, 1_000, () -> NormSquares.block(x, 0, BLOCK)));
    }
  }

  @Test
  void aHeapSegmentIsRejected() {
    MemorySegment heap = MemorySegment.ofArray(new float[BLOCK]);
    assertThrows(IllegalArgumentException.class, () -> NormSquares.block(heap, 0, BLOCK));
    assertThrows(IllegalArgumentException.class, () -> NormSquares.block(heap, 0, 40));
  }
}
