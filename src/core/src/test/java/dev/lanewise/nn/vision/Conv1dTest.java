package dev.lanewise.nn.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Convolutions of series as a layer; the op's own tests have the gradients. */
class Conv1dTest {
  private static final int IN = 3;
  private static final int OUT = 2;
  private static final int KERNEL = 3;
  private static final int LENGTH = 11;

  private final Slab slab = Slab.open("series", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  /** The formula of the layer, for one sample [LENGTH, IN]. */
  private static double[] oracle(Conv1d layer, float[] x, int stride, int padding, int dilation) {
    float[] weight = layer.weight().toArray();
    var bias = layer.bias();
    float[] b = bias == null ? new float[OUT] : bias.toArray();
    int length = (LENGTH + 2 * padding - dilation * (KERNEL - 1) - 1) / stride + 1;
    double[] y = new double[length * OUT];
    for (int i = 0; i < length; i++) {
      for (int o = 0; o < OUT; o++) {
        double sum = b[o];
        for (int k = 0; k < KERNEL; k++) {
          int at = i * stride - padding + k * dilation;
          for (int c = 0; c < IN && at >= 0 && at < LENGTH; c++) {
            sum += (double) x[at * IN + c] * weight[(o * KERNEL + k) * IN + c];
          }
        }
        y[i * OUT + o] = sum;
      }
    }
    return y;
  }

  private void check(Conv1d layer, int stride, int padding, int dilation) {
    float[] x = OpCheck.random(new Random(2), LENGTH * IN);
    double[] expected = oracle(layer, x, stride, padding, dilation);
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor y = layer.forward(tape, tape.constant(TensorLayout.of(1, LENGTH, IN), x));
      assertEquals(TensorLayout.of(1, expected.length / OUT, OUT), y.layout());
      float[] actual = y.toArray();
      for (int i = 0; i < actual.length; i++) {
        // Ten terms of size 1: gamma(10) 10.
        assertEquals(expected[i], actual[i], 10 * 10 * 0x1p-24, "element " + i);
      }
    }
  }

  @Test
  void valuesAreThoseOfTheFormulaForEachStridePaddingAndDilation() {
    Conv1d layer = Conv1d.of(slab, "c", IN, OUT, KERNEL, 2, 1, Init.normal(1, 0.5));
    var bias = layer.bias();
    if (bias != null) {
      Init.normal(3, 0.5).fill(bias, 1);
    }
    check(layer, 2, 1, 1);
    check(layer.dilated(4), 2, 1, 4);
    check(Conv1d.withoutBias(slab, "d", IN, OUT, KERNEL, 1, 0, Init.normal(1, 0.5)), 1, 0, 1);
  }

  @Test
  void parametersHaveTheirNamesAndStartAsAsked() {
    Conv1d layer = Conv1d.of(slab, "conv", IN, OUT, KERNEL, 1, 1, Init.constant(0.25f));
    assertEquals(
        List.of("conv.weight 2x3x3", "conv.bias 2"),
        layer.parameters().stream().map(p -> p.name() + " " + p.layout()).toList());
    assertEquals(0.25f, layer.weight().toArray()[17]);
    assertArrayEquals(new float[OUT], layer.parameters().getLast().toArray());
    Conv1d plain = Conv1d.withoutBias(slab, "plain", IN, OUT, KERNEL, 1, 1, Init.constant(1));
    assertNull(plain.bias());
    assertEquals(1, plain.parameters().size());
  }

  @Test
  void aDilatedLayerHasTheSameParameters() {
    Conv1d layer = Conv1d.of(slab, "conv", IN, OUT, KERNEL, 1, 1, Init.constant(1));
    assertSame(layer.weight(), layer.dilated(2).weight());
    assertSame(layer.bias(), layer.dilated(2).bias());
  }

  @Test
  void sizesThatAreNoneAreNamed() {
    assertEquals(
        "convolution \"c\" from 3 to 2 channels, kernel 0, stride 1, padding 1: all have to be at"
            + " least 1, the padding at least 0",
        assertThrows(
                IllegalArgumentException.class,
                () -> Conv1d.of(slab, "c", IN, OUT, 0, 1, 1, Init.constant(1)))
            .getMessage());
    Conv1d layer = Conv1d.of(slab, "c", IN, OUT, 1, 1, 0, Init.constant(1));
    assertEquals(
        "convolution \"c.weight\" with dilation 0: it has to be at least 1",
        assertThrows(IllegalArgumentException.class, () -> layer.dilated(0)).getMessage());
  }
}
