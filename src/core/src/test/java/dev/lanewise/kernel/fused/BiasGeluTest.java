package dev.lanewise.kernel.fused;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.activation.segments.Gelu;
import dev.lanewise.kernel.loop.RowBlocks;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The fused kernel against the sum, GELU and the sums of columns one after the other. */
class BiasGeluTest {
  private static final float[] SPECIALS = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, -0f, Float.MIN_VALUE, 1e-40f, 9
  };
  private static final int[] COLUMNS = {
    0, 1, Lanes.F32_LANES - 1, Lanes.F32_LANES, Lanes.F32_LANES + 1, 67
  };
  private static final int[] ROWS = {0, 1, 31, 32, 33, 70};

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] =
          random.nextInt(40) == 0
              ? SPECIALS[random.nextInt(SPECIALS.length)]
              : (float) (3 * random.nextGaussian());
    }
    return values;
  }

  private static float[] sums(float[] x, float[] bias) {
    float[] sums = x.clone();
    for (int i = 0; i < x.length; i++) {
      sums[i] += bias[i % bias.length];
    }
    return sums;
  }

  /** The sums of dx over each block of rows, in order of the rows. */
  private static float[] blocks(float[] dx, int rows, int cols) {
    float[] sums = new float[Math.toIntExact(RowBlocks.count(rows) * cols)];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        sums[r / RowBlocks.ROWS * cols + c] += dx[r * cols + c];
      }
    }
    return sums;
  }

  @Test
  void theForwardPassHasTheBitsOfTheSumAndGelu() {
    for (int rows : ROWS) {
      for (int cols : COLUMNS) {
        int n = rows * cols;
        float[] x = values(n, 1);
        float[] bias = values(cols, 2);
        float[] expected =
            GuardedCall.run(s -> Gelu.forward(s[0], s[1], 0, n), sums(x, bias), new float[n])[1];
        float[][] results =
            GuardedCall.run(
                s -> BiasGelu.forward(s[0], s[1], s[2], 0, rows, cols), x, bias, new float[n]);
        assertArrayEquals(expected, results[2], () -> rows + "x" + cols);
        assertArrayEquals(x, results[0]);
        assertArrayEquals(bias, results[1]);
        float[][] inPlace =
            GuardedCall.run(s -> BiasGelu.forward(s[0], s[1], s[0], 0, rows, cols), x, bias);
        assertArrayEquals(expected, inPlace[0], () -> rows + "x" + cols + " in place");
      }
    }
  }

  @Test
  void theBackwardPassHasTheBitsOfGeluAndItsSumsAreInOrderOfTheRows() {
    for (int rows : ROWS) {
      for (int cols : COLUMNS) {
        int n = rows * cols;
        float[] x = values(n, 3);
        float[] bias = values(cols, 4);
        float[] dy = values(n, 5);
        long blocks = RowBlocks.count(rows);
        float[] expected =
            GuardedCall.run(
                s -> Gelu.backward(s[0], s[1], s[2], 0, n), sums(x, bias), dy, new float[n])[2];
        float[] old = values(Math.toIntExact(blocks * cols), 6);
        float[][] results =
            GuardedCall.run(
                s -> BiasGelu.backward(s[0], s[1], s[2], s[3], s[4], rows, cols, 0, blocks),
                x,
                bias,
                dy,
                new float[n],
                old);
        assertArrayEquals(expected, results[3], () -> rows + "x" + cols);
        assertArrayEquals(blocks(expected, rows, cols), results[4], () -> rows + "x" + cols);
        float[][] inPlace =
            GuardedCall.run(
                s -> BiasGelu.backward(s[0], s[1], s[2], s[2], s[3], rows, cols, 0, blocks),
                x,
                bias,
                dy,
                old);
        assertArrayEquals(expected, inPlace[2], () -> rows + "x" + cols + " in place");
      }
    }
  }

  @Test
  void rangesOfRowsAndBlocksGiveTheSameBitsAndLeaveTheOthersAlone() {
    int rows = 70;
    int cols = 37;
    int n = rows * cols;
    float[] x = values(n, 7);
    float[] bias = values(cols, 8);
    float[] dy = values(n, 9);
    float[] whole =
        GuardedCall.run(
            s -> BiasGelu.forward(s[0], s[1], s[2], 0, rows, cols), x, bias, new float[n])[2];
    float[] part =
        GuardedCall.run(s -> BiasGelu.forward(s[0], s[1], s[2], 3, 9, cols), x, bias, new float[n])[
            2];
    for (int i = 0; i < n; i++) {
      assertEquals(i >= 3 * cols && i < 9 * cols ? whole[i] : 0, part[i]);
    }
    int sums = Math.toIntExact(RowBlocks.count(rows) * cols);
    float[][] all =
        GuardedCall.run(
            s -> BiasGelu.backward(s[0], s[1], s[2], s[3], s[4], rows, cols, 0, 3),
            x,
            bias,
            dy,
            new float[n],
            new float[sums]);
    float[][] second =
        GuardedCall.run(
            s -> BiasGelu.backward(s[0], s[1], s[2], s[3], s[4], rows, cols, 1, 2),
            x,
            bias,
            dy,
            new float[n],
            new float[sums]);
    for (int i = 0; i < n; i++) {
      assertEquals(i >= 32 * cols && i < 64 * cols ? all[3][i] : 0, second[3][i]);
    }
    for (int i = 0; i < sums; i++) {
      assertEquals(i >= cols && i < 2 * cols ? all[4][i] : 0, second[4][i]);
    }
  }

  @Test
  void nothingIsAllocatedAndAHeapSegmentIsRefused() {
    int rows = 33;
    int cols = 67;
    int n = rows * cols;
    try (GuardedFloats gx = GuardedFloats.copyOf(values(n, 10));
        GuardedFloats gBias = GuardedFloats.copyOf(values(cols, 11));
        GuardedFloats gy = GuardedFloats.of(n);
        GuardedFloats gSums = GuardedFloats.of(2 * cols)) {
      MemorySegment x = gx.segment();
      MemorySegment bias = gBias.segment();
      MemorySegment y = gy.segment();
      MemorySegment sums = gSums.segment();
      assertEquals(
          0, AllocatedBytes.perCall(2_000, 500, () -> BiasGelu.forward(x, bias, y, 0, rows, cols)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000, 500, () -> BiasGelu.backward(x, bias, x, y, sums, rows, cols, 0, 2)));
      MemorySegment heap = MemorySegment.ofArray(new float[n]);
      assertThrows(
          IllegalArgumentException.class, () -> BiasGelu.forward(x, bias, heap, 0, rows, cols));
      assertThrows(
          IllegalArgumentException.class,
          () -> BiasGelu.backward(x, bias, x, heap, sums, rows, cols, 0, 2));
    }
  }
}
