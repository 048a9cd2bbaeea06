package dev.lanewise.autograd.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.ops.conv.DirectConvolution;
import dev.lanewise.ops.conv.PoolShape;
import org.junit.jupiter.api.Test;

/** Convolutions and poolings on the tape: values, gradients and errors. */
class ConvOpsTest {
  @Test
  void convolution() {
    ConvShape shape = ConvShape.of(2, 4, 3, 2, 4, 2, 3).stride(2, 1).padding(1, 1).groups(2);
    OpCheck.check(
        (tape, in) ->
            ConvOps.conv2d(
                tape,
                in.get(0),
                in.get(1),
                in.get(2),
                plain -> plain.stride(2, 1).padding(1, 1).groups(2)),
        in -> withBias(DirectConvolution.forward(shape, in[0], in[1]), in[2]),
        TensorLayout.of(2, 4, 3, 2),
        TensorLayout.of(4, 2, 3, 1),
        TensorLayout.of(4));
  }

  @Test
  void convolutionWithoutBiasAndDilated() {
    ConvShape shape = ConvShape.of(1, 5, 4, 2, 2, 2, 2).dilation(2, 1);
    OpCheck.check(
        (tape, in) ->
            ConvOps.conv2d(tape, in.get(0), in.get(1), null, plain -> plain.dilation(2, 1)),
        in -> DirectConvolution.forward(shape, in[0], in[1]),
        TensorLayout.of(1, 5, 4, 2),
        TensorLayout.of(2, 2, 2, 2));
  }

  @Test
  void anImageMayBeSmallerThanItsKernelWherePaddingMakesRoom() {
    OpCheck.check(
        (tape, in) ->
            ConvOps.conv2d(tape, in.get(0), in.get(1), null, plain -> plain.padding(1, 1)),
        in -> {
          // The one pixel lies under the middle of the kernel.
          double[] y = new double[2];
          for (int o = 0; o < 2; o++) {
            y[o] = in[0][0] * in[1][9 * o + 4];
          }
          return y;
        },
        TensorLayout.of(1, 1, 1, 1),
        TensorLayout.of(2, 3, 3, 1));
  }

  @Test
  void convolutionOfSeries() {
    ConvShape shape = ConvShape.of(2, 1, 6, 4, 2, 1, 3).stride(1, 2).padding(0, 1).groups(2);
    OpCheck.check(
        (tape, in) ->
            ConvOps.conv1d(
                tape,
                in.get(0),
                in.get(1),
                in.get(2),
                plain -> plain.stride(1, 2).padding(0, 1).groups(2)),
        in -> withBias(DirectConvolution.forward(shape, in[0], in[1]), in[2]),
        TensorLayout.of(2, 6, 4),
        TensorLayout.of(2, 3, 2),
        TensorLayout.of(2));
    try (Slab slab = Slab.open("series", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(TensorLayout.of(2, 6, 4), new float[48]);
      Tensor weight = tape.constant(TensorLayout.of(2, 3, 4), new float[24]);
      Tensor y = ConvOps.conv1d(tape, x, weight, null, plain -> plain);
      assertEquals(TensorLayout.of(2, 4, 2), y.layout());
      assertMessage(
          "the height of a series became 3: pad its length alone",
          () -> ConvOps.conv1d(tape, x, weight, null, plain -> plain.padding(1, 1)));
      assertMessage(
          "weight is 2: three dimensions are wanted",
          () -> ConvOps.conv1d(tape, x, tape.constant(TensorLayout.of(2), 1, 2), null, s -> s));
    }
  }

  @Test
  void transposedConvolution() {
    // x 2 x 2, strides 2 and 1, one more line: 2 + 2 - 1 + 1 = 4 lines, 1 + 1 + 1 = 3 columns.
    ConvShape back = ConvShape.of(2, 4, 3, 2, 2, 2, 2).stride(2, 1).groups(2);
    OpCheck.check(
        (tape, in) ->
            ConvOps.transposedConv2d(
                tape, in.get(0), in.get(1), in.get(2), 0, 0, plain -> plain.stride(2, 1).groups(2)),
        in -> withBias(DirectConvolution.backwardData(back, in[0], in[1]), in[2]),
        TensorLayout.of(2, 2, 2, 2),
        TensorLayout.of(2, 2, 2, 1),
        TensorLayout.of(2));
  }

  @Test
  void transposedConvolutionUndoesTheShapeOfAConvolution() {
    try (Slab slab = Slab.open("transposed", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(TensorLayout.of(1, 8, 7, 1), new float[56]);
      Tensor weight = tape.constant(TensorLayout.of(1, 3, 3, 1), new float[9]);
      Tensor y = ConvOps.conv2d(tape, x, weight, null, plain -> plain.stride(2, 2).padding(1, 1));
      assertEquals(TensorLayout.of(1, 4, 4, 1), y.layout());
      Tensor back =
          ConvOps.transposedConv2d(
              tape, y, weight, null, 1, 0, plain -> plain.stride(2, 2).padding(1, 1));
      assertEquals(x.layout(), back.layout());
    }
  }

  @Test
  void poolings() {
    PoolShape overlapping = PoolShape.of(2, 4, 3, 2, 3, 2, 1, 1, 1, 1);
    OpCheck.check(
        (tape, in) -> PoolOps.averagePool(tape, in.get(0), overlapping, true),
        in -> averages(in[0]),
        TensorLayout.of(2, 4, 3, 2));
    OpCheck.check(
        (tape, in) -> PoolOps.maxPool(tape, in.get(0), PoolShape.tiles(2, 4, 2, 3, 2)),
        in -> largest(in[0]),
        TensorLayout.of(2, 4, 2, 3));
    OpCheck.check(
        (tape, in) -> PoolOps.adaptiveAveragePool(tape, in.get(0), 2, 1),
        in -> halves(in[0]),
        TensorLayout.of(2, 3, 2, 4));
    OpCheck.check(
        (tape, in) -> PoolOps.globalAveragePool(tape, in.get(0)),
        in -> means(in[0]),
        TensorLayout.of(2, 3, 2, 4));
  }

  /** Windows of 3 x 2 at every place, padded by 1, of images of 4 x 3 x 2. */
  private static double[] averages(double[] x) {
    double[] y = new double[2 * 4 * 4 * 2];
    for (int n = 0; n < 2; n++) {
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
          for (int c = 0; c < 2; c++) {
            for (int h = Math.max(0, i - 1); h < Math.min(4, i + 2); h++) {
              for (int w = Math.max(0, j - 1); w < Math.min(3, j + 1); w++) {
                y[((n * 4 + i) * 4 + j) * 2 + c] += x[((n * 4 + h) * 3 + w) * 2 + c] / 6;
              }
            }
          }
        }
      }
    }
    return y;
  }

  /** Windows of 2 x 2 side by side in images of 4 x 2 x 3. */
  private static double[] largest(double[] x) {
    double[] y = new double[2 * 2 * 3];
    for (int n = 0; n < 2; n++) {
      for (int i = 0; i < 2; i++) {
        for (int c = 0; c < 3; c++) {
          int at = (n * 4 + 2 * i) * 2 * 3 + c;
          y[(n * 2 + i) * 3 + c] =
              Math.max(Math.max(x[at], x[at + 3]), Math.max(x[at + 6], x[at + 9]));
        }
      }
    }
    return y;
  }

  /** Lines 0 and 1, and lines 1 and 2, of images of 3 x 2 x 4. */
  private static double[] halves(double[] x) {
    double[] y = new double[2 * 2 * 4];
    for (int i = 0; i < x.length; i++) {
      int sample = i / 24;
      int line = i % 24 / 8;
      for (int window = Math.max(0, line - 1); window <= Math.min(1, line); window++) {
        y[(sample * 2 + window) * 4 + i % 4] += x[i] / 4;
      }
    }
    return y;
  }

  /** Images of 3 x 2 x 4. */
  private static double[] means(double[] x) {
    double[] y = new double[2 * 4];
    for (int i = 0; i < x.length; i++) {
      y[i / 24 * 4 + i % 4] += x[i] / 6;
    }
    return y;
  }

  private static double[] withBias(double[] y, double[] bias) {
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i % bias.length];
    }
    return y;
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Slab slab = Slab.open("errors", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(TensorLayout.of(1, 4, 4, 2), new float[32]);
      Tensor weight = tape.constant(TensorLayout.of(3, 3, 3, 1), new float[27]);
      Tensor row = tape.constant(TensorLayout.of(2), 0, 0);
      assertMessage(
          "2 channels of a group and 1 differ",
          () -> ConvOps.conv2d(tape, x, weight, null, plain -> plain));
      assertMessage(
          "four dimensions are wanted", () -> ConvOps.conv2d(tape, row, weight, null, s -> s));
      assertMessage(
          "groups = 2 do not divide",
          () -> ConvOps.conv2d(tape, x, weight, null, plain -> plain.groups(2)));
      Tensor fitting = tape.constant(TensorLayout.of(3, 3, 3, 2), new float[54]);
      assertMessage(
          "each of the 3 output channels",
          () -> ConvOps.conv2d(tape, x, fitting, row, plain -> plain));
      assertMessage(
          "channels 2 and 3 differ",
          () -> ConvOps.transposedConv2d(tape, x, fitting, null, 0, 0, plain -> plain));
      assertMessage(
          "extraY = 1: it must be 0 or more and less than strideY = 1",
          () -> ConvOps.transposedConv2d(tape, x, fitting, null, 1, 0, plain -> plain));
      assertMessage(
          "the shape of the pooling is for",
          () -> PoolOps.maxPool(tape, x, PoolShape.tiles(1, 4, 4, 3, 2)));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
