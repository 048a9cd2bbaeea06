package dev.lanewise.kernel.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.reduce.segments.ColumnMax;
import dev.lanewise.kernel.reduce.segments.ColumnNorm;
import dev.lanewise.kernel.reduce.segments.ColumnSum;
import dev.lanewise.kernel.reduce.segments.ColumnVariance;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Maxima, variances and norms of columns; sums have {@link ColumnSumTest}. */
class ColumnReductionTest {
  private static final double U = 0x1p-24;
  private static final int[] ROWS = {0, 1, 3, 4, 5, 8, 23};
  private static final float UNTOUCHED = 77;

  private static float[] max(float[] x, int rows, int cols, int begin, int end) {
    float[] y = new float[cols];
    Arrays.fill(y, UNTOUCHED);
    return GuardedCall.run(s -> ColumnMax.forward(s[0], s[1], rows, cols, begin, end), x, y)[1];
  }

  private static float[] norm(float[] x, int rows, int cols, int begin, int end) {
    float[] y = new float[cols];
    Arrays.fill(y, UNTOUCHED);
    return GuardedCall.run(s -> ColumnNorm.forward(s[0], s[1], rows, cols, begin, end), x, y)[1];
  }

  @Test
  void everyColumnHasItsMaximum() {
    for (int rows : ROWS) {
      for (int cols : AwkwardSizes.lengths()) {
        float[] x = RowModel.normal(rows * cols, 1, 0, 1);
        for (int i = 0; i < x.length; i += 13) {
          x[i] = i % 2 == 0 ? Float.NaN : -0f;
        }
        float[] expected = new float[cols];
        for (int c = 0; c < cols; c++) {
          expected[c] = Float.NEGATIVE_INFINITY;
          for (int r = 0; r < rows; r++) {
            expected[c] = Math.max(expected[c], x[r * cols + c]);
          }
        }
        assertArrayEquals(expected, max(x, rows, cols, 0, cols), rows + " x " + cols);
      }
    }
  }

  private static int[] argmax(float[] x, int rows, int cols, int begin, int end) {
    int[] untouched = new int[cols];
    Arrays.fill(untouched, -7);
    float[] bits =
        GuardedCall.run(
            s -> ColumnMax.argmax(s[0], s[1], rows, cols, begin, end),
            x,
            GuardedCall.ints(untouched))[1];
    int[] indices = new int[cols];
    Arrays.setAll(indices, c -> Float.floatToRawIntBits(bits[c]));
    return indices;
  }

  @Test
  void theFirstPlaceOfAMaximumCountsAndNanIsLarger() {
    for (int rows : ROWS) {
      for (int cols : AwkwardSizes.lengths()) {
        float[] x = RowModel.normal(rows * cols, 7, 0, 1);
        for (int i = 0; i < x.length; i++) {
          x[i] = i % 11 == 3 ? Float.NaN : i % 7 == 2 ? Float.NEGATIVE_INFINITY : Math.round(x[i]);
          x[i] = i % 5 == 1 ? -0f : x[i];
        }
        int[] expected = new int[cols];
        for (int c = 0; c < cols; c++) {
          expected[c] = rows == 0 ? -1 : 0;
          for (int r = 1; r < rows; r++) {
            float best = x[expected[c] * cols + c];
            float next = x[r * cols + c];
            boolean larger = next > best || (Float.isNaN(next) && !Float.isNaN(best));
            expected[c] = larger ? r : expected[c];
          }
        }
        String size = rows + " x " + cols;
        assertArrayEquals(expected, argmax(x, rows, cols, 0, cols), size);
        float[] dy = RowModel.normal(cols, 8, 0, 1);
        float[] expectedDx = new float[rows * cols];
        for (int c = 0; c < cols && rows > 0; c++) {
          expectedDx[expected[c] * cols + c] = dy[c];
        }
        float[] dx =
            GuardedCall.run(
                s -> ColumnMax.backward(s[0], s[1], s[2], 0, rows, cols),
                GuardedCall.ints(expected),
                dy,
                new float[rows * cols])[2];
        assertArrayEquals(expectedDx, dx, size);
      }
    }
  }

  @Test
  void theGradientOfASumIsItsScaledCotangentInEveryRow() {
    for (int cols : AwkwardSizes.lengths()) {
      float[] dy = RowModel.normal(cols, 9, 0, 1);
      float[] dx =
          GuardedCall.run(
              s -> ColumnSum.backward(s[0], s[1], 0.25f, 1, 3, cols), dy, new float[4 * cols])[1];
      for (int i = 0; i < 4 * cols; i++) {
        boolean inside = i >= cols && i < 3 * cols;
        assertEquals(inside ? 0.25f * dy[i % cols] : 0, dx[i]);
      }
    }
  }

  /** Mean and variance. */
  private static float[][] variance(float[] x, int rows, int cols, int correction) {
    float[][] all =
        GuardedCall.run(
            s -> ColumnVariance.forward(s[0], s[1], s[2], correction, rows, cols, 0, cols),
            x,
            new float[cols],
            new float[cols]);
    return new float[][] {all[1], all[2]};
  }

  @Test
  void meansAndVariancesKeepTheirBoundsBesideAnyMean() {
    for (double around : new double[] {0, 3, 1e4, -1e6}) {
      for (int rows : new int[] {1, 2, 3, 4, 5, 8, 23, 301}) {
        int cols = 2 * Lanes.F32_LANES + 3;
        float[] x = RowModel.normal(rows * cols, 10, around, 1);
        float[][] got = variance(x, rows, cols, 0);
        float[][] unbiased = variance(x, rows, cols, 1);
        for (int c = 0; c < cols; c++) {
          double mean = 0;
          double spread = 0;
          for (int r = 0; r < rows; r++) {
            mean += (double) x[r * cols + c] / rows;
            spread += Math.abs((double) x[r * cols + c] - x[c]) / rows;
          }
          double squares = 0;
          double rounded = 0;
          for (int r = 0; r < rows; r++) {
            double d = x[r * cols + c] - mean;
            squares += d * d;
            rounded += Math.abs(d * (x[r * cols + c] - x[c])) / rows;
          }
          int n = rows / 4 + 6;
          double delta = (n + 2) * U * spread;
          String what = rows + " rows around " + around;
          assertEquals(mean, got[0][c], delta + U * Math.abs(mean), what);
          double bound = (n + 5) * U * squares / rows + 2 * delta * delta + 4 * U * rounded;
          assertEquals(squares / rows, got[1][c], bound, what);
          if (rows > 1) {
            double more = (double) rows / (rows - 1);
            assertEquals(squares / (rows - 1), unbiased[1][c], bound * more, what);
          } else {
            assertTrue(Float.isNaN(unbiased[1][c]));
          }
        }
      }
    }
    float[][] none = variance(new float[0], 0, 5, 0);
    assertTrue(Float.isNaN(none[0][4]) && Float.isNaN(none[1][4]));
  }

  @Test
  void theGradientOfTheVarianceIsTheScaledDistanceFromTheMean() {
    int rows = 5;
    for (int cols : AwkwardSizes.lengths()) {
      float[] x = RowModel.normal(rows * cols, 11, 0, 1);
      float[] mean = variance(x, rows, cols, 0)[0];
      float[] dy = RowModel.normal(cols, 12, 0, 1);
      float[] dx =
          GuardedCall.run(
              s -> ColumnVariance.backward(s[0], s[1], s[2], s[3], 2f / rows, 0, rows, cols),
              x,
              mean,
              dy,
              new float[rows * cols])[3];
      for (int i = 0; i < dx.length; i++) {
        assertEquals((x[i] - mean[i % cols]) * (dy[i % cols] * (2f / rows)), dx[i]);
      }
    }
  }

  @Test
  void everyColumnHasTheBitsOfItsNorm() {
    for (int rows : ROWS) {
      for (int cols : AwkwardSizes.lengths()) {
        for (float size : new float[] {1, 1e30f, 1e-30f}) {
          float[] x = RowModel.normal(rows * cols, 2, 0, size);
          float[] expected = new float[cols];
          for (int c = 0; c < cols; c++) {
            double sum = 0;
            for (int r = 0; r < rows; r++) {
              double v = x[r * cols + c];
              sum = Math.fma(v, v, sum);
            }
            expected[c] = (float) Math.sqrt(sum);
          }
          assertArrayEquals(expected, norm(x, rows, cols, 0, cols), rows + " x " + cols);
        }
      }
    }
  }

  @Test
  void aRangeOfColumnsHasTheSameBitsAndLeavesTheOthersUntouched() {
    int rows = 6;
    int cols = 3 * Lanes.F32_LANES + 5;
    float[] x = RowModel.normal(rows * cols, 3, 0, 1);
    float[] maxima = max(x, rows, cols, 0, cols);
    float[] norms = norm(x, rows, cols, 0, cols);
    int[] places = argmax(x, rows, cols, 0, cols);
    for (int begin = 0; begin <= cols; begin += 3) {
      for (int end = begin; end <= cols; end += 2) {
        float[] gotMaxima = max(x, rows, cols, begin, end);
        float[] gotNorms = norm(x, rows, cols, begin, end);
        int[] gotPlaces = argmax(x, rows, cols, begin, end);
        for (int c = 0; c < cols; c++) {
          boolean inside = begin <= c && c < end;
          assertEquals(inside ? maxima[c] : UNTOUCHED, gotMaxima[c]);
          assertEquals(inside ? norms[c] : UNTOUCHED, gotNorms[c]);
          assertEquals(inside ? places[c] : -7, gotPlaces[c]);
        }
      }
    }
  }

  @Test
  void theGradientOfANormKeepsItsBoundAndIsZeroAtZero() {
    int rows = 7;
    for (int cols : AwkwardSizes.lengths()) {
      float[] x = RowModel.normal(rows * cols, 4, 0, 1);
      for (int r = 0; r < rows && cols > 0; r++) {
        x[r * cols + cols / 2] = 0;
      }
      float[] dy = RowModel.normal(cols, 5, 0, 1);
      float[] dx =
          GuardedCall.run(
              s -> ColumnNorm.backward(s[0], s[1], s[2], s[3], 0, rows, cols),
              x,
              norm(x, rows, cols, 0, cols),
              dy,
              new float[x.length])[3];
      for (int c = 0; c < cols; c++) {
        double squares = 0;
        for (int r = 0; r < rows; r++) {
          squares += (double) x[r * cols + c] * x[r * cols + c];
        }
        for (int r = 0; r < rows; r++) {
          int i = r * cols + c;
          double exact = squares == 0 ? 0 : dy[c] * x[i] / Math.sqrt(squares);
          assertEquals(exact, dx[i], 4.1 * U * Math.abs(exact), cols + " columns");
        }
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    int rows = 19;
    int cols = 101;
    try (GuardedFloats x = GuardedFloats.copyOf(RowModel.normal(rows * cols, 6, 0, 1));
        GuardedFloats y = GuardedFloats.copyOf(new float[cols])) {
      MemorySegment sx = x.segment();
      MemorySegment sy = y.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000, 1_000, () -> ColumnMax.forward(sx, sy, rows, cols, 0, cols)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000, 1_000, () -> ColumnNorm.forward(sx, sy, rows, cols, 0, cols)));
    }
  }

  @Test
  void aHeapSegmentIsRejected() {
    MemorySegment heap = MemorySegment.ofArray(new float[200]);
    try (GuardedFloats x = GuardedFloats.copyOf(new float[200])) {
      MemorySegment sx = x.segment();
      assertThrows(IllegalArgumentException.class, () -> ColumnMax.forward(sx, heap, 1, 40, 0, 40));
      assertThrows(IllegalArgumentException.class, () -> ColumnMax.forward(heap, sx, 4, 40, 0, 40));
      assertThrows(
          IllegalArgumentException.class, () -> ColumnNorm.forward(heap, sx, 4, 40, 0, 40));
    }
  }
}
