package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
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
          new float[] {w[6], w[7], w[0], w[1]}, embedding.forward(tape, tape.ints(3, 0), 2).toArray());
    }
  }

  @Test
  void sizesOutOfRangeAreNamedBeforeAnythingIsAllocated() {
    long used = slab.usedBytes();
    assertEquals(
        "linear layer \"hidden\" from 0 to 5 elements: both have to be at least 1",
        assertThrows(IllegalArgumentException.class, () -> Linear.of(slab, "hidden", 0, 5, Init.zeros()))
            .getMessage());
    assertEquals(
        "embedding \"table\" of 4 vectors of -1 elements: both have to be at least 1",
        assertThrows(IllegalArgumentException.class, () -> Embedding.of(slab, "table", 4, -1, Init.zeros()))
            .getMessage());
    assertEquals(used, slab.usedBytes());
  }
}
