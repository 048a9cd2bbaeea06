package dev.lanewise.kernel.gather;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RopeTest {
  private static final double U = 0x1p-24;
  private static final int HEADS = 3;
  private static final int SEQUENCE = 4;
  private static final int OFFSET = 2;
  private static final int ROWS = 7;

  private interface Turn {
    void run(
        MemorySegment x,
        MemorySegment cos,
        MemorySegment sin,
        MemorySegment y,
        int heads,
        int dim,
        long sequence,
        long offset,
        long rowBegin,
        long rowEnd);
  }

  private static int[] dims() {
    int lanes = Lanes.F32_LANES;
    return IntStream.of(2, 4, 6, 2 * lanes - 2, 2 * lanes, 2 * lanes + 2, 64, 4 * lanes + 6, 130)
        .sorted()
        .distinct()
        .toArray();
  }

  private static float[][] table(int dim) {
    int n = (SEQUENCE + OFFSET) * (dim / 2);
    return GuardedCall.run(
        s -> Rope.table(s[0], s[1], dim, 10_000, 0, SEQUENCE + OFFSET), new float[n], new float[n]);
  }

  private static float[] run(Turn turn, float[] x, int dim, int rowBegin, int rowEnd) {
    float[][] table = table(dim);
    return GuardedCall.run(
        s -> turn.run(s[0], s[1], s[2], s[3], HEADS, dim, SEQUENCE, OFFSET, rowBegin, rowEnd),
        x,
        table[0],
        table[1],
        new float[x.length])[3];
  }

  private static float[] inPlace(Turn turn, float[] x, int dim) {
    float[][] table = table(dim);
    return GuardedCall.run(
        s -> turn.run(s[0], s[1], s[2], s[0], HEADS, dim, SEQUENCE, OFFSET, 0, ROWS),
        x,
        table[0],
        table[1])[0];
  }

  @Test
  void theTableHoldsTheAnglesOfThePaper() {
    int dim = 10;
    float[][] table = table(dim);
    for (int p = 0; p < SEQUENCE + OFFSET; p++) {
      for (int i = 0; i < dim / 2; i++) {
        double angle = p * Math.pow(10_000, -2.0 * i / dim);
        assertEquals(Math.cos(angle), table[0][p * (dim / 2) + i], U);
        assertEquals(Math.sin(angle), table[1][p * (dim / 2) + i], U);
      }
    }
  }

  @Test
  void everyPairHasTheBitsOfItsRotationAndKeepsItsBound() {
    for (int dim : dims()) {
      float[] x = RowModel.normal(ROWS * HEADS * dim, 1, 0, 1);
      float[][] table = table(dim);
      float[] split = run(Rope::forwardSplit, x, dim, 0, ROWS);
      float[] interleaved = run(Rope::forwardInterleaved, x, dim, 0, ROWS);
      for (int r = 0; r < ROWS; r++) {
        int position = r % SEQUENCE + OFFSET;
        for (int h = 0; h < HEADS; h++) {
          int head = (r * HEADS + h) * dim;
          for (int i = 0; i < dim / 2; i++) {
            float c = table[0][position * (dim / 2) + i];
            float s = table[1][position * (dim / 2) + i];
            double angle = position * Math.pow(10_000, -2.0 * i / dim);
            assertPair(x, split, head + i, head + i + dim / 2, c, s, angle);
            assertPair(x, interleaved, head + 2 * i, head + 2 * i + 1, c, s, angle);
          }
        }
      }
    }
  }

  private static void assertPair(
      float[] x, float[] y, int a, int b, float c, float s, double angle) {
    assertEquals(Math.fma(x[a], c, -(x[b] * s)), y[a]);
    assertEquals(Math.fma(x[b], c, x[a] * s), y[b]);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    // 2 u of the products and the sum, and u of a table whose entries are at most 1.
    double bound = 3 * U * (Math.abs(x[a]) + Math.abs(x[b]));
    assertEquals(x[a] * cos - x[b] * sin, y[a], bound);
    assertEquals(x[b] * cos + x[a] * sin, y[b], bound);
  }

  /** Backward is the adjoint of forward, and as a rotation its inverse. */
  @Property(tries = 40)
  void backwardIsTheAdjointAndTheInverse(
      @ForAll @IntRange(min = 1, max = 40) int half, @ForAll long seed) {
    int dim = 2 * half;
    int n = ROWS * HEADS * dim;
    float[] x = RowModel.normal(n, seed, 0, 1);
    float[] dy = RowModel.normal(n, seed + 1, 0, 1);
    for (boolean split : new boolean[] {true, false}) {
      Turn forward = split ? Rope::forwardSplit : Rope::forwardInterleaved;
      Turn backward = split ? Rope::backwardSplit : Rope::backwardInterleaved;
      float[] y = run(forward, x, dim, 0, ROWS);
      float[] dx = run(backward, dy, dim, 0, ROWS);
      float[] back = run(backward, y, dim, 0, ROWS);
      double left = 0;
      double right = 0;
      double magnitude = 0;
      for (int i = 0; i < n; i++) {
        left += (double) dy[i] * y[i];
        right += (double) dx[i] * x[i];
        magnitude += Math.abs((double) dy[i] * y[i]) + Math.abs((double) dx[i] * x[i]);
        assertEquals(x[i], back[i], 40 * U);
      }
      assertEquals(left, right, 12 * U * magnitude);
    }
  }

  @Test
  void everySplitOfTheRowsGivesTheSameBitsAndXMayBeOverwritten() {
    int dim = 2 * Lanes.F32_LANES + 6;
    float[] x = RowModel.normal(ROWS * HEADS * dim, 2, 0, 1);
    int width = HEADS * dim;
    Turn[] turns = {
      Rope::forwardSplit, Rope::backwardSplit, Rope::forwardInterleaved, Rope::backwardInterleaved
    };
    for (Turn turn : turns) {
      float[] whole = run(turn, x, dim, 0, ROWS);
      assertArrayEquals(whole, inPlace(turn, x, dim));
      for (int begin = 0; begin <= ROWS; begin++) {
        for (int end = begin; end <= ROWS; end++) {
          float[] expected = new float[x.length];
          System.arraycopy(whole, begin * width, expected, begin * width, (end - begin) * width);
          assertArrayEquals(expected, run(turn, x, dim, begin, end));
        }
      }
    }
  }

  @Test
  void ofPackedRowsTheFirstHeadsAreTurnedAndTheOthersCopied() {
    int dim = 2 * Lanes.F32_LANES + 6;
    float[] x = RowModel.normal(ROWS * HEADS * dim, 5, 0, 1);
    for (boolean forward : new boolean[] {true, false}) {
      float[] all = run(forward ? Rope::forwardSplit : Rope::backwardSplit, x, dim, 0, ROWS);
      for (int turned = 0; turned <= HEADS; turned++) {
        float[] expected = x.clone();
        for (int r = 0; r < ROWS; r++) {
          int row = r * HEADS * dim;
          System.arraycopy(all, row, expected, row, turned * dim);
        }
        Turn packed = packed(turned, forward);
        assertArrayEquals(expected, run(packed, x, dim, 0, ROWS), turned + " heads");
        assertArrayEquals(expected, inPlace(packed, x, dim), turned + " heads in place");
      }
    }
  }

  private static Turn packed(int turned, boolean forward) {
    return (x, cos, sin, y, heads, dim, sequence, offset, begin, end) -> {
      if (forward) {
        Rope.forwardPacked(x, cos, sin, y, heads, turned, dim, sequence, offset, begin, end);
      } else {
        Rope.backwardPacked(x, cos, sin, y, heads, turned, dim, sequence, offset, begin, end);
      }
    };
  }

  @Test
  void nothingIsAllocatedAndAHeapSegmentIsRejected() {
    int dim = 2 * Lanes.F32_LANES + 6;
    int n = 2 * dim;
    MemorySegment heap = MemorySegment.ofArray(new float[n]);
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(n, 3, 0, 1));
        GuardedFloats t = GuardedFloats.copyOf(RowModel.normal(dim, 4, 0, 1))) {
      MemorySegment sx = x.segment();
      MemorySegment st = t.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000,
              1_000,
              () -> {
                Rope.forwardSplit(sx, st, st, sx, 1, dim, 2, 0, 0, 2);
                Rope.backwardInterleaved(sx, st, st, sx, 1, dim, 2, 0, 0, 2);
              }));
      assertThrows(
          IllegalArgumentException.class,
          () -> Rope.forwardSplit(sx, st, st, heap, 1, dim, 2, 0, 0, 2));
      assertThrows(
          IllegalArgumentException.class,
          () -> Rope.forwardInterleaved(heap, st, st, sx, 1, dim, 2, 0, 0, 2));
    }
  }
}
