package dev.lanewise.kernel.gather;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
  private static final int TABLE_ROWS = 7;

  /** Repeats, the first and the last row of the table, and rows that are never picked (2 and 5). */
  private static final int[] INDICES = {6, 0, 3, 3, 0, 1, 3, 4, 6, 3, 0};

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] backward(
      int[] indices, float[] dy, float[] dTable, int dim, int begin, int end) {
    try (GuardedFloats gradient = GuardedFloats.copyOf(dy);
        GuardedFloats table = GuardedFloats.copyOf(dTable);
        Arena arena = Arena.ofConfined()) {
      Embedding.backward(
          arena.allocateFrom(JAVA_INT, indices),
          gradient.segment(),
          table.segment(),
          indices.length,
          dim,
          begin,
          end);
      table.assertGuardsIntact();
      return table.toArray();
    }
  }

  private static float[] forward(float[] table, int[] indices, int dim, int rowBegin, int rowEnd) {
    try (GuardedFloats t = GuardedFloats.copyOf(table);
        GuardedFloats y = GuardedFloats.copyOf(new float[indices.length * dim]);
        Arena arena = Arena.ofConfined()) {
      Embedding.forward(
          t.segment(), arena.allocateFrom(JAVA_INT, indices), y.segment(), rowBegin, rowEnd, dim);
      y.assertGuardsIntact();
      return y.toArray();
    }
  }

  @Test
  void forwardCopiesTheRowsOfTheRangeBitByBitAndNoOthers() {
    for (int dim : AwkwardSizes.lengths()) {
      float[] table = values(TABLE_ROWS * dim, 1);
      if (dim > 0) {
        table[3 * dim] = Float.NaN;
      }
      float[] expected = new float[INDICES.length * dim];
      for (int r = 1; r < 9; r++) {
        System.arraycopy(table, INDICES[r] * dim, expected, r * dim, dim);
      }
      assertArrayEquals(expected, forward(table, INDICES, dim, 1, 9), () -> "dim = " + dim);
    }
  }

  @Test
  void backwardAddsTheRowsInOrderToWhatIsThere() {
    for (int dim : AwkwardSizes.lengths()) {
      float[] dy = values(INDICES.length * dim, 2);
      float[] dTable = values(TABLE_ROWS * dim, 3);
      float[] expected = dTable.clone();
      for (int r = 0; r < INDICES.length; r++) {
        for (int i = 0; i < dim; i++) {
          expected[INDICES[r] * dim + i] += dy[r * dim + i];
        }
      }
      assertArrayEquals(
          expected, backward(INDICES, dy, dTable, dim, 0, TABLE_ROWS), () -> "dim = " + dim);
    }
  }

  @Test
  void everySplitOfTheTableGivesTheSameBits() {
    int dim = Lanes.F32_LANES + 3;
    float[] dy = values(INDICES.length * dim, 4);
    float[] dTable = values(TABLE_ROWS * dim, 5);
    float[] expected = backward(INDICES, dy, dTable, dim, 0, TABLE_ROWS);
    for (int split = 0; split <= TABLE_ROWS; split++) {
      float[] upperFirst = backward(INDICES, dy, dTable, dim, split, TABLE_ROWS);
      for (int i = 0; i < split * dim; i++) {
        assertEquals(dTable[i], upperFirst[i], "outside of the range");
      }
      assertArrayEquals(expected, backward(INDICES, dy, upperFirst, dim, 0, split));
    }
  }

  /**
   * Backward is the adjoint of forward: the sum of dy y(t) is the sum of dTable t, to the rounding
   * of both.
   */
  @Property(tries = 50)
  void backwardIsTheAdjointOfForward(
      @ForAll @IntRange(min = 1, max = 70) int dim, @ForAll long seed) {
    float[] table = values(TABLE_ROWS * dim, seed);
    float[] dy = values(INDICES.length * dim, seed + 1);
    float[] y = forward(table, INDICES, dim, 0, INDICES.length);
    float[] dTable = backward(INDICES, dy, new float[TABLE_ROWS * dim], dim, 0, TABLE_ROWS);
    double left = 0;
    double magnitude = 0;
    for (int i = 0; i < y.length; i++) {
      left += (double) dy[i] * y[i];
      magnitude += Math.abs((double) dy[i] * y[i]);
    }
    double right = 0;
    for (int i = 0; i < table.length; i++) {
      right += (double) dTable[i] * table[i];
    }
    // A row is picked 4 times at most.
    assertEquals(left, right, 4 * 0x1p-24 * magnitude);
  }

  @Test
  void anIndexOutsideTheTableNeverReachesForeignMemory() {
    float[] table = values(TABLE_ROWS * 5, 6);
    assertThrows(
        IndexOutOfBoundsException.class, () -> forward(table, new int[] {TABLE_ROWS}, 5, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> forward(table, new int[] {-1}, 5, 0, 1));
  }

  @Test
  void nothingIsAllocated() {
    int dim = 67;
    int rows = INDICES.length;
    try (GuardedFloats t = GuardedFloats.copyOf(values(TABLE_ROWS * dim, 7));
        GuardedFloats g = GuardedFloats.copyOf(values(rows * dim, 8));
        Arena arena = Arena.ofConfined()) {
      MemorySegment table = t.segment();
      MemorySegment dy = g.segment();
      MemorySegment indices = arena.allocateFrom(JAVA_INT, INDICES);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              5_000,
              1_000,
              () -> Embedding.backward(indices, dy, table, rows, dim, 0, TABLE_ROWS)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              5_000, 1_000, () -> Embedding.forward(table, indices, dy, 0, rows, dim)));
    }
  }
}
