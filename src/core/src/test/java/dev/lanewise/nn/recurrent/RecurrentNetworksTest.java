package dev.lanewise.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.autograd.recurrent.RecurrentWeights;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.optim.Adam;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RecurrentNetworksTest {
  private static final RecurrentConfig DEEP =
      RecurrentConfig.of(3, 5).withLayers(2).inBothDirections();

  private final Slab slab = Slab.open("recurrent networks", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private static List<String> described(List<Parameter> parameters) {
    return parameters.stream().map(p -> p.name() + " " + p.layout()).toList();
  }

  @Test
  void parametersHaveTheNamesAndShapesOfPyTorch() {
    assertEquals(
        List.of(
            "lstm.weight_ih_l0 20x3",
            "lstm.weight_hh_l0 20x5",
            "lstm.bias_ih_l0 20",
            "lstm.bias_hh_l0 20",
            "lstm.weight_ih_l0_reverse 20x3",
            "lstm.weight_hh_l0_reverse 20x5",
            "lstm.bias_ih_l0_reverse 20",
            "lstm.bias_hh_l0_reverse 20",
            "lstm.weight_ih_l1 20x10",
            "lstm.weight_hh_l1 20x5",
            "lstm.bias_ih_l1 20",
            "lstm.bias_hh_l1 20",
            "lstm.weight_ih_l1_reverse 20x10",
            "lstm.weight_hh_l1_reverse 20x5",
            "lstm.bias_ih_l1_reverse 20",
            "lstm.bias_hh_l1_reverse 20"),
        described(Lstm.of(slab, "lstm", DEEP, 1).parameters()));
    RecurrentConfig plain = RecurrentConfig.of(3, 5).withoutBias();
    assertEquals(
        List.of("gru.weight_ih_l0 15x3", "gru.weight_hh_l0 15x5"),
        described(Gru.of(slab, "gru", plain, 1).parameters()));
    assertEquals(
        List.of("rnn.weight_ih_l0 5x3", "rnn.weight_hh_l0 5x5"),
        described(Rnn.tanh(slab, "rnn", plain, 1).matrices()));
    assertEquals(10, DEEP.outputs());
  }

  @Test
  void layoutsAreThoseOfTheParametersMade() {
    List<Parameter> made = new ArrayList<>(Lstm.of(slab, "n", DEEP, 1).parameters());
    made.addAll(Gru.of(slab, "n", DEEP, 1).parameters());
    made.addAll(Rnn.relu(slab, "n", DEEP, 1).parameters());
    List<String> told = new ArrayList<>();
    Lstm.layouts("n", DEEP).forEach((name, layout) -> told.add(name + " " + layout));
    Gru.layouts("n", DEEP).forEach((name, layout) -> told.add(name + " " + layout));
    Rnn.layouts("n", DEEP).forEach((name, layout) -> told.add(name + " " + layout));
    assertEquals(told, described(made));
  }

  @Test
  void valuesStartUniformWithinOneOverTheRootOfHidden() {
    Lstm lstm = Lstm.of(slab, "lstm", RecurrentConfig.of(16, 64), 3);
    double sumOfSquares = 0;
    long n = 0;
    for (Parameter parameter : lstm.parameters()) {
      for (float value : parameter.toArray()) {
        assertTrue(Math.abs(value) <= 0.125, parameter.name() + " " + value);
        sumOfSquares += (double) value * value;
        n++;
      }
    }
    // The variance of a uniform distribution; its estimate is off by 0.9 / sqrt(n) of itself.
    assertEquals(
        0.125 * 0.125 / 3, sumOfSquares / n, 5 * 0.125 * 0.125 / 3 / Math.sqrt((double) n));
  }

  private Tensor random(int seed, long... dims) {
    TensorLayout layout = TensorLayout.of(dims);
    return Tensor.constant(
        layout, OpCheck.copy(slab, OpCheck.random(new Random(seed), layout.elements())));
  }

  /** The parameters of a layer, all with biases. */
  private static List<RecurrentWeights> weights(List<Parameter> all, int layer) {
    List<RecurrentWeights> directions = new ArrayList<>();
    for (int first = 8 * layer; first < 8 * layer + 8; first += 4) {
      directions.add(
          new RecurrentWeights(
              all.get(first), all.get(first + 1), all.get(first + 2), all.get(first + 3)));
    }
    return directions;
  }

  @Test
  void aLayerReadsTheOutputsAndHasTheStatesOfItsOwn() {
    Lstm lstm = Lstm.of(slab, "lstm", DEEP, 1);
    Gru gru = Gru.of(slab, "gru", DEEP, 1);
    Rnn rnn = Rnn.relu(slab, "rnn", DEEP, 1);
    Tensor x = random(1, 4, 2, 3);
    Tensor h0 = random(2, 4, 2, 5);
    Tensor c0 = random(3, 4, 2, 5);
    try (Tape tape = Tape.noGrad(slab)) {
      MemorySegment lengths = tape.ints(4, 2);
      var states = lstm.forward(tape, x, h0, c0, lengths);
      Tensor h = x;
      for (int layer = 0; layer < 2; layer++) {
        var expected =
            RecurrentOps.lstm(
                tape,
                h,
                weights(lstm.parameters(), layer),
                SliceOps.slice(tape, h0, 0, 2L * layer, 2),
                SliceOps.slice(tape, c0, 0, 2L * layer, 2),
                lengths);
        h = expected.y();
        assertSame(tape, expected.h(), states.h(), layer);
        assertSame(tape, expected.c(), states.c(), layer);
      }
      assertArrayEquals(h.toArray(), states.y().toArray());

      var gruStates = gru.forward(tape, x, h0, lengths);
      var rnnStates = rnn.forward(tape, x, h0, lengths);
      Tensor ofGru = x;
      Tensor ofRnn = x;
      for (int layer = 0; layer < 2; layer++) {
        Tensor first = SliceOps.slice(tape, h0, 0, 2L * layer, 2);
        var one = RecurrentOps.gru(tape, ofGru, weights(gru.parameters(), layer), first, lengths);
        var other =
            RecurrentOps.rnn(tape, true, ofRnn, weights(rnn.parameters(), layer), first, lengths);
        ofGru = one.y();
        ofRnn = other.y();
        assertSame(tape, one.h(), gruStates.h(), layer);
        assertSame(tape, other.h(), rnnStates.h(), layer);
      }
      assertArrayEquals(ofGru.toArray(), gruStates.y().toArray());
      assertArrayEquals(ofRnn.toArray(), rnnStates.y().toArray());
    }
  }

  private static void assertSame(Tape tape, Tensor expected, Tensor all, int layer) {
    assertArrayEquals(expected.toArray(), SliceOps.slice(tape, all, 0, 2L * layer, 2).toArray());
  }

  /**
   * What cannot be told from the last input alone: the first of six tokens. 0.69 nats is what
   * guessing costs.
   */
  @Test
  void eachKindLearnsToRememberTheFirstInput() {
    RecurrentConfig config = RecurrentConfig.of(1, 16);
    Lstm lstm = Lstm.of(slab, "lstm", config, 1);
    Gru gru = Gru.of(slab, "gru", config, 1);
    Rnn rnn = Rnn.tanh(slab, "rnn", config, 1);
    assertTrue(lossAfterTraining(lstm.parameters(), (t, x) -> lstm.forward(t, x).h()) < 0.05);
    assertTrue(lossAfterTraining(gru.parameters(), (t, x) -> gru.forward(t, x).h()) < 0.05);
    assertTrue(lossAfterTraining(rnn.parameters(), (t, x) -> rnn.forward(t, x).h()) < 0.05);
  }

  /** From a sequence to the last state. */
  private interface Network {
    Tensor lastState(Tape tape, Tensor x);
  }

  private float lossAfterTraining(List<Parameter> parameters, Network network) {
    Linear output = Linear.of(slab, "output", 16, 2, Init.xavierUniform(1));
    List<Parameter> all = new ArrayList<>(parameters);
    all.addAll(output.parameters());
    Adam optimizer = Adam.over(all).lr(0.02f);
    Random random = new Random(7);
    float loss = Float.NaN;
    for (int step = 0; step < 150; step++) {
      float[] x = new float[6 * 32];
      int[] first = new int[32];
      for (int i = 0; i < x.length; i++) {
        x[i] = random.nextBoolean() ? 1 : -1;
        if (i < 32) {
          first[i] = x[i] > 0 ? 1 : 0;
        }
      }
      try (Tape tape = Tape.open(slab)) {
        Tensor h = network.lastState(tape, tape.constant(TensorLayout.of(6, 32, 1), x));
        Tensor rows = ShapeOps.reshape(tape, h, 32, 16);
        Tensor mean = LossOps.crossEntropyMean(tape, output.forward(tape, rows), tape.ints(first));
        mean.backward();
        loss = mean.item();
      }
      optimizer.clipGlobalNorm(1).step();
    }
    return loss;
  }

  @Test
  void statesAndSizesThatDoNotFitAreNamed() {
    Lstm lstm = Lstm.of(slab, "lstm", DEEP, 1);
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor x = random(1, 4, 2, 3);
      assertEquals(
          "c0 is 2x2x5, x is 4x2x3: [layers directions, batch, hidden] is wanted, here 4x2x5",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> lstm.forward(tape, x, null, random(2, 2, 2, 5), null))
              .getMessage());
    }
    assertEquals(
        "layers = 0: at least 1 is wanted",
        assertThrows(IllegalArgumentException.class, () -> DEEP.withLayers(0)).getMessage());
    assertEquals(
        "hidden = 0: at least 1 is wanted",
        assertThrows(IllegalArgumentException.class, () -> RecurrentConfig.of(1, 0)).getMessage());
  }
}
