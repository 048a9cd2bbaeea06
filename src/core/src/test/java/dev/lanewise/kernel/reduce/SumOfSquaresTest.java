package dev.lanewise.kernel.reduce;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SumOfSquaresTest {
  private static final int BLOCK = SumOfSquares.BLOCK;
  private static final double UNTOUCHED = -1;

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (random.nextGaussian() * Math.exp(5 * random.nextGaussian()));
    }
    return values;
  }

  private static int[] sizes() {
    return IntStream.concat(
            IntStream.of(AwkwardSizes.lengths()),
            IntStream.of(BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 17, 3 * BLOCK))
        .toArray();
  }

  /** The order that the Javadoc promises, one virtual lane at a time. */
  private static double[] inDocumentedOrder(float[] x) {
    double[] partials = new double[(x.length + BLOCK - 1) / BLOCK];
    for (int b = 0; b < partials.length; b++) {
      int begin = b * BLOCK;
      int n = Math.min(BLOCK, x.length - begin);
      double[] lanes = new double[32];
      int i = 0;
      for (; i < n - n % 32; i++) {
        double d = x[begin + i];
        lanes[i % 32] += d * d;
      }
      double tail = 0;
      for (; i < n; i++) {
        double d = x[begin + i];
        tail += d * d;
      }
      for (int half = 16; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
          lanes[j] += lanes[j + half];
        }
      }
      partials[b] = lanes[0] + tail;
    }
    return partials;
  }

  private static double[] partials(float[] x, int blockBegin, int blockEnd) {
    int blocks = (int) SumOfSquares.blocks(x.length);
    try (GuardedFloats in = GuardedFloats.copyOf(x);
        Arena arena = Arena.ofConfined()) {
      // One double more on each side than may be written.
      MemorySegment all = arena.allocate(8L * (blocks + 2), 64);
      for (int i = 0; i < blocks + 2; i++) {
        all.setAtIndex(JAVA_DOUBLE, i, UNTOUCHED);
      }
      SumOfSquares.partials(in.segment(), x.length, all.asSlice(8), blockBegin, blockEnd);
      double[] got = all.toArray(JAVA_DOUBLE);
      assertEquals(UNTOUCHED, got[0]);
      assertEquals(UNTOUCHED, got[blocks + 1]);
      return Arrays.copyOfRange(got, 1, blocks + 1);
    }
  }

  @Test
  void everyPartialHasTheBitsOfTheDocumentedOrder() {
    for (int n : sizes()) {
      float[] x = values(n, 1);
      assertArrayEquals(
          inDocumentedOrder(x), partials(x, 0, (int) SumOfSquares.blocks(n)), () -> "n = " + n);
    }
  }

  @Test
  void everyPartialKeepsItsErrorBound() {
    float[] x = values(2 * BLOCK + 17, 2);
    double[] got = partials(x, 0, 3);
    for (int b = 0; b < 3; b++) {
      BigDecimal exact = BigDecimal.ZERO;
      for (int i = b * BLOCK; i < Math.min(x.length, (b + 1) * BLOCK); i++) {
        BigDecimal d = new BigDecimal(x[i]);
        exact = exact.add(d.multiply(d));
      }
      double error = new BigDecimal(got[b]).subtract(exact).abs().doubleValue();
      assertEquals(0, error, (BLOCK / 32 + 20) * 0x1p-53 * exact.doubleValue());
    }
  }

  @Test
  void aRangeOfBlocksHasTheSameBitsAndLeavesTheOthersUntouched() {
    float[] x = values(3 * BLOCK + 5, 3);
    double[] expected = inDocumentedOrder(x);
    double[] got = partials(x, 1, 3);
    assertArrayEquals(new double[] {UNTOUCHED, expected[1], expected[2], UNTOUCHED}, got);
  }

  @Test
  void theSquaresOfTheLargestAndTheSmallestFloatsNeitherOverflowNorVanish() {
    float[] x = new float[37];
    Arrays.fill(x, Float.MAX_VALUE);
    assertEquals(37 * (double) Float.MAX_VALUE * Float.MAX_VALUE, partials(x, 0, 1)[0], 1e62);
    Arrays.fill(x, Float.MIN_VALUE);
    assertEquals(37 * 0x1p-298, partials(x, 0, 1)[0]);
  }

  @Test
  void nanAndInfinityReachTheirBlockFromEveryPlace() {
    for (int i = 0; i < 37; i++) {
      float[] x = values(37, 4);
      x[i] = Float.NEGATIVE_INFINITY;
      assertEquals(Double.POSITIVE_INFINITY, partials(x, 0, 1)[0]);
      x[36 - i] = Float.NaN;
      assertEquals(Double.NaN, partials(x, 0, 1)[0]);
    }
  }

  @Test
  void blocksAreCountedUp() {
    assertEquals(0, SumOfSquares.blocks(0));
    assertEquals(1, SumOfSquares.blocks(1));
    assertEquals(1, SumOfSquares.blocks(BLOCK));
    assertEquals(2, SumOfSquares.blocks(BLOCK + 1));
    assertEquals((1L << 40) / BLOCK, SumOfSquares.blocks(1L << 40));
  }

  @Test
  void nothingIsAllocated() {
    int n = BLOCK + 77;
    try (GuardedFloats in = GuardedFloats.copyOf(values(n, 5));
        Arena arena = Arena.ofConfined()) {
      MemorySegment x = in.segment();
      MemorySegment partials = arena.allocate(16, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(1_000, 1_000, () -> SumOfSquares.partials(x, n, partials, 0, 2)));
    }
  }

  @Test
  void aHeapSegmentIsRejected() {
    MemorySegment heap = MemorySegment.ofArray(new float[40]);
    MemorySegment partials = Arena.ofAuto().allocate(8, 8);
    assertThrows(
        IllegalArgumentException.class, () -> SumOfSquares.partials(heap, 40, partials, 0, 1));
  }
}
