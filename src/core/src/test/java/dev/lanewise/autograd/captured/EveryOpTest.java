package dev.lanewise.autograd.captured;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.PublicOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every differentiable op can be captured, and its replay gives the bits of the tape. */
class EveryOpTest {
  static Stream<CapturedOps.Case> ops() {
    return CapturedOps.CASES.stream();
  }

  /** An op on parameters, with a random cotangent for its output. */
  private static final class Bench implements AutoCloseable {
    final Slab slab = Slab.open("op", 1 << 20);
    final List<Parameter> inputs = new ArrayList<>();
    private final CapturedOps.Case op;
    private final CapturedOps.Op made;

    Bench(CapturedOps.Case op) {
      this.op = op;
      for (TensorLayout shape : op.shapes()) {
        inputs.add(Parameter.of("p", shape, slab));
      }
      made = op.make().on(slab);
    }

    void write(int seed) {
      Random random = new Random(seed);
      for (Parameter input : inputs) {
        float[] values = OpCheck.random(random, input.layout().elements());
        for (int i = 0; op.positive() && i < values.length; i++) {
          values[i] = Math.abs(values[i]) + 0.1f;
        }
        input.assign(values);
        input.zeroGrad();
      }
    }

    /** Between the parameters and the op lies another one, so that gradients are handed on. */
    Tensor loss(Tape tape) {
      List<Tensor> values = new ArrayList<>();
      for (Parameter input : inputs) {
        values.add(UnaryOps.scale(tape, input, 1));
      }
      Tensor y = made.apply(tape, values);
      Tensor cotangent =
          tape.constant(y.layout(), OpCheck.random(new Random(3), y.layout().elements()));
      return ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, cotangent));
    }

    float eager(Workers workers) {
      try (Tape tape = Tape.open(slab, workers)) {
        Tensor loss = loss(tape);
        loss.backward();
        return loss.item();
      }
    }

    List<float[]> gradients() {
      return inputs.stream().map(input -> input.gradient().toArray(JAVA_FLOAT)).toList();
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aReplayGivesTheBitsOfTheTape(CapturedOps.Case op) {
    try (Workers workers = Workers.of(2);
        Bench eager = new Bench(op);
        Bench replayed = new Bench(op);
        CapturedStep step = CapturedStep.of(workers, replayed::loss)) {
      for (int seed : new int[] {1, 2, 3, 1}) {
        eager.write(seed);
        replayed.write(seed);
        assertEquals(eager.eager(workers), step.run(), "input " + seed);
        for (int i = 0; i < eager.inputs.size(); i++) {
          assertArrayEquals(
              eager.gradients().get(i),
              replayed.gradients().get(i),
              "gradient of input " + i + " at input " + seed);
        }
      }
    }
  }

  @Test
  void everyPublicOpIsInTheTable() throws IOException, URISyntaxException {
    assertEquals(
        PublicOps.names(),
        ops().map(CapturedOps.Case::name).collect(Collectors.toCollection(TreeSet::new)));
  }
}
