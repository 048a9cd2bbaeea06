package dev.lanewise.kernel.softmax;

import static dev.lanewise.testing.GuardedCall.ints;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.GuardedFloats;
import dev.lanewise.testing.RowModel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Class weights, label smoothing and ignored rows. */
class CrossEntropyOptionsTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final int IGNORED = -100;

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  private static float[] positive(int n, long seed) {
    float[] weights = RowModel.normal(n, seed, 0, 1);
    for (int i = 0; i < n; i++) {
      weights[i] = Math.abs(weights[i]) + 0.1f;
    }
    return weights;
  }

  /** Losses and what is left in the place of the logits. */
  private static float[][] run(
      float[] logits, int[] targets, float @Nullable [] weights, float smoothing, float scale) {
    int cols = logits.length / targets.length;
    try (GuardedFloats w = GuardedFloats.copyOf(weights == null ? new float[cols] : weights)) {
      float[][] both =
          GuardedCall.run(
              s ->
                  SoftmaxCrossEntropy.forwardBackward(
                      s[0],
                      s[1],
                      weights == null ? null : w.segment(),
                      s[2],
                      smoothing,
                      IGNORED,
                      scale,
                      0,
                      targets.length,
                      cols),
              logits,
              ints(targets),
              new float[targets.length]);
      float[][] alone =
          GuardedCall.run(
              s ->
                  SoftmaxCrossEntropy.forward(
                      s[0],
                      s[1],
                      weights == null ? null : w.segment(),
                      s[2],
                      smoothing,
                      IGNORED,
                      0,
                      targets.length,
                      cols),
              logits,
              ints(targets),
              new float[targets.length]);
      assertArrayEquals(alone[2], both[2], "the losses of both forms");
      assertArrayEquals(logits, alone[0], "logits are read");
      return new float[][] {both[2], both[0]};
    }
  }

  private static double lse(double[] x) {
    double max = Arrays.stream(x).max().orElseThrow();
    return max + StrictMath.log(Arrays.stream(x).map(v -> StrictMath.exp(v - max)).sum());
  }

  private static double[] row(float[] logits, int r, int cols) {
    double[] row = new double[cols];
    for (int c = 0; c < cols; c++) {
      row[c] = logits[r * cols + c];
    }
    return row;
  }

  /** The definition, term by term. */
  private static double loss(double[] x, int target, float @Nullable [] w, double smoothing) {
    double lse = lse(x);
    double loss = (1 - smoothing) * (w == null ? 1 : w[target]) * (lse - x[target]);
    for (int c = 0; c < x.length; c++) {
      loss += smoothing / x.length * (w == null ? 1 : w[c]) * (lse - x[c]);
    }
    return loss;
  }

  @Test
  void lossesAndGradientsKeepTheirErrorBounds() {
    float scale = 0.25f;
    for (double mean : new double[] {0, 1e4, -1e4}) {
      for (float smoothing : new float[] {0, 0.1f, 1}) {
        for (int cols : columns()) {
          for (boolean weighted : new boolean[] {false, true}) {
            float[] w = weighted ? positive(cols, 1) : null;
            float[] logits = RowModel.normal(3 * cols, 2, mean, 4);
            int[] targets = {cols - 1, 0, cols / 2};
            float[][] got = run(logits, targets, w, smoothing, scale);
            for (int r = 0; r < 3; r++) {
              String where = cols + " columns, smoothing " + smoothing + ", weighted " + weighted;
              assertRow(
                  row(logits, r, cols),
                  targets[r],
                  w,
                  smoothing,
                  scale,
                  got[0][r],
                  Arrays.copyOfRange(got[1], r * cols, (r + 1) * cols),
                  where);
            }
          }
        }
      }
    }
  }

  private static void assertRow(
      double[] x,
      int target,
      float @Nullable [] w,
      float smoothing,
      float scale,
      float loss,
      float[] dx,
      String where) {
    int cols = x.length;
    double lse = lse(x);
    double max = Arrays.stream(x).max().orElseThrow();
    double n = RowModel.roundings(cols);
    double eps = (n + 4 + Math.log(cols)) * U;
    double k = (double) smoothing / cols;
    double total = 0;
    double distances = 0;
    for (int c = 0; c < cols; c++) {
      total += w == null ? 1 : w[c];
      distances += (w == null ? 1 : w[c]) * (max - x[c]);
    }
    double hit = (1 - (double) smoothing) * (w == null ? 1 : w[target]);
    double share = k * total;
    double exact = loss(x, target, w, smoothing);
    double bound =
        (hit + share) * (eps + 2 * U * Math.log(cols))
            + n * U * share * Math.log(cols)
            + (n + 3) * U * k * distances
            + U * Math.abs(exact);
    assertEquals(exact, loss, bound, where);
    for (int c = 0; c < cols; c++) {
      double softmax = StrictMath.exp(x[c] - lse);
      double onehot = c == target ? hit : 0;
      double spread = k * (w == null ? 1 : w[c]);
      double gradient = ((hit + share) * softmax - onehot - spread) * scale;
      double off =
          ((hit + share) * (eps + (7 + lse - x[c]) * U) + n * U * share) * softmax * scale
              + 2 * U * (onehot + spread) * scale
              + U * Math.abs(gradient)
              + 0x1p-99;
      assertEquals(gradient, dx[c], off, where + ", c = " + c);
    }
  }

  @Test
  void theGradientIsTheCentralDifferenceOfTheLoss() {
    int cols = 37;
    double h = 1e-5;
    float[] w = positive(cols, 3);
    float[] logits = RowModel.normal(cols, 4, 0, 2);
    float[] gradient = run(logits, new int[] {11}, w, 0.2f, 1)[1];
    for (int c = 0; c < cols; c++) {
      double[] up = row(logits, 0, cols);
      double[] down = row(logits, 0, cols);
      up[c] += h;
      down[c] -= h;
      double difference = loss(up, 11, w, 0.2f) - loss(down, 11, w, 0.2f);
      assertEquals(difference / (2 * h), gradient[c], 1e-8 + 200 * U);
    }
  }

  /**
   * cross_entropy of PyTorch's documentation with weight, label_smoothing = 0.1, ignore_index =
   * -100 and reduction "mean", worked out by hand: two classes, logits (0, ln 3), so p = (1/4,
   * 3/4).
   */
  @Test
  void theWeightedMeanIsThatOfPyTorch() {
    float ln3 = (float) Math.log(3);
    float[] logits = {0, ln3, 0, ln3, 5, 7};
    int[] targets = {0, 1, IGNORED};
    float[] w = {2, 0.5f};
    double total = GuardedCallTotal.of(targets, w);
    assertEquals(2.5, total);
    float[] losses = run(logits, targets, w, 0.1f, 1)[0];
    double smooth = 0.05 * (2 * Math.log(4) + 0.5 * Math.log(4.0 / 3));
    double expected =
        (0.9 * 2 * Math.log(4) + smooth + 0.9 * 0.5 * Math.log(4.0 / 3) + smooth) / 2.5;
    assertEquals(expected, ((double) losses[0] + losses[1] + losses[2]) / total, 1e-6);
    assertEquals(2, GuardedCallTotal.of(targets, null));
    assertEquals(0, GuardedCallTotal.of(new int[] {IGNORED}, w));
  }

  /** {@link SoftmaxCrossEntropy#totalWeight} on arrays. */
  private static final class GuardedCallTotal {
    static double of(int[] targets, float @Nullable [] weights) {
      try (GuardedFloats t = GuardedFloats.copyOf(ints(targets));
          GuardedFloats w = GuardedFloats.copyOf(weights == null ? new float[0] : weights)) {
        return SoftmaxCrossEntropy.totalWeight(
            t.segment(), weights == null ? null : w.segment(), IGNORED, targets.length);
      }
    }
  }

  @Test
  void anIgnoredRowHasNeitherLossNorGradientWhateverItsLogitsAre() {
    for (int cols : columns()) {
      float[] logits = RowModel.normal(3 * cols, 5, 0, 2);
      Arrays.fill(logits, cols, 2 * cols, Float.NaN);
      for (float smoothing : new float[] {0, 0.1f}) {
        float[][] got = run(logits, new int[] {0, IGNORED, 0}, null, smoothing, 1);
        assertEquals(0f, got[0][1]);
        for (int c = 0; c < cols; c++) {
          assertEquals(0f, got[1][cols + c]);
          assertTrue(Float.isFinite(got[1][c]) && Float.isFinite(got[1][2 * cols + c]));
        }
      }
    }
  }

  @Test
  void aClassMayBeTheIgnoredOne() {
    float[] losses =
        GuardedCall.run(
            s -> SoftmaxCrossEntropy.forward(s[0], s[1], null, s[2], 0, 1, 0, 2, 3),
            new float[6],
            ints(1, 2),
            new float[2])[2];
    assertEquals(0f, losses[0]);
    assertEquals(Math.log(3), losses[1], 1e-6);
  }

  @Test
  void withSmoothingAClassAtNegativeInfinityMakesTheLossInfinite() {
    float[] logits = {1, -INF, 2};
    float[][] got = run(logits, new int[] {0}, null, 0.3f, 1);
    assertEquals(INF, got[0][0]);
    assertEquals(-0.1f, got[1][1], 1e-7f);
    float[] masked = {-INF, -INF, -INF};
    float[][] all = run(masked, new int[] {0}, null, 0.3f, 1);
    assertEquals(INF, all[0][0]);
    assertArrayEquals(new float[] {-0.8f, -0.1f, -0.1f}, all[1], 1e-7f);
  }
}
