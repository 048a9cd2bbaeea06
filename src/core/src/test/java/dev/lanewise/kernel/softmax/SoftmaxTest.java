package dev.lanewise.kernel.softmax;

import static dev.lanewise.testing.GuardedCall.ints;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SoftmaxTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  private static float[] forward(float[] x, int cols) {
    int rows = x.length / cols;
    return GuardedCall.run(s -> Softmax.forward(s[0], s[1], 0, rows, cols), x, new float[x.length])[
        1];
  }

  private static float[] lengths(float[] x, int[] lengths, float scale, int cols) {
    return GuardedCall.run(
        s -> Softmax.forwardLengths(s[0], s[1], s[2], scale, 0, lengths.length, cols),
        x,
        ints(lengths),
        RowModel.normal(x.length, 1, 0, 1))[2];
  }

  private static float[] backward(float[] y, float[] dy, float scale, int cols) {
    int rows = y.length / cols;
    return GuardedCall.run(
        s -> Softmax.backward(s[0], s[1], s[2], scale, 0, rows, cols), y, dy, new float[y.length])[
        2];
  }

  /** The order that the Javadoc promises, for one row of finite elements. */
  private static float[] inDocumentedOrder(float[] x, float scale) {
    float max = -INF;
    for (float v : x) {
      max = Math.max(max, v);
    }
    float[] e = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      float d = (x[i] - max) * scale;
      e[i] = d < -69 ? 0 : Exp.share(d);
    }
    float factor = 1 / RowModel.sum(x.length, (sum, i) -> sum + e[i]);
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = e[i] * factor;
    }
    return y;
  }

  private static double[] softmax(float[] x, double scale) {
    double max = Double.NEGATIVE_INFINITY;
    for (float v : x) {
      max = Math.max(max, v);
    }
    double[] y = new double[x.length];
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      y[i] = StrictMath.exp(scale * (x[i] - max));
      sum += y[i];
    }
    for (int i = 0; i < x.length; i++) {
      y[i] /= sum;
    }
    return y;
  }

  @Test
  void everyRowHasTheBitsOfTheDocumentedOrder() {
    for (int cols : columns()) {
      float[] x = RowModel.normal(2 * cols, 2, 0, 20);
      float[] plain = forward(x, cols);
      float[] scaled = lengths(x, new int[] {cols, cols}, 0.3f, cols);
      for (int r = 0; r < 2; r++) {
        float[] row = Arrays.copyOfRange(x, r * cols, (r + 1) * cols);
        assertArrayEquals(
            inDocumentedOrder(row, 1), Arrays.copyOfRange(plain, r * cols, (r + 1) * cols));
        assertArrayEquals(
            inDocumentedOrder(row, 0.3f), Arrays.copyOfRange(scaled, r * cols, (r + 1) * cols));
      }
    }
  }

  @Test
  void forwardKeepsItsErrorBound() {
    for (float scale : new float[] {1, 0.125f, 3}) {
      for (int cols : columns()) {
        float[] x = RowModel.normal(cols, 3, 5, 4);
        float max = -INF;
        for (float v : x) {
          max = Math.max(max, v);
        }
        float[] y = lengths(x, new int[] {cols}, scale, cols);
        double[] exact = softmax(x, scale);
        double eps = (RowModel.roundings(cols) + 4 + 2 * Math.log(cols)) * U;
        for (int c = 0; c < cols; c++) {
          double distance = scale * ((double) max - x[c]);
          double bound = (eps + (5 + 2 * distance) * U) * exact[c] + 0x1p-99;
          assertEquals(exact[c], y[c], bound, cols + " columns, c = " + c);
        }
      }
    }
  }

  @Test
  void backwardKeepsItsErrorBound() {
    for (float scale : new float[] {1, 0.125f}) {
      for (int cols : columns()) {
        float[] y = forward(RowModel.normal(cols, 4, 0, 2), cols);
        float[] dy = RowModel.normal(cols, 5, 1, 3);
        float[] dx = backward(y, dy, scale, cols);
        double dot = 0;
        double magnitude = 0;
        for (int c = 0; c < cols; c++) {
          dot += (double) y[c] * dy[c];
          magnitude += Math.abs((double) y[c] * dy[c]);
        }
        double n = RowModel.roundings(cols);
        for (int c = 0; c < cols; c++) {
          double exact = scale * y[c] * (dy[c] - dot);
          double bound = (4 * U * Math.abs(dy[c] - dot) + (n + 1) * U * magnitude) * scale * y[c];
          assertEquals(exact, dx[c], bound, cols + " columns, c = " + c);
        }
      }
    }
  }

  /** Short and long rows are computed together with the sum of the next. */
  @Test
  void aRowHasTheSameGradientAloneAndAmongOthersAndInPlace() {
    int rows = 4;
    int[] limits = {255, 256, 16 * 1024, 16 * 1024 + 17};
    for (int cols : IntStream.concat(Arrays.stream(columns()), Arrays.stream(limits)).toArray()) {
      float[] y = forward(RowModel.normal(rows * cols, 14, 0, 2), cols);
      float[] dy = RowModel.normal(rows * cols, 15, 1, 3);
      dy[cols] = Float.NaN;
      float[] alone = new float[rows * cols];
      for (int r = 0; r < rows; r++) {
        float[] row =
            backward(
                Arrays.copyOfRange(y, r * cols, (r + 1) * cols),
                Arrays.copyOfRange(dy, r * cols, (r + 1) * cols),
                0.5f,
                cols);
        System.arraycopy(row, 0, alone, r * cols, cols);
      }
      assertTrue(Float.isNaN(alone[cols]) && !Float.isNaN(alone[2 * cols]));
      assertArrayEquals(alone, backward(y, dy, 0.5f, cols), () -> cols + " columns");
      for (int place = 0; place < 2; place++) {
        int at = place;
        float[] inPlace =
            GuardedCall.run(s -> Softmax.backward(s[0], s[1], s[at], 0.5f, 0, rows, cols), y, dy)[
                at];
        assertArrayEquals(alone, inPlace, () -> cols + " columns in the place of operand " + at);
      }
    }
  }

  /** Against central differences of the oracle: h^2 of them and 2^-52 / h, then those of f32. */
  @Test
  void backwardIsTheDerivativeOfForward() {
    int cols = 19;
    float[] x = RowModel.normal(cols, 6, 0, 1);
    float[] dy = RowModel.normal(cols, 7, 0, 1);
    float scale = 0.5f;
    float[] dx = backward(lengths(x, new int[] {cols}, scale, cols), dy, scale, cols);
    float h = 0x1p-12f;
    for (int c = 0; c < cols; c++) {
      double difference = 0;
      float[] moved = x.clone();
      moved[c] = x[c] + h;
      double[] up = softmax(moved, scale);
      double step = moved[c];
      moved[c] = x[c] - h;
      double[] down = softmax(moved, scale);
      step -= moved[c];
      for (int i = 0; i < cols; i++) {
        difference += dy[i] * (up[i] - down[i]);
      }
      assertEquals(difference / step, dx[c], 1e-6);
    }
  }

  @Test
  void whatTheLengthHidesIsZeroAndNotRead() {
    for (int cols : columns()) {
      for (int visible : new int[] {0, 1, cols / 2, cols - 1, cols}) {
        float[] x = RowModel.normal(cols, 8, 0, 2);
        float[] clean = forward(Arrays.copyOf(x, visible), Math.max(1, visible));
        for (int c = visible; c < cols; c++) {
          x[c] = c % 2 == 0 ? Float.NaN : INF;
        }
        float[] y = lengths(x, new int[] {visible}, 1, cols);
        assertArrayEquals(Arrays.copyOf(clean, cols), y, () -> visible + " of " + cols);
      }
    }
  }

  @Test
  void theCausalMaskShowsEachQueryThePositionsUpToItsOwn() {
    int queries = 5;
    int rows = 2 * queries;
    for (int cols : new int[] {5, 9, Lanes.F32_LANES + 5, 70}) {
      for (int diagonal : new int[] {0, cols - queries, -2, cols, -cols}) {
        float[] x = RowModel.normal(rows * cols, 9, 0, 2);
        int[] visible = new int[rows];
        for (int r = 0; r < rows; r++) {
          visible[r] = Math.clamp(r % queries + diagonal + 1, 0, cols);
        }
        float[] y =
            GuardedCall.run(
                s -> Softmax.forwardCausal(s[0], s[1], 0.5f, queries, diagonal, 0, rows, cols),
                x,
                new float[x.length])[1];
        assertArrayEquals(lengths(x, visible, 0.5f, cols), y);
      }
    }
  }

  @Test
  void aRowOfNegativeInfinityIsZeroAndSoIsItsGradient() {
    for (int cols : columns()) {
      float[] x = new float[cols];
      Arrays.fill(x, -INF);
      assertArrayEquals(new float[cols], forward(x, cols));
      float[] dx = backward(forward(x, cols), RowModel.normal(cols, 10, 0, 1), 1, cols);
      for (float v : dx) {
        assertEquals(0, v, 0);
      }
    }
  }

  @Test
  void aPositiveInfinityOrANanMakesTheWholeRowNan() {
    int cols = Lanes.F32_LANES + 35;
    for (float special : new float[] {INF, Float.NaN}) {
      for (int at = 0; at < cols; at++) {
        float[] x = new float[cols];
        Arrays.fill(x, -INF);
        x[at] = special;
        x[(at + 1) % cols] = 1;
        for (float y : forward(x, cols)) {
          assertTrue(Float.isNaN(y));
        }
      }
    }
  }

  @Test
  void hugeElementsOfEitherSignAreShares() {
    for (float big : new float[] {1e4f, -1e4f, 3e38f, -3e38f}) {
      float[] x = new float[67];
      Arrays.fill(x, big);
      for (float y : forward(x, 67)) {
        assertEquals(1 / 67.0, y, 4 * U / 67);
      }
    }
  }

  @Property(tries = 60)
  void aRowSumsToOne(
      @ForAll @IntRange(min = 1, max = 300) int cols,
      @ForAll @FloatRange(min = 0, max = 50) float sigma,
      @ForAll long seed) {
    double sum = 0;
    for (float y : forward(RowModel.normal(cols, seed, 0, sigma), cols)) {
      sum += y;
    }
    // The sum meets at most as many roundings, the factor and the products 1.5 on the average.
    assertEquals(1, sum, (RowModel.roundings(cols) + 2) * U);
  }

  @Property(tries = 60)
  void aShiftThatIsExactChangesNoBit(
      @ForAll @IntRange(min = 1, max = 300) int cols,
      @ForAll @IntRange(min = -1000, max = 1000) int shift,
      @ForAll long seed) {
    float[] x = RowModel.normal(cols, seed, 0, 5);
    float[] moved = new float[cols];
    for (int i = 0; i < cols; i++) {
      x[i] = Math.round(x[i] * 256) / 256f;
      moved[i] = x[i] + shift;
    }
    assertArrayEquals(forward(x, cols), forward(moved, cols));
  }

  /** The Jacobian of a softmax is symmetric: {@code <a, J b> = <b, J a>}. */
  @Property(tries = 60)
  void backwardIsSelfAdjoint(@ForAll @IntRange(min = 1, max = 200) int cols, @ForAll long seed) {
    float[] y = forward(RowModel.normal(cols, seed, 0, 2), cols);
    float[] a = RowModel.normal(cols, seed + 1, 0, 1);
    float[] b = RowModel.normal(cols, seed + 2, 0, 1);
    float[] ja = backward(y, a, 1, cols);
    float[] jb = backward(y, b, 1, cols);
    double left = 0;
    double right = 0;
    double magnitude = 0;
    for (int i = 0; i < cols; i++) {
      left += (double) a[i] * jb[i];
      right += (double) b[i] * ja[i];
      magnitude += Math.abs((double) a[i] * y[i]) + Math.abs((double) b[i] * y[i]);
    }
    // Each element of J a is off by at most (N + 5) u y times 5 sigma or so on both sides.
    assertEquals(left, right, 20 * (RowModel.roundings(cols) + 5) * U * magnitude);
  }
}
