package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LayersTest {
  private final Slab slab = Slab.open("layers", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private static List<String> names(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::name).toList();
  }

  @Test
  void aLinearLayerHasWeightAndBiasUnderItsName() {
    Linear layer = Linear.of(slab, "hidden", 3, 5, Init.kaimingUniform(1));
    assertEquals(List.of("hidden.weight", "hidden.bias"), names(layer.parameters()));
    assertEquals(TensorLayout.of(5, 3), layer.weight().layout());
    assertEquals(TensorLayout.of(5), layer.parameters().get(1).layout());
    assertArrayEquals(new float[5], layer.parameters().get(1).toArray(), "the bias starts at zero");
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor y = layer.forward(tape, tape.constant(TensorLayout.of(2, 3), 1, 0, 0, 0, 0, 1));
      float[] w = layer.weight().toArray();
      assertArrayEquals(
          new float[] {w[0], w[3], w[6], w[9], w[12], w[2], w[5], w[8], w[11], w[14]}, y.toArray());
    }
  }

  @Test
  void aLinearLayerWithoutBiasHasTheSameWeight() {
    Linear with = Linear.of(slab, "hidden", 3, 5, Init.kaimingUniform(1));
    Linear without = Linear.withoutBias(slab, "hidden", 3, 5, Init.kaimingUniform(1));
    assertNull(without.bias());
    assertEquals(List.of("hidden.weight"), names(without.parameters()));
    assertArrayEquals(with.weight().toArray(), without.weight().toArray());
  }

  @Test
  void anEmbeddingReadsRowsOfItsTable() {
    Embedding embedding = Embedding.of(slab, "embedding", 4, 2, Init.normal(1, 1));
    assertEquals(List.of("embedding.weight"), names(embedding.parameters()));
    assertEquals(TensorLayout.of(4, 2), embedding.weight().layout());
    try (Tape tape = Tape.noGrad(slab)) {
      float[] w = embedding.weight().toArray();
      assertArrayEquals(
          new float[] {w[6], w[7], w[0], w[1]},
          embedding.forward(tape, tape.ints(3, 0), 2).toArray());
    }
  }

  @Test
  void normalisationsStartWithGainOneAndBiasZero() {
    LayerNorm layer = LayerNorm.of(slab, "ln", 2);
    RmsNorm rms = RmsNorm.of(slab, "rms", 2, 1e-12f);
    assertEquals(List.of("ln.weight", "ln.bias"), names(layer.parameters()));
    assertEquals(List.of("rms.weight"), names(rms.parameters()));
    assertEquals(2, layer.width());
    assertEquals(2, rms.width());
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(TensorLayout.of(1, 2), 3, 5);
      float y = (float) (1 / Math.sqrt(1 + 1e-5));
      assertArrayEquals(new float[] {-y, y}, layer.forward(tape, x).toArray(), 4 * 0x1p-24f);
      float z = (float) Math.sqrt(17);
      assertArrayEquals(new float[] {3 / z, 5 / z}, rms.forward(tape, x).toArray(), 0x1p-22f);
      for (Norm norm : List.of(layer, rms)) {
        Tensor two = tape.constant(TensorLayout.of(1, 2), 2, 2);
        Tensor one = tape.constant(TensorLayout.of(1, 2), 1, 3);
        var residual = norm.forward(tape, two, one);
        assertArrayEquals(new float[] {3, 5}, residual.sum().toArray());
        assertArrayEquals(norm.forward(tape, x).toArray(), residual.y().toArray());
      }
    }
  }

  @Test
  void dropoutIsAFunctionOfTheStepAndForTrainingAlone() {
    Dropout dropout = new Dropout(0.5f, 7, 3);
    float[] ones = new float[1000];
    Arrays.fill(ones, 1);
    TensorLayout layout = TensorLayout.of(1000);
    try (Tape tape = Tape.open(slab)) {
      Tensor x = tape.constant(layout, ones);
      float[] first = dropout.forward(tape, x, 0).toArray();
      int dropped = 0;
      for (float value : first) {
        assertTrue(value == 0 || value == 2);
        dropped += value == 0 ? 1 : 0;
      }
      assertEquals(500, dropped, 5 * Math.sqrt(250));
      assertArrayEquals(first, dropout.forward(tape, x, 0).toArray(), "the same step");
      assertFalse(Arrays.equals(first, dropout.forward(tape, x, 1).toArray()), "another step");
      assertFalse(
          Arrays.equals(first, new Dropout(0.5f, 7, 4).forward(tape, x, 0).toArray()),
          "another stream");
      assertSame(x, dropout.forward(tape, x, Dropout.EVALUATION));
      assertSame(x, new Dropout(0, 7, 3).forward(tape, x, 0));
      assertEquals(
          "dropout at step -2: steps count from 0, evaluation is -1",
          assertThrows(IllegalArgumentException.class, () -> dropout.forward(tape, x, -2))
              .getMessage());
    }
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor x = tape.constant(layout, ones);
      assertSame(x, dropout.forward(tape, x, 0));
    }
    assertEquals(
        "dropout = 1.0: a probability of at least 0 and below 1 is wanted",
        assertThrows(IllegalArgumentException.class, () -> new Dropout(1, 0, 0)).getMessage());
  }

  @Test
  void sizesOutOfRangeAreNamedBeforeAnythingIsAllocated() {
    long used = slab.usedBytes();
    assertEquals(
        "linear layer \"hidden\" from 0 to 5 elements: both have to be at least 1",
        assertThrows(
                IllegalArgumentException.class, () -> Linear.of(slab, "hidden", 0, 5, Init.zeros()))
            .getMessage());
    assertEquals(
        "embedding \"table\" of 4 vectors of -1 elements: both have to be at least 1",
        assertThrows(
                IllegalArgumentException.class,
                () -> Embedding.of(slab, "table", 4, -1, Init.zeros()))
            .getMessage());
    assertEquals(
        "layer normalisation \"ln\" of 0 elements: at least 1 is wanted",
        assertThrows(IllegalArgumentException.class, () -> LayerNorm.of(slab, "ln", 0))
            .getMessage());
    assertEquals(
        "RMS normalisation \"rms\" with eps = 0.0: want a finite number above 0",
        assertThrows(IllegalArgumentException.class, () -> RmsNorm.of(slab, "rms", 3, 0))
            .getMessage());
    assertEquals(used, slab.usedBytes());
  }
}
