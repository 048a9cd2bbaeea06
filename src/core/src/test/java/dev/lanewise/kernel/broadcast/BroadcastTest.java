package dev.lanewise.kernel.broadcast;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.broadcast.segments.AddColumn;
import dev.lanewise.kernel.broadcast.segments.AddRow;
import dev.lanewise.kernel.broadcast.segments.MulColumn;
import dev.lanewise.kernel.broadcast.segments.MulRow;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Every kernel on segments and on arrays against the documented order of its operations. */
class BroadcastTest {
  private static final double U = 0x1p-24;
  private static final int[] ROWS = {0, 1, 3, 4, 5, 8, 11};

  private static float[] random(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** A kernel with operands of fixed sizes, written once for both forms. */
  @FunctionalInterface
  interface OnSegments {
    void run(MemorySegment[] operands);
  }

  @FunctionalInterface
  interface OnArrays {
    void run(float[][] operands);
  }

  /** Runs both forms on copies, compares their bits, and returns the operands after the run. */
  private static float[][] both(OnSegments onSegments, OnArrays onArrays, float[]... operands) {
    float[][] arrays = new float[operands.length][];
    GuardedFloats[] guarded = new GuardedFloats[operands.length];
    MemorySegment[] segments = new MemorySegment[operands.length];
    for (int i = 0; i < operands.length; i++) {
      arrays[i] = operands[i].clone();
      guarded[i] = GuardedFloats.copyOf(operands[i]);
      segments[i] = guarded[i].segment();
    }
    onSegments.run(segments);
    onArrays.run(arrays);
    for (int i = 0; i < operands.length; i++) {
      assertArrayEquals(arrays[i], guarded[i].toArray());
      guarded[i].assertGuardsIntact();
      guarded[i].close();
    }
    return arrays;
  }

  @Test
  void rowsAndColumnsAreSpreadOverTheMatrix() {
    for (int cols : AwkwardSizes.lengths()) {
      int rows = 5;
      float[] x = random(rows * cols, 1);
      float[] row = random(cols, 2);
      float[] column = random(rows, 3);
      float[] old = random(rows * cols, 4);
      float[] addRow = old.clone();
      float[] mulRow = old.clone();
      float[] addColumn = old.clone();
      float[] mulColumn = old.clone();
      for (int r = 1; r < 4; r++) {
        for (int c = 0; c < cols; c++) {
          int i = r * cols + c;
          addRow[i] = x[i] + row[c];
          mulRow[i] = x[i] * row[c];
          addColumn[i] = x[i] + column[r];
          mulColumn[i] = x[i] * column[r];
        }
      }
      float[][] out =
          both(
              s -> {
                AddRow.forward(s[0], s[1], s[3], 1, 4, cols);
                MulRow.forward(s[0], s[1], s[4], 1, 4, cols);
                AddColumn.forward(s[0], s[2], s[5], 1, 4, cols);
                MulColumn.forward(s[0], s[2], s[6], 1, 4, cols);
              },
              a -> {
                dev.lanewise.kernel.broadcast.arrays.AddRow.forward(
                    a[0], 0, a[1], 0, a[3], 0, 1, 4, cols);
                dev.lanewise.kernel.broadcast.arrays.MulRow.forward(
                    a[0], 0, a[1], 0, a[4], 0, 1, 4, cols);
                dev.lanewise.kernel.broadcast.arrays.AddColumn.forward(
                    a[0], 0, a[2], 0, a[5], 0, 1, 4, cols);
                dev.lanewise.kernel.broadcast.arrays.MulColumn.forward(
                    a[0], 0, a[2], 0, a[6], 0, 1, 4, cols);
              },
              x,
              row,
              column,
              old,
              old,
              old,
              old);
      assertArrayEquals(addRow, out[3]);
      assertArrayEquals(mulRow, out[4]);
      assertArrayEquals(addColumn, out[5]);
      assertArrayEquals(mulColumn, out[6]);
    }
  }

  /** The order that the documentation of MulRow gives, whatever the width. */
  private static float[] rowGradient(float[] dy, float[] x, float[] old, int rows, int cols) {
    float[] sum = old.clone();
    for (int c = 0; c < cols; c++) {
      int r = 0;
      for (; r + 4 <= rows; r += 4) {
        int i = r * cols + c;
        float lower = Math.fma(dy[i + cols], x[i + cols], dy[i] * x[i]);
        int k = i + 2 * cols;
        float upper = Math.fma(dy[k + cols], x[k + cols], dy[k] * x[k]);
        sum[c] += lower + upper;
      }
      for (; r < rows; r++) {
        sum[c] = Math.fma(dy[r * cols + c], x[r * cols + c], sum[c]);
      }
    }
    return sum;
  }

  /** The order that the documentation of the columns gives; without x the plain sum. */
  private static float columnSum(float[] dy, float[] x, int from, int cols) {
    float[] lanes = new float[32];
    int whole = cols - cols % 32;
    for (int c = 0; c < whole; c++) {
      lanes[c % 32] = Math.fma(dy[from + c], x.length == 0 ? 1 : x[from + c], lanes[c % 32]);
    }
    for (int distance = 16; distance > 0; distance /= 2) {
      for (int j = 0; j < distance; j++) {
        lanes[j] += lanes[j + distance];
      }
    }
    float tail = 0;
    for (int c = whole; c < cols; c++) {
      tail = Math.fma(dy[from + c], x.length == 0 ? 1 : x[from + c], tail);
    }
    return lanes[0] + tail;
  }

  @Test
  void theGradientOfARowHasTheDocumentedOrderHoweverTheColumnsAreSplit() {
    for (int rows : ROWS) {
      for (int cols : AwkwardSizes.lengths()) {
        float[] dy = random(rows * cols, 5);
        float[] x = random(rows * cols, 6);
        float[] old = random(cols, 7);
        int split = cols / 3;
        float[][] out =
            both(
                s -> {
                  MulRow.accumulate(s[0], s[1], s[2], rows, cols, 0, split);
                  MulRow.accumulate(s[0], s[1], s[2], rows, cols, split, cols);
                },
                a ->
                    dev.lanewise.kernel.broadcast.arrays.MulRow.accumulate(
                        a[0], 0, a[1], 0, a[2], 0, rows, cols, 0, cols),
                dy,
                x,
                old);
        assertArrayEquals(rowGradient(dy, x, old, rows, cols), out[2]);
        double unit = (rows / 4 + rows % 4 + 3) * U;
        for (int c = 0; c < cols; c++) {
          double exact = old[c];
          double size = Math.abs(old[c]);
          for (int r = 0; r < rows; r++) {
            double term = (double) dy[r * cols + c] * x[r * cols + c];
            exact += term;
            size += Math.abs(term);
          }
          assertEquals(exact, out[2][c], unit * size);
        }
      }
    }
  }

  @Test
  void theGradientOfAColumnHasTheDocumentedOrder() {
    int rows = 4;
    for (int cols : AwkwardSizes.lengths()) {
      float[] dy = random(rows * cols, 8);
      float[] x = random(rows * cols, 9);
      float[] old = random(rows, 10);
      float[][] out =
          both(
              s -> {
                AddColumn.accumulate(s[0], s[2], 1, 4, cols);
                MulColumn.accumulate(s[0], s[1], s[3], 1, 4, cols);
              },
              a -> {
                dev.lanewise.kernel.broadcast.arrays.AddColumn.accumulate(
                    a[0], 0, a[2], 0, 1, 4, cols);
                dev.lanewise.kernel.broadcast.arrays.MulColumn.accumulate(
                    a[0], 0, a[1], 0, a[3], 0, 1, 4, cols);
              },
              dy,
              x,
              old,
              old);
      assertEquals(old[0], out[2][0]);
      assertEquals(old[0], out[3][0]);
      double unit = (cols / 32 + 38) * U;
      for (int r = 1; r < rows; r++) {
        assertEquals(old[r] + columnSum(dy, new float[0], r * cols, cols), out[2][r]);
        assertEquals(old[r] + columnSum(dy, x, r * cols, cols), out[3][r]);
        double sum = old[r];
        double size = Math.abs(old[r]);
        double product = sum;
        double productSize = size;
        for (int i = r * cols; i < (r + 1) * cols; i++) {
          sum += dy[i];
          size += Math.abs(dy[i]);
          product += (double) dy[i] * x[i];
          productSize += Math.abs((double) dy[i] * x[i]);
        }
        assertEquals(sum, out[2][r], unit * size);
        assertEquals(product, out[3][r], unit * productSize);
      }
    }
  }

  /** {@code <dy, forward(v)> = <accumulate(dy), v>}: the gradient is the transpose of the map. */
  @Property(tries = 50)
  void theGradientIsTheAdjointOfTheForwardPass(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 200) int cols,
      @ForAll long seed) {
    float[] x = random(rows * cols, seed);
    float[] dy = random(rows * cols, seed + 1);
    float[] row = random(cols, seed + 2);
    float[] column = random(rows, seed + 3);
    float[] y = new float[rows * cols];
    float[] drow = new float[cols];
    float[] dcolumn = new float[rows];
    double bound = 0;
    for (int i = 0; i < x.length; i++) {
      bound += Math.abs((double) dy[i] * x[i]) * 4;
    }
    bound *= (rows + cols) * U;

    dev.lanewise.kernel.broadcast.arrays.MulRow.forward(x, 0, row, 0, y, 0, 0, rows, cols);
    dev.lanewise.kernel.broadcast.arrays.MulRow.accumulate(
        dy, 0, x, 0, drow, 0, rows, cols, 0, cols);
    assertEquals(dot(dy, y), dot(drow, row), bound);

    dev.lanewise.kernel.broadcast.arrays.MulColumn.forward(x, 0, column, 0, y, 0, 0, rows, cols);
    dev.lanewise.kernel.broadcast.arrays.MulColumn.accumulate(
        dy, 0, x, 0, dcolumn, 0, 0, rows, cols);
    assertEquals(dot(dy, y), dot(dcolumn, column), bound);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void nothingIsAllocated() {
    int rows = 7;
    int cols = 131;
    float[] a = random(rows * cols, 11);
    float[] v = random(cols, 12);
    try (GuardedFloats ga = GuardedFloats.copyOf(a);
        GuardedFloats gv = GuardedFloats.copyOf(v)) {
      MemorySegment sa = ga.segment();
      MemorySegment sv = gv.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              200,
              200,
              () -> {
                AddRow.forward(sa, sv, sa, 0, rows, cols);
                MulRow.forward(sa, sv, sa, 0, rows, cols);
                MulRow.accumulate(sa, sa, sv, rows, cols, 0, cols);
                AddColumn.forward(sa, sv, sa, 0, rows, cols);
                AddColumn.accumulate(sa, sv, 0, rows, cols);
                MulColumn.forward(sa, sv, sa, 0, rows, cols);
                MulColumn.accumulate(sa, sa, sv, 0, rows, cols);
                dev.lanewise.kernel.broadcast.arrays.AddRow.forward(
                    a, 0, v, 0, a, 0, 0, rows, cols);
                dev.lanewise.kernel.broadcast.arrays.MulRow.accumulate(
                    a, 0, a, 0, v, 0, rows, cols, 0, cols);
                dev.lanewise.kernel.broadcast.arrays.MulColumn.accumulate(
                    a, 0, a, 0, v, 0, 0, rows, cols);
              }));
    }
  }

  @Test
  void aHeapSegmentIsRejectedBeforeAnythingIsWritten() {
    float[] a = random(64, 13);
    MemorySegment heap = MemorySegment.ofArray(a.clone());
    try (GuardedFloats other = GuardedFloats.copyOf(a)) {
      MemorySegment s = other.segment();
      assertThrows(IllegalArgumentException.class, () -> AddRow.forward(s, s, heap, 0, 1, 64));
      assertThrows(
          IllegalArgumentException.class, () -> MulRow.accumulate(s, heap, s, 1, 64, 0, 64));
      assertThrows(IllegalArgumentException.class, () -> MulColumn.forward(s, s, heap, 0, 1, 64));
      assertThrows(IllegalArgumentException.class, () -> AddColumn.accumulate(heap, s, 0, 1, 64));
      assertArrayEquals(a, heap.toArray(JAVA_FLOAT));
      assertArrayEquals(a, other.toArray());
    }
  }
}
