package dev.lanewise.kernel;

import dev.lanewise.kernel.norm.segments.BatchNorm;
import dev.lanewise.kernel.norm.segments.GroupNorm;
import dev.lanewise.kernel.norm.segments.LayerNorm;
import dev.lanewise.kernel.norm.segments.RmsNorm;
import dev.lanewise.kernel.softmax.segments.LogSoftmax;
import dev.lanewise.kernel.softmax.segments.LogSumExp;
import dev.lanewise.kernel.softmax.segments.Softmax;
import dev.lanewise.testing.GuardedCall;
import dev.lanewise.testing.PyTorchVectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Softmax and the normalisations against values and gradients of PyTorch. */
class RowsAgainstPyTorchTest {
  private static final int ROWS = 5;
  private static final int COLUMNS = 37;
  private static final int SAMPLES = 3;
  private static final int CHANNELS = 6;
  private static final int SPATIAL = 7;
  private static final int GROUPS = 2;
  private static final float EPS = 1e-5f;
  private static final float MOMENTUM = 0.1f;

  private static final PyTorchVectors VECTORS = PyTorchVectors.of("rows");

  @AfterAll
  static void everyTensorWasRead() {
    VECTORS.assertAllRead();
  }

  @Test
  void softmaxAndItsRelativesAreThoseOfPyTorch() {
    float[] x = VECTORS.get("x");
    float[] dy = VECTORS.get("dy");
    float[] y =
        GuardedCall.run(s -> Softmax.forward(s[0], s[1], 0, ROWS, COLUMNS), x, x.clone())[1];
    VECTORS.check("softmax.y", y);
    VECTORS.check(
        "softmax.dx",
        GuardedCall.run(
            s -> Softmax.backward(s[0], s[1], s[2], 1, 0, ROWS, COLUMNS), y, dy, dy.clone())[2]);
    float[] logs =
        GuardedCall.run(s -> LogSoftmax.forward(s[0], s[1], 0, ROWS, COLUMNS), x, x.clone())[1];
    VECTORS.check("log_softmax.y", logs);
    VECTORS.check(
        "log_softmax.dx",
        GuardedCall.run(
            s -> LogSoftmax.backward(s[0], s[1], s[2], 0, ROWS, COLUMNS), logs, dy, dy.clone())[2]);
    VECTORS.check(
        "logsumexp.y",
        GuardedCall.run(s -> LogSumExp.forward(s[0], s[1], 0, ROWS, COLUMNS), x, new float[ROWS])[
            1]);
    VECTORS.check(
        "logsumexp.dx",
        GuardedCall.run(
            s -> LogSumExp.backward(s[0], s[1], s[2], 0, ROWS, COLUMNS),
            x,
            VECTORS.get("dy_of_row"),
            dy.clone())[2]);
  }

  /** A float holds a mean of 10^4 to 5e-4: that times the sum of |dy| is what gradients are off. */
  @ParameterizedTest
  @CsvSource({"'', 1", "far_, 250"})
  void normsOfRowsAreThoseOfPyTorch(String prefix, double scaleOfGradients) {
    float[] x = VECTORS.get(prefix + "norm.x");
    float[] weight = VECTORS.get(prefix + "norm.weight");
    float[] bias = VECTORS.get(prefix + "norm.bias");
    float[] dy = VECTORS.get(prefix + "norm.dy");
    float[] perRow = new float[ROWS];
    float[] perColumn = new float[COLUMNS];
    String layerNorm = prefix + "layer_norm.";
    float[][] forward =
        GuardedCall.run(
            s -> LayerNorm.forward(s[0], s[1], s[2], s[3], s[4], s[5], EPS, 0, ROWS, COLUMNS),
            x,
            weight,
            bias,
            x.clone(),
            perRow,
            perRow);
    VECTORS.check(layerNorm + "y", forward[3]);
    // Five rows are one block: its sums are the gradients of the parameters.
    float[][] backward =
        GuardedCall.run(
            s ->
                LayerNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], ROWS, COLUMNS, 0, 1),
            x,
            weight,
            forward[4],
            forward[5],
            dy,
            dy.clone(),
            perColumn,
            perColumn);
    VECTORS.check(layerNorm + "dx", scaleOfGradients, backward[5]);
    VECTORS.check(layerNorm + "dweight", scaleOfGradients, backward[6]);
    VECTORS.check(layerNorm + "dbias", backward[7]);

    String rmsNorm = prefix + "rms_norm.";
    float[][] rms =
        GuardedCall.run(
            s -> RmsNorm.forward(s[0], s[1], s[2], s[3], EPS, 0, ROWS, COLUMNS),
            x,
            weight,
            x.clone(),
            perRow);
    VECTORS.check(rmsNorm + "y", rms[2]);
    float[][] rmsBackward =
        GuardedCall.run(
            s -> RmsNorm.backward(s[0], s[1], s[2], s[3], s[4], s[5], ROWS, COLUMNS, 0, 1),
            x,
            weight,
            rms[3],
            dy,
            dy.clone(),
            perColumn);
    VECTORS.check(rmsNorm + "dx", rmsBackward[4]);
    VECTORS.check(rmsNorm + "dweight", rmsBackward[5]);
  }

  @Test
  void groupNormIsThatOfPyTorch() {
    float[] x = VECTORS.get("channels.x");
    float[] weight = VECTORS.get("channels.weight");
    float[] bias = VECTORS.get("channels.bias");
    float[] dy = VECTORS.get("channels.dy");
    int all = SAMPLES * GROUPS;
    float[][] forward =
        GuardedCall.run(
            s ->
                GroupNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], EPS, CHANNELS, GROUPS, SPATIAL, 0, all),
            x,
            weight,
            bias,
            x.clone(),
            new float[all],
            new float[all]);
    VECTORS.check("group_norm.y", forward[3]);
    float[][] backward =
        GuardedCall.run(
            s ->
                GroupNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], CHANNELS, GROUPS, SPATIAL, 0,
                    all),
            x,
            weight,
            forward[4],
            forward[5],
            dy,
            dy.clone(),
            new float[SAMPLES * CHANNELS],
            new float[SAMPLES * CHANNELS]);
    VECTORS.check("group_norm.dx", backward[5]);
    VECTORS.check("group_norm.dweight", overSamples(backward[6]));
    VECTORS.check("group_norm.dbias", overSamples(backward[7]));
  }

  private static float[] overSamples(float[] parts) {
    float[] sums = new float[CHANNELS];
    for (int i = 0; i < parts.length; i++) {
      sums[i % CHANNELS] += parts[i];
    }
    return sums;
  }

  @Test
  void batchNormIsThatOfPyTorchInTrainingAndInInference() {
    float[] x = VECTORS.get("channels.x");
    float[] weight = VECTORS.get("channels.weight");
    float[] bias = VECTORS.get("channels.bias");
    float[] dy = VECTORS.get("channels.dy");
    float[] runningMean = VECTORS.get("batch_norm.running_mean");
    float[] runningVar = VECTORS.get("batch_norm.running_var");
    VECTORS.check(
        "batch_norm_eval.y",
        GuardedCall.run(
            s ->
                BatchNorm.infer(
                    s[0], s[1], s[2], s[3], s[4], s[5], EPS, SAMPLES, CHANNELS, SPATIAL, 0,
                    CHANNELS),
            x,
            weight,
            bias,
            runningMean,
            runningVar,
            x.clone())[5]);
    float[][] forward =
        GuardedCall.run(
            s ->
                BatchNorm.forward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], MOMENTUM, EPS, SAMPLES,
                    CHANNELS, SPATIAL, 0, CHANNELS),
            x,
            weight,
            bias,
            runningMean,
            runningVar,
            x.clone(),
            new float[CHANNELS],
            new float[CHANNELS]);
    VECTORS.check("batch_norm_train.y", forward[5]);
    VECTORS.check("batch_norm_train.running_mean", forward[3]);
    VECTORS.check("batch_norm_train.running_var", forward[4]);
    float[][] backward =
        GuardedCall.run(
            s ->
                BatchNorm.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], SAMPLES, CHANNELS, SPATIAL, 0,
                    CHANNELS),
            x,
            weight,
            forward[6],
            forward[7],
            dy,
            dy.clone(),
            new float[CHANNELS],
            new float[CHANNELS]);
    VECTORS.check("batch_norm_train.dx", backward[5]);
    VECTORS.check("batch_norm_train.dweight", backward[6]);
    VECTORS.check("batch_norm_train.dbias", backward[7]);
  }
}
