package dev.lanewise.kernel.shape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.shape.segments.Transpose;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TransposeTest {
  /** Bits that tell every element apart, NaNs with payloads among them. */
  private static float[] bits(int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = Float.intBitsToFloat(i % 5 == 0 ? 0x7fc0_0000 + i : i);
    }
    return x;
  }

  private static int[] raw(float[] x) {
    int[] bits = new int[x.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
    return bits;
  }

  private static float[] expected(float[] x, int rows, int cols) {
    float[] y = new float[x.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        y[c * rows + r] = x[r * cols + c];
      }
    }
    return y;
  }

  private static float[] transpose(float[] x, int rows, int cols) {
    return GuardedCall.run(
        s -> Transpose.forward(s[0], s[1], rows, cols, 0, cols), x, new float[x.length])[1];
  }

  @Test
  void everyElementChangesItsPlaceAndKeepsItsBits() {
    int edge = TransposeStage.EDGE;
    int[] sizes = Arrays.copyOf(AwkwardSizes.edges(), AwkwardSizes.edges().length + 4);
    sizes[sizes.length - 4] = 0;
    sizes[sizes.length - 3] = edge;
    sizes[sizes.length - 2] = 2 * edge + 1;
    sizes[sizes.length - 1] = 3 * edge - 1;
    for (int rows : sizes) {
      for (int cols : sizes) {
        float[] x = bits(rows * cols);
        assertArrayEquals(
            raw(expected(x, rows, cols)), raw(transpose(x, rows, cols)), rows + " x " + cols);
      }
    }
  }

  @Test
  void aRangeOfColumnsLeavesTheOtherRowsOfTheResult() {
    int rows = 71;
    int cols = 45;
    float[] x = bits(rows * cols);
    float[] whole = transpose(x, rows, cols);
    for (int begin = 0; begin <= cols; begin += 3) {
      for (int end = begin; end <= cols; end += 7) {
        int from = begin;
        int to = end;
        float[] part =
            GuardedCall.run(
                s -> Transpose.forward(s[0], s[1], rows, cols, from, to), x, new float[x.length])[
                1];
        float[] expected = new float[x.length];
        System.arraycopy(whole, from * rows, expected, from * rows, (to - from) * rows);
        assertArrayEquals(raw(expected), raw(part));
      }
    }
  }

  @Property(tries = 40)
  void twiceIsTheMatrixItself(
      @ForAll @IntRange(min = 0, max = 150) int rows,
      @ForAll @IntRange(min = 0, max = 150) int cols) {
    float[] x = bits(rows * cols);
    assertArrayEquals(raw(x), raw(transpose(transpose(x, rows, cols), cols, rows)));
  }

  @Test
  void nothingIsAllocated() {
    int rows = 83;
    int cols = 101;
    try (GuardedFloats x = GuardedFloats.copyOf(bits(rows * cols));
        GuardedFloats y = GuardedFloats.copyOf(new float[rows * cols])) {
      MemorySegment sx = x.segment();
      MemorySegment sy = y.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(500, 500, () -> Transpose.forward(sx, sy, rows, cols, 0, cols)));
    }
  }
}
