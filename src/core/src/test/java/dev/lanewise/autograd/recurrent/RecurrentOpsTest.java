package dev.lanewise.autograd.recurrent;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecurrentOpsTest {
  static Stream<Problem> problems() {
    return Stream.of(Cell.values())
        .flatMap(
            cell ->
                IntStream.range(0, 16)
                    .mapToObj(
                        bits ->
                            new Problem(
                                cell,
                                4,
                                3,
                                2,
                                3,
                                1 + (bits & 1),
                                (bits & 2) == 0 ? null : List.of(2, 4, 0),
                                (bits & 4) != 0,
                                (bits & 8) != 0)));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void valuesAndAllGradientsAreThoseOfTheSequenceInDoublePrecision(Problem problem) {
    problem.check();
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aStateOfAnySizeIsComputedToItsLastElement(Cell cell) {
    int lanes = Lanes.F32_LANES;
    for (int hidden : new int[] {1, lanes - 1, lanes, lanes + 1}) {
      new Problem(cell, 2, 2, 1, hidden, 1, List.of(2, 1), true, true).check();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void eachOutputAloneReachesAllOperands(int output) {
    Problem problem = new Problem(Cell.LSTM, 3, 2, 2, 3, 2, List.of(3, 1), true, true);
    int states = 2 * 2 * 3;
    int from = output == 0 ? 0 : (2 + output) * states;
    int to = (3 + output) * states;
    OpCheck.check(
        (tape, in) -> Problem.joined(tape, List.of(problem.outputs(tape, in).get(output))),
        in -> Arrays.copyOfRange(problem.oracle(in), from, to),
        problem.shapes());
  }

  /** A layer on parameters with random values. */
  private static final class Bench implements AutoCloseable {
    final Slab slab = Slab.open("recurrent", 1 << 20);
    final Problem problem;
    final List<Parameter> operands = new ArrayList<>();
    final MemorySegment lengths;

    Bench(Problem problem, int seed) {
      this.problem = problem;
      Random random = new Random(seed);
      for (TensorLayout shape : problem.shapes()) {
        Parameter parameter = Parameter.of("p", shape, slab);
        parameter.assign(OpCheck.random(random, shape.elements()));
        operands.add(parameter);
      }
      lengths = slab.allocateInts(problem.batch());
      setLengths(problem.lengthsAsArray());
    }

    void setLengths(int... values) {
      MemorySegment.copy(values, 0, lengths, JAVA_INT, 0, values.length);
    }

    Tensor loss(Tape tape) {
      List<Tensor> all =
          problem.outputs(tape, operands, problem.lengths() == null ? null : lengths);
      return ReduceOps.sum(tape, UnaryOps.square(tape, Problem.joined(tape, all)));
    }

    float eager(Workers workers) {
      try (Tape tape = Tape.open(slab, workers)) {
        Tensor loss = loss(tape);
        loss.backward();
        return loss.item();
      }
    }

    List<float[]> outputs(Workers workers) {
      try (Tape tape = Tape.noGrad(slab, workers)) {
        return problem.outputs(tape, operands, problem.lengths() == null ? null : lengths).stream()
            .map(Tensor::toArray)
            .toList();
      }
    }

    List<float[]> takeGradients() {
      List<float[]> gradients = new ArrayList<>();
      for (Parameter operand : operands) {
        gradients.add(operand.gradient().toArray(JAVA_FLOAT));
        operand.zeroGrad();
      }
      return gradients;
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual, String what) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "operand " + i + ", " + what);
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void theBitsAreTheSameForAnyNumberOfWorkers(Cell cell) {
    List<Integer> lengths = IntStream.range(0, 61).map(row -> row % 4).boxed().toList();
    Problem problem = new Problem(cell, 3, 61, 5, 259, 2, lengths, true, true);
    try (Bench bench = new Bench(problem, 1);
        Workers one = Workers.of(1)) {
      float loss = bench.eager(one);
      List<float[]> gradients = bench.takeGradients();
      for (int threads : new int[] {2, 3, 7}) {
        try (Workers workers = Workers.of(threads)) {
          assertEquals(loss, bench.eager(workers), threads + " workers");
          assertSame(gradients, bench.takeGradients(), threads + " workers");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aReplayWithOtherLengthsGivesTheBitsOfTheTape(Cell cell) {
    Problem problem = new Problem(cell, 4, 3, 2, 5, 2, List.of(4, 1, 2), true, true);
    try (Bench eager = new Bench(problem, 1);
        Bench replayed = new Bench(problem, 1);
        Workers workers = Workers.of(2);
        CapturedStep step = CapturedStep.of(workers, replayed::loss)) {
      for (int[] lengths : new int[][] {{4, 1, 2}, {0, 4, 4}, {3, 2, 1}}) {
        eager.setLengths(lengths);
        replayed.setLengths(lengths);
        assertEquals(eager.eager(workers), step.run());
        assertSame(eager.takeGradients(), replayed.takeGradients(), "replay");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aReplayAllocatesNothing(Cell cell) {
    Problem problem = new Problem(cell, 3, 4, 5, 37, 2, List.of(3, 1, 2, 3), true, true);
    try (Bench bench = new Bench(problem, 1);
        Workers workers = Workers.of(1);
        CapturedStep step = CapturedStep.of(workers, bench::loss)) {
      step.run();
      long bytes = AllocatedBytes.perCall(300, 100, step::run);
      for (int more = 0; bytes > 0 && more < 5; more++) {
        bytes = AllocatedBytes.perCall(300, 100, step::run);
      }
      assertEquals(0, bytes);
    }
  }

  @Property(tries = 20)
  void aSequenceInTwoPartsWithTheStatesHandedOnGivesTheBitsOfTheWhole(
      @ForAll Cell cell,
      @ForAll @IntRange(min = 1, max = 3) int first,
      @ForAll @IntRange(min = 1, max = 3) int second,
      @ForAll @IntRange(min = 1, max = 40) int hidden) {
    Problem whole = new Problem(cell, first + second, 2, 3, hidden, 1, null, true, true);
    try (Bench bench = new Bench(whole, hidden);
        Workers workers = Workers.of(1);
        Tape tape = Tape.noGrad(bench.slab, workers)) {
      List<Tensor> expected = whole.outputs(tape, bench.operands, null);
      List<Tensor> operands = new ArrayList<>(bench.operands);
      operands.set(0, SliceOps.slice(tape, bench.operands.get(0), 0, 0, first));
      List<Tensor> begun = whole.outputs(tape, operands, null);
      operands.set(0, SliceOps.slice(tape, bench.operands.get(0), 0, first, second));
      for (int state = 1; state < begun.size(); state++) {
        operands.set(operands.size() - begun.size() + state, begun.get(state));
      }
      List<Tensor> ended = whole.outputs(tape, operands, null);
      Tensor y = SliceOps.concat(tape, 0, begun.get(0), ended.get(0));
      assertArrayEquals(expected.get(0).toArray(), y.toArray());
      for (int state = 1; state < begun.size(); state++) {
        assertArrayEquals(expected.get(state).toArray(), ended.get(state).toArray());
      }
    }
  }

  @Property(tries = 20)
  void aRowWithALengthGivesTheBitsOfThatManySteps(
      @ForAll Cell cell,
      @ForAll @IntRange(min = 1, max = 4) int length,
      @ForAll @IntRange(min = 1, max = 2) int directions,
      @ForAll @IntRange(min = 1, max = 40) int hidden) {
    int steps = 4;
    Problem padded =
        new Problem(cell, steps, 1, 3, hidden, directions, List.of(length), true, true);
    Problem alone = new Problem(cell, length, 1, 3, hidden, directions, null, true, true);
    try (Bench bench = new Bench(padded, hidden);
        Workers workers = Workers.of(1);
        Tape tape = Tape.noGrad(bench.slab, workers)) {
      List<Tensor> actual = padded.outputs(tape, bench.operands);
      List<Tensor> operands = new ArrayList<>(bench.operands);
      operands.set(0, SliceOps.slice(tape, bench.operands.get(0), 0, 0, length));
      List<Tensor> expected = alone.outputs(tape, operands);
      float[] y = new float[steps * directions * hidden];
      System.arraycopy(expected.get(0).toArray(), 0, y, 0, length * directions * hidden);
      assertArrayEquals(y, actual.get(0).toArray(), "0 behind the last step");
      for (int state = 1; state < actual.size(); state++) {
        assertArrayEquals(expected.get(state).toArray(), actual.get(state).toArray());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aNaNInOneSequenceStaysThere(Cell cell) {
    Problem problem = new Problem(cell, 3, 2, 2, 5, 1, null, true, true);
    try (Bench bench = new Bench(problem, 1);
        Workers workers = Workers.of(1)) {
      List<float[]> clean = bench.outputs(workers);
      float[] x = bench.operands.get(0).toArray();
      x[2] = Float.NaN; // of row 1 in the first step
      bench.operands.get(0).assign(x);
      List<float[]> stained = bench.outputs(workers);
      for (int output = 0; output < clean.size(); output++) {
        for (int i = 0; i < clean.get(output).length; i++) {
          if (i / 5 % 2 == 0) {
            assertEquals(clean.get(output)[i], stained.get(output)[i], "row 0");
          } else {
            assertTrue(Float.isNaN(stained.get(output)[i]), "row 1");
          }
        }
      }
    }
  }

  @Test
  void anEmptyBatchHasEmptyOutputsAndNoGradient() {
    for (Cell cell : Cell.values()) {
      try (Bench bench = new Bench(new Problem(cell, 2, 0, 3, 4, 2, List.of(), true, true), 1);
          Workers workers = Workers.of(1)) {
        assertEquals(0, bench.eager(workers));
        for (float[] gradient : bench.takeGradients()) {
          assertArrayEquals(new float[gradient.length], gradient);
        }
      }
    }
  }

  private static void assertRefused(String message, Consumer<Tape> call) {
    try (Slab slab = Slab.open("refused", 1 << 20);
        Tape tape = Tape.open(slab)) {
      var refusal = assertThrows(IllegalArgumentException.class, () -> call.accept(tape));
      assertEquals(message, refusal.getMessage());
    }
  }

  private static Tensor zeros(Tape tape, long... dims) {
    TensorLayout layout = TensorLayout.of(dims);
    return tape.constant(layout, new float[(int) layout.elements()]);
  }

  private static List<RecurrentWeights> lstmWeights(Tape tape) {
    return List.of(
        new RecurrentWeights(zeros(tape, 8, 3), zeros(tape, 8, 2), zeros(tape, 8), zeros(tape, 8)));
  }

  @Test
  void operandsThatDoNotFitAreNamed() {
    assertRefused(
        "lstm: x is 5x3: [steps, batch, inputs] with at least one step is wanted",
        t -> RecurrentOps.lstm(t, zeros(t, 5, 3), lstmWeights(t), null, null, null));
    assertRefused(
        "lstm: x is 0x2x3: [steps, batch, inputs] with at least one step is wanted",
        t -> RecurrentOps.lstm(t, zeros(t, 0, 2, 3), lstmWeights(t), null, null, null));
    assertRefused(
        "gru: weights of 0 directions are given: give those of one, or of both",
        t -> RecurrentOps.gru(t, zeros(t, 5, 1, 3), List.of(), null, null));
    assertRefused(
        "gru: weightHh is 8x2, by the other operands it is 6x2",
        t -> RecurrentOps.gru(t, zeros(t, 5, 1, 3), lstmWeights(t), null, null));
    assertRefused(
        "lstm: weightIh is 8x3, by the other operands it is 8x4",
        t -> RecurrentOps.lstm(t, zeros(t, 5, 1, 4), lstmWeights(t), null, null, null));
    assertRefused(
        "lstm: c0 is 1x2x2, by the other operands it is 1x1x2",
        t ->
            RecurrentOps.lstm(t, zeros(t, 5, 1, 3), lstmWeights(t), null, zeros(t, 1, 2, 2), null));
    assertRefused(
        "rnn: one of biasIh and biasHh is null, the other is not: give both or none",
        t ->
            RecurrentOps.rnn(
                t,
                false,
                zeros(t, 5, 1, 3),
                List.of(new RecurrentWeights(zeros(t, 2, 3), zeros(t, 2, 2), zeros(t, 2), null)),
                null,
                null));
    assertRefused(
        "lengths[1] = 6: it must be from 0 to 5",
        t -> RecurrentOps.lstm(t, zeros(t, 5, 2, 3), lstmWeights(t), null, null, t.ints(5, 6)));
  }
}
