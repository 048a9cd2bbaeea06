package dev.lanewise.nn.recurrent;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.PyTorchCases;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrent networks with two layers, two directions and packed rows, with all gradients. */
class SequencesAgainstPyTorchTest {
  private static final PyTorchVectors VECTORS = PyTorchVectors.of("sequences");
  private static final PyTorchCases CASES = new PyTorchCases(VECTORS);

  private static final RecurrentConfig DEEP =
      RecurrentConfig.of(3, 4).withLayers(2).inBothDirections();

  /** Steps of each row of the batch. */
  private static final int[] LENGTHS = {4, 5, 2};

  @AfterAll
  static void everyTensorWasRead() {
    VECTORS.assertAllRead();
  }

  /** A network: y and the last states from x and the first ones. */
  @FunctionalInterface
  private interface Network {
    Map<String, Tensor> forward(Tape tape, Map<String, Tensor> inputs);
  }

  private static Tensor in(Map<String, Tensor> inputs, String name) {
    return Objects.requireNonNull(inputs.get(name), name);
  }

  private static void check(
      Slab slab, String name, List<String> inputs, List<Parameter> parameters, Network network) {
    CASES.fill(parameters);
    try (Tape tape = Tape.open(slab)) {
      Map<String, Tensor> leaves = new LinkedHashMap<>(CASES.leaves(slab, tape, name, inputs));
      for (Parameter parameter : parameters) {
        leaves.put(parameter.name().substring(name.length() + 1), parameter);
      }
      CASES.check(tape, name, leaves, network.forward(tape, leaves));
    }
  }

  private static void lstm(String name, RecurrentConfig config, boolean packed) {
    try (Slab slab = Slab.open(name, 4 << 20)) {
      Lstm lstm = Lstm.of(slab, name, config, 1);
      check(
          slab,
          name,
          List.of("x", "h0", "c0"),
          lstm.parameters(),
          (tape, t) -> {
            MemorySegment lengths = packed ? tape.ints(LENGTHS) : null;
            RecurrentOps.LstmStates states =
                lstm.forward(tape, in(t, "x"), in(t, "h0"), in(t, "c0"), lengths);
            return Map.of("y", states.y(), "h", states.h(), "c", states.c());
          });
    }
  }

  @Test
  void longShortTermMemoryIsThatOfPyTorch() {
    lstm("lstm", RecurrentConfig.of(5, 3), false);
    lstm("lstm_deep", DEEP, true);
  }

  private static Map<String, Tensor> named(RecurrentOps.States states) {
    return Map.of("y", states.y(), "h", states.h());
  }

  @Test
  void gatedRecurrentUnitsAreThoseOfPyTorch() {
    try (Slab slab = Slab.open("gru", 4 << 20)) {
      Gru gru = Gru.of(slab, "gru_deep", DEEP, 1);
      check(
          slab,
          "gru_deep",
          List.of("x", "h0"),
          gru.parameters(),
          (tape, t) -> named(gru.forward(tape, in(t, "x"), in(t, "h0"), tape.ints(LENGTHS))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rnn_tanh", "rnn_relu"})
  void plainLayersAreThoseOfPyTorch(String name) {
    try (Slab slab = Slab.open(name, 4 << 20)) {
      Rnn rnn =
          name.endsWith("relu") ? Rnn.relu(slab, name, DEEP, 1) : Rnn.tanh(slab, name, DEEP, 1);
      check(
          slab,
          name,
          List.of("x", "h0"),
          rnn.parameters(),
          (tape, t) -> named(rnn.forward(tape, in(t, "x"), in(t, "h0"), tape.ints(LENGTHS))));
    }
  }
}
