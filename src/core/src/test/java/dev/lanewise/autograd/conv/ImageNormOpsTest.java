package dev.lanewise.autograd.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Normalisations of images on the tape: values, gradients, running statistics and errors. */
class ImageNormOpsTest {
  private static final float EPS = 1e-2f;
  private static final TensorLayout IMAGES = TensorLayout.of(2, 3, 2, 4);
  private static final TensorLayout CHANNELS = TensorLayout.of(4);
  private static final int IMAGE = 3 * 2 * 4;

  /** Normalises what is in the same group; gain and bias by channel. */
  private static double[] normalised(double[][] in, IntUnaryOperator group, boolean rectified) {
    double[] x = in[0];
    double[] mean = new double[x.length];
    double[] variance = new double[x.length];
    int[] count = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      count[group.applyAsInt(i)]++;
      mean[group.applyAsInt(i)] += x[i];
    }
    for (int i = 0; i < x.length; i++) {
      int g = group.applyAsInt(i);
      variance[g] += Math.pow(x[i] - mean[g] / count[g], 2) / count[g];
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int g = group.applyAsInt(i);
      double xh = (x[i] - mean[g] / count[g]) / Math.sqrt(variance[g] + EPS);
      y[i] = xh * in[1][i % 4] + in[2][i % 4];
      y[i] = rectified ? Math.max(0, y[i]) : y[i];
    }
    return y;
  }

  private static MemorySegment channels(Tape tape, float... values) {
    return tape.constant(CHANNELS, values).data();
  }

  @Test
  void batchNormalisationWithAndWithoutRectifier() {
    for (boolean rectified : new boolean[] {false, true}) {
      OpCheck.check(
          (tape, x) ->
              ImageNormOps.batchNorm(
                  tape,
                  x.get(0),
                  x.get(1),
                  x.get(2),
                  channels(tape, 0, 0, 0, 0),
                  channels(tape, 1, 1, 1, 1),
                  0.1f,
                  EPS,
                  rectified),
          x -> normalised(x, i -> i % 4, rectified),
          IMAGES,
          CHANNELS,
          CHANNELS);
    }
  }

  @Test
  void groupNormalisationWithAndWithoutRectifier() {
    for (boolean rectified : new boolean[] {false, true}) {
      for (int groups : new int[] {1, 2, 4}) {
        OpCheck.check(
            (tape, x) ->
                ImageNormOps.groupNorm(tape, x.get(0), x.get(1), x.get(2), groups, EPS, rectified),
            x -> normalised(x, i -> i / IMAGE * groups + i % 4 / (4 / groups), rectified),
            IMAGES,
            CHANNELS,
            CHANNELS);
      }
    }
  }

  @Test
  void batchNormalisationInUseTrainsItsParametersToo() {
    float[] mean = {0.5f, 0.1f, -0.2f, 0};
    float[] variance = {1, 2, 0.5f, 0.25f};
    for (boolean rectified : new boolean[] {false, true}) {
      OpCheck.check(
          (tape, x) ->
              ImageNormOps.batchNormInference(
                  tape,
                  x.get(0),
                  x.get(1),
                  x.get(2),
                  channels(tape, mean),
                  channels(tape, variance),
                  EPS,
                  rectified),
          x -> {
            double[] y = new double[x[0].length];
            for (int i = 0; i < y.length; i++) {
              int c = i % 4;
              double xh = (x[0][i] - mean[c]) / Math.sqrt(variance[c] + EPS);
              y[i] = xh * x[1][c] + x[2][c];
              y[i] = rectified ? Math.max(0, y[i]) : y[i];
            }
            return y;
          },
          IMAGES,
          CHANNELS,
          CHANNELS);
    }
  }

  @Test
  void runningStatisticsMoveInTrainingAlone() {
    try (Slab slab = Slab.open("running", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(TensorLayout.of(4, 1), 0, 2, 4, 6);
      Tensor one = tape.constant(TensorLayout.of(1), 1);
      MemorySegment mean = OpCheck.copy(slab, 1);
      MemorySegment variance = OpCheck.copy(slab, 2);
      ImageNormOps.batchNorm(tape, x, one, one, mean, variance, 0.5f, EPS, false);
      // The mean is 3, the unbiased variance 20 / 3.
      assertArrayEquals(new float[] {2}, mean.toArray(JAVA_FLOAT));
      float moved = (float) (2 + 0.5 * (5 * (4 / 3.0) - 2));
      assertArrayEquals(new float[] {moved}, variance.toArray(JAVA_FLOAT));
      ImageNormOps.batchNormInference(tape, x, one, one, mean, variance, EPS, false);
      assertArrayEquals(new float[] {2}, mean.toArray(JAVA_FLOAT));
      assertArrayEquals(new float[] {moved}, variance.toArray(JAVA_FLOAT));
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Slab slab = Slab.open("errors", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor two = tape.constant(TensorLayout.of(2), 1, 1);
      Tensor x = tape.constant(TensorLayout.of(1, 3), 1, 2, 3);
      Tensor three = tape.constant(TensorLayout.of(3), 1, 1, 1);
      Tensor none = tape.constant(TensorLayout.of(0, 3));
      MemorySegment running = slab.allocateFloats(3);
      assertMessage(
          "groupNorm: weight is 2: one element for each of the 3 channels is wanted",
          () -> ImageNormOps.groupNorm(tape, x, two, two, 1, EPS, false));
      assertMessage(
          "groupNorm: x is 2: [samples, ..., channels] is wanted",
          () -> ImageNormOps.groupNorm(tape, two, two, two, 1, EPS, false));
      assertMessage(
          "batchNorm: x is 0x3: at least one row of channels is wanted",
          () ->
              ImageNormOps.batchNorm(tape, none, three, three, running, running, 0.1f, EPS, false));
      assertMessage(
          "3 channels, 2 groups: each group needs as many channels",
          () -> ImageNormOps.groupNorm(tape, x, three, three, 2, EPS, false));
    }
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
