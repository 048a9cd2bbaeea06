package dev.lanewise.kernel.softmax;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.math.Exp;
import dev.lanewise.simd.math.Log;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SoftmaxCrossEntropyTest {
  private static final double U = 0x1p-24;
  private static final float INF = Float.POSITIVE_INFINITY;

  /** Losses and what the call left in the place of the logits. */
  private static final class Result {
    final float[] losses;
    final float[] logits;

    Result(float[] losses, float[] logits) {
      this.losses = losses;
      this.logits = logits;
    }
  }

  private static float[] values(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (4 * random.nextGaussian());
    }
    return values;
  }

  private static int[] targets(int rows, int cols) {
    int[] targets = new int[rows];
    for (int r = 0; r < rows; r++) {
      targets[r] = (int) (r * 7_919L % cols);
    }
    return targets;
  }

  private static Result forward(float[] logits, int[] targets, int cols) {
    return forward(logits, targets, cols, 0, targets.length);
  }

  private static Result forward(float[] logits, int[] targets, int cols, int rowBegin, int rowEnd) {
    try (GuardedFloats x = GuardedFloats.copyOf(logits);
        GuardedFloats losses = GuardedFloats.copyOf(new float[targets.length]);
        Arena arena = Arena.ofConfined()) {
      SoftmaxCrossEntropy.forward(
          x.segment(),
          arena.allocateFrom(JAVA_INT, targets),
          losses.segment(),
          rowBegin,
          rowEnd,
          cols);
      x.assertGuardsIntact();
      losses.assertGuardsIntact();
      return new Result(losses.toArray(), x.toArray());
    }
  }

  private static Result forwardBackward(float[] logits, int[] targets, float scale, int cols) {
    return forwardBackward(logits, targets, scale, cols, 0, targets.length);
  }

  private static Result forwardBackward(
      float[] logits, int[] targets, float scale, int cols, int rowBegin, int rowEnd) {
    try (GuardedFloats x = GuardedFloats.copyOf(logits);
        GuardedFloats losses = GuardedFloats.copyOf(new float[targets.length]);
        Arena arena = Arena.ofConfined()) {
      SoftmaxCrossEntropy.forwardBackward(
          x.segment(),
          arena.allocateFrom(JAVA_INT, targets),
          losses.segment(),
          scale,
          rowBegin,
          rowEnd,
          cols);
      x.assertGuardsIntact();
      losses.assertGuardsIntact();
      return new Result(losses.toArray(), x.toArray());
    }
  }

  /** The order that the Javadoc promises, one virtual lane at a time, for rows of finite logits. */
  private static Result inDocumentedOrder(float[] logits, int[] targets, float scale, int cols) {
    float[] losses = new float[targets.length];
    float[] gradient = new float[logits.length];
    for (int r = 0; r < targets.length; r++) {
      float max = -INF;
      for (int c = 0; c < cols; c++) {
        max = Math.max(max, logits[r * cols + c]);
      }
      float[] lanes = new float[32];
      float tail = 0;
      float[] e = new float[cols];
      for (int c = 0; c < cols; c++) {
        float distance = logits[r * cols + c] - max;
        e[c] = distance < -69 ? 0 : Exp.share(distance);
        if (c < cols - cols % 32) {
          lanes[c % 32] += e[c];
        } else {
          tail += e[c];
        }
      }
      for (int half = 16; half > 0; half /= 2) {
        for (int j = 0; j < half; j++) {
          lanes[j] += lanes[j + half];
        }
      }
      float sum = lanes[0] + tail;
      losses[r] = (float) ((double) max - logits[r * cols + targets[r]] + Log.log(sum));
      float factor = scale / sum;
      for (int c = 0; c < cols; c++) {
        gradient[r * cols + c] = c == targets[r] ? Math.fma(e[c], factor, -scale) : e[c] * factor;
      }
    }
    return new Result(losses, gradient);
  }

  private static double logSumExp(float[] row) {
    double max = Double.NEGATIVE_INFINITY;
    for (float x : row) {
      max = Math.max(max, x);
    }
    double sum = 0;
    for (float x : row) {
      sum += StrictMath.exp(x - max);
    }
    return max + StrictMath.log(sum);
  }

  private static int[] columns() {
    return Arrays.stream(AwkwardSizes.lengths()).filter(n -> n > 0).toArray();
  }

  @Test
  void lossesAndGradientsHaveTheBitsOfTheDocumentedOrder() {
    int rows = 3;
    for (int cols : columns()) {
      float[] logits = values(rows * cols, 1);
      int[] targets = targets(rows, cols);
      Result expected = inDocumentedOrder(logits, targets, 0.3f, cols);
      Result forward = forward(logits, targets, cols);
      assertArrayEquals(expected.losses, forward.losses, () -> "cols = " + cols);
      assertArrayEquals(logits, forward.logits);
      Result both = forwardBackward(logits, targets, 0.3f, cols);
      assertArrayEquals(expected.losses, both.losses, () -> "cols = " + cols);
      assertArrayEquals(expected.logits, both.logits, () -> "cols = " + cols);
    }
  }

  @Test
  void lossesAndGradientsKeepTheirErrorBounds() {
    int rows = 5;
    float scale = 0.125f;
    for (int cols : columns()) {
      float[] logits = values(rows * cols, 2);
      int[] targets = targets(rows, cols);
      Result got = forwardBackward(logits, targets, scale, cols);
      // The sum: N additions, 3 u of exp, the rounding of x - m weighted by softmax (at most log
      // cols).
      double eps = (cols / 32 + 31 + 5 + 4 + Math.log(cols)) * U;
      for (int r = 0; r < rows; r++) {
        float[] row = Arrays.copyOfRange(logits, r * cols, (r + 1) * cols);
        double lse = logSumExp(row);
        double loss = lse - row[targets[r]];
        double lossBound = eps + 2 * U * Math.log(cols) + U * loss;
        assertEquals(loss, got.losses[r], lossBound, "cols = " + cols);
        for (int c = 0; c < cols; c++) {
          double softmax = StrictMath.exp(row[c] - lse);
          double exact = (softmax - (c == targets[r] ? 1 : 0)) * scale;
          double bound = ((eps + (5 + lse - row[c]) * U) * softmax + U) * scale;
          assertEquals(exact, got.logits[r * cols + c], bound, "cols = " + cols + ", c = " + c);
        }
      }
    }
  }

  /**
   * The gradient against the loss of the oracle, which shares nothing with it: h^2 / 6 and 2^-52
   * lse / h, then f32.
   */
  @Test
  void theGradientIsTheCentralDifferenceOfTheLoss() {
    int cols = 37;
    double h = 1e-5;
    float[] logits = values(cols, 3);
    int[] targets = {11};
    float[] gradient = forwardBackward(logits, targets, 1, cols).logits;
    for (int c = 0; c < cols; c++) {
      double[] loss = new double[2];
      for (int side = 0; side < 2; side++) {
        double sum = 0;
        double atTarget = 0;
        for (int i = 0; i < cols; i++) {
          double x = logits[i] + (i == c ? (side == 0 ? h : -h) : 0);
          sum += StrictMath.exp(x);
          atTarget = i == targets[0] ? x : atTarget;
        }
        loss[side] = StrictMath.log(sum) - atTarget;
      }
      assertEquals((loss[0] - loss[1]) / (2 * h), gradient[c], 1e-9 + 80 * U);
    }
  }

  @Test
  void aRangeOfRowsHasTheSameBitsAndLeavesTheOthersUntouched() {
    int rows = 6;
    int cols = 2 * Lanes.F32_LANES + 35;
    float[] logits = values(rows * cols, 4);
    int[] targets = targets(rows, cols);
    Result all = forwardBackward(logits, targets, 0.5f, cols);
    Result part = forwardBackward(logits, targets, 0.5f, cols, 2, 4);
    Result loss = forward(logits, targets, cols, 2, 4);
    for (int r = 0; r < rows; r++) {
      boolean inside = r == 2 || r == 3;
      assertEquals(inside ? all.losses[r] : 0, part.losses[r]);
      assertEquals(inside ? all.losses[r] : 0, loss.losses[r]);
      for (int i = r * cols; i < (r + 1) * cols; i++) {
        assertEquals(inside ? all.logits[i] : logits[i], part.logits[i]);
      }
    }
  }

  @Test
  void hugeLogitsOfEitherSignStayFinite() {
    for (float big : new float[] {1e4f, -1e4f, 3e38f, -3e38f}) {
      float[] logits = new float[67];
      Arrays.fill(logits, big);
      Result got = forwardBackward(logits, new int[] {66}, 1, 67);
      assertEquals(Math.log(67), got.losses[0], 1e-5);
      assertEquals(1 / 67.0, got.logits[0], 1e-6);
      assertEquals(1 / 67.0 - 1, got.logits[66], 1e-6);
    }
  }

  @Test
  void aNanAnywhereMakesItsRowNanAndNoOther() {
    int cols = Lanes.F32_LANES + 33;
    for (int at = 0; at < cols; at++) {
      float[] logits = values(3 * cols, 5);
      logits[cols + at] = Float.NaN;
      assertOnlyTheMiddleRowIsNan(logits, cols);
    }
  }

  @Test
  void aPositiveInfinityAnywhereMakesItsRowNanAndNoOther() {
    int cols = Lanes.F32_LANES + 33;
    for (int at = 0; at < cols; at++) {
      float[] logits = values(3 * cols, 6);
      logits[cols + at] = INF;
      assertOnlyTheMiddleRowIsNan(logits, cols);
    }
  }

  private static void assertOnlyTheMiddleRowIsNan(float[] logits, int cols) {
    int[] targets = targets(3, cols);
    Result got = forwardBackward(logits, targets, 1, cols);
    assertArrayEquals(got.losses, forward(logits, targets, cols).losses);
    for (int r = 0; r < 3; r++) {
      assertEquals(r == 1, Float.isNaN(got.losses[r]));
      for (int i = r * cols; i < (r + 1) * cols; i++) {
        assertEquals(r == 1, Float.isNaN(got.logits[i]));
      }
    }
  }

  @Test
  void negativeInfinityIsAClassOfProbabilityZero() {
    int cols = Lanes.F32_LANES + 33;
    for (int at = 0; at < cols; at++) {
      float[] logits = values(cols, 7);
      logits[at] = -INF;
      int other = (at + 1) % cols;
      Result missed = forwardBackward(logits, new int[] {other}, 2, cols);
      assertTrue(Float.isFinite(missed.losses[0]));
      assertEquals(0f, missed.logits[at]);
      Result hit = forwardBackward(logits, new int[] {at}, 2, cols);
      assertEquals(INF, hit.losses[0]);
      assertEquals(-2f, hit.logits[at]);
      assertTrue(hit.logits[other] > 0);
    }
  }

  @Test
  void aFullyMaskedRowHasInfiniteLossAndSoftmaxZero() {
    for (int cols : columns()) {
      float[] logits = new float[cols];
      Arrays.fill(logits, -INF);
      int[] targets = {cols / 2};
      assertEquals(INF, forward(logits, targets, cols).losses[0]);
      Result got = forwardBackward(logits, targets, 0.5f, cols);
      assertEquals(INF, got.losses[0]);
      float[] expected = new float[cols];
      expected[cols / 2] = -0.5f;
      assertArrayEquals(expected, got.logits);
    }
  }

  @Test
  void aRowOfNanAndNegativeInfinityIsNan() {
    float[] logits = new float[40];
    Arrays.fill(logits, -INF);
    logits[3] = Float.NaN;
    Result got = forwardBackward(logits, new int[] {0}, 1, 40);
    assertEquals(Float.NaN, got.losses[0]);
    assertEquals(Float.NaN, got.logits[39]);
  }

  @Test
  void oneClassIsCertain() {
    Result got = forwardBackward(new float[] {-7}, new int[] {0}, 1, 1);
    assertEquals(0f, got.losses[0]);
    assertEquals(0f, got.logits[0]);
  }

  @Test
  void noRowsDoNothing() {
    assertArrayEquals(new float[0], forward(new float[0], new int[0], 5).losses);
    assertArrayEquals(new float[0], forwardBackward(new float[0], new int[0], 1, 5).losses);
  }

  /**
   * Softmax sums to 1: what is left is the rounding of cols products of at most 1 / sum each, and u
   * at the target.
   */
  @Property(tries = 100)
  void theGradientOfARowSumsToZero(
      @ForAll @IntRange(min = 1, max = 300) int cols, @ForAll long seed) {
    double sum = 0;
    for (float g : forwardBackward(values(cols, seed), new int[] {cols - 1}, 1, cols).logits) {
      sum += g;
    }
    assertEquals(0, sum, (cols / 32 + 31 + 5 + 4) * U);
  }

  /**
   * A shift by a power of two that all sums keep exactly changes neither losses nor gradients by a
   * bit.
   */
  @Property(tries = 50)
  void aShiftOfAllLogitsChangesNoGradient(
      @ForAll @IntRange(min = 1, max = 200) int cols, @ForAll long seed) {
    float[] logits = values(cols, seed);
    float[] shifted = new float[cols];
    for (int c = 0; c < cols; c++) {
      logits[c] = Math.round(logits[c] * 256) / 256f;
      shifted[c] = logits[c] + 64;
    }
    int[] targets = {cols / 3};
    assertArrayEquals(
        forwardBackward(logits, targets, 1, cols).logits,
        forwardBackward(shifted, targets, 1, cols).logits);
  }

  @Test
  void aTargetOutsideTheClassesTripsTheAssertion() {
    assertThrows(AssertionError.class, () -> forward(new float[8], new int[] {4, 0}, 4));
    assertThrows(
        AssertionError.class, () -> forwardBackward(new float[8], new int[] {0, -1}, 1, 4));
  }

  @Test
  void nothingIsAllocated() {
    int rows = 4;
    int cols = 269;
    try (GuardedFloats x = GuardedFloats.copyOf(values(rows * cols, 8));
        GuardedFloats l = GuardedFloats.of(rows);
        Arena arena = Arena.ofConfined()) {
      MemorySegment logits = x.segment();
      MemorySegment losses = l.segment();
      MemorySegment targets = arena.allocateFrom(JAVA_INT, targets(rows, cols));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000,
              1_000,
              () -> SoftmaxCrossEntropy.forward(logits, targets, losses, 0, rows, cols)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              3_000,
              1_000,
              () ->
                  SoftmaxCrossEntropy.forwardBackward(logits, targets, losses, 1, 0, rows, cols)));
    }
  }

  @Test
  void aHeapSegmentIsRejected() {
    MemorySegment heap = MemorySegment.ofArray(new float[40]);
    MemorySegment targets = Arena.ofAuto().allocate(4, 4);
    MemorySegment losses = Arena.ofAuto().allocate(4, 4);
    assertThrows(
        IllegalArgumentException.class,
        () -> SoftmaxCrossEntropy.forward(heap, targets, losses, 0, 1, 40));
    assertThrows(
        IllegalArgumentException.class,
        () -> SoftmaxCrossEntropy.forwardBackward(heap, targets, losses, 1, 0, 1, 40));
  }
}
