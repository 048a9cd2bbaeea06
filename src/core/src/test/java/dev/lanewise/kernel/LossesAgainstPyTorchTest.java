package dev.lanewise.kernel;

import static dev.lanewise.testing.GuardedCall.ints;

import dev.lanewise.kernel.loss.LossBlocks;
import dev.lanewise.kernel.loss.segments.BinaryCrossEntropy;
import dev.lanewise.kernel.loss.segments.Huber;
import dev.lanewise.kernel.loss.segments.MeanAbsoluteError;
import dev.lanewise.kernel.loss.segments.MeanSquaredError;
import dev.lanewise.kernel.softmax.segments.SoftmaxCrossEntropy;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses against values and gradients of PyTorch. */
class LossesAgainstPyTorchTest {
  private static final int SAMPLES = 9;
  private static final int CLASSES = 21;
  private static final int N = 77;
  private static final int NONE = -100;
  private static final float DELTA = 0.7f;

  private static final PyTorchVectors VECTORS = PyTorchVectors.of("losses");

  /** A loss of values with its gradient. */
  @FunctionalInterface
  interface Loss {
    void run(
        MemorySegment x,
        MemorySegment target,
        MemorySegment dx,
        MemorySegment partials,
        float scale);
  }

  @AfterAll
  static void everyTensorWasRead() {
    VECTORS.get("class_weight_signed");
    VECTORS.get("truth_logits");
    VECTORS.assertAllRead();
  }

  @ParameterizedTest
  @CsvSource({
    "mean, true, false, -100, 0",
    "sum, false, false, -100, 0",
    "ignored, true, false, 7, 0",
    "smoothed, true, false, -100, 0.1",
    "weighted, true, true, -100, 0",
    "weighted_sum, false, true, -100, 0",
    "all, true, true, 7, 0.1"
  })
  void crossEntropyIsThatOfPyTorch(
      String variant, boolean mean, boolean weighted, int ignoreIndex, float smoothing) {
    float[] weight = VECTORS.get("class_weight");
    double[] sumAndDivisor = new double[2];
    float[][] results =
        GuardedCall.run(
            s -> {
              MemorySegment weights = weighted ? s[3] : null;
              double total =
                  mean ? SoftmaxCrossEntropy.totalWeight(s[1], weights, ignoreIndex, SAMPLES) : 1;
              sumAndDivisor[1] = total;
              SoftmaxCrossEntropy.forwardBackward(
                  s[0],
                  s[1],
                  weights,
                  s[2],
                  smoothing,
                  ignoreIndex,
                  (float) (1 / total),
                  0,
                  SAMPLES,
                  CLASSES);
            },
            VECTORS.get("logits"),
            ints(VECTORS.indices("targets")),
            new float[SAMPLES],
            weight);
    for (float loss : results[2]) {
      sumAndDivisor[0] += loss;
    }
    String name = "cross_entropy_" + variant;
    VECTORS.check(name + ".y", new float[] {(float) (sumAndDivisor[0] / sumAndDivisor[1])});
    VECTORS.check(name + ".dlogits", results[0]);
  }

  @Test
  void crossEntropyOfLogitsFarApartIsThatOfPyTorch() {
    float[][] results =
        GuardedCall.run(
            s -> SoftmaxCrossEntropy.forwardBackward(s[0], s[1], null, s[2], 0, NONE, 1, 0, 2, 3),
            VECTORS.get("far_logits"),
            ints(VECTORS.indices("far_targets")),
            new float[2]);
    VECTORS.check("cross_entropy_far.y", new float[] {results[2][0] + results[2][1]});
    VECTORS.check("cross_entropy_far.dlogits", results[0]);
  }

  private static void check(String name, float[] target, float scale, Loss loss) {
    // One block: its partial sum, a double, lies in the bits of two floats.
    double[] sum = new double[1];
    float[][] results =
        GuardedCall.run(
            s -> {
              loss.run(s[0], s[1], s[2], s[3], scale);
              sum[0] = LossBlocks.total(s[3], N);
            },
            VECTORS.get("x"),
            target,
            new float[N],
            new float[2]);
    VECTORS.check(name + ".y", new float[] {(float) (sum[0] * scale)});
    VECTORS.check(name + ".dx", results[2]);
  }

  @Test
  void lossesOfValuesAreThoseOfPyTorch() {
    float[] target = VECTORS.get("target");
    Loss squared =
        (x, t, dx, partials, scale) ->
            MeanSquaredError.forwardBackward(x, t, dx, partials, scale, N, 0, 1);
    check("mse_sum", target, 1, squared);
    check("mse_mean", target, 1f / N, squared);
    check(
        "l1_sum",
        target,
        1,
        (x, t, dx, partials, scale) ->
            MeanAbsoluteError.forwardBackward(x, t, dx, partials, scale, N, 0, 1));
    check(
        "huber_sum",
        target,
        1,
        (x, t, dx, partials, scale) ->
            Huber.forwardBackward(x, t, dx, partials, DELTA, scale, N, 0, 1));
    float[] truth = VECTORS.get("truth");
    check(
        "bce_sum",
        truth,
        1,
        (x, t, dx, partials, scale) ->
            BinaryCrossEntropy.forwardBackward(x, t, dx, partials, 1, scale, N, 0, 1));
    float positiveWeight = VECTORS.get("positive_weight")[0];
    check(
        "bce_weighted_sum",
        truth,
        1,
        (x, t, dx, partials, scale) ->
            BinaryCrossEntropy.forwardBackward(x, t, dx, partials, positiveWeight, scale, N, 0, 1));
  }
}
