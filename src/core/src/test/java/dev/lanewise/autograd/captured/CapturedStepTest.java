package dev.lanewise.autograd.captured;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Square;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CapturedStepTest {
  private static final TensorLayout SHAPE = TensorLayout.of(16, 16);

  static Stream<Named<Supplier<Models.Model>>> models() {
    return Stream.of(
        Named.of("perceptron", Models::perceptron), Named.of("attention", Models::attention));
  }

  private static void assertSays(String part, Function<Tape, Tensor> forward) {
    try (Workers workers = Workers.of(1);
        CapturedStep step = CapturedStep.of(workers, forward)) {
      String text =
          String.valueOf(assertThrows(IllegalStateException.class, step::run).getMessage());
      assertTrue(text.contains(part), text);
      assertFalse(step.isCaptured());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void trainingByReplayGivesTheBitsOfTrainingByTapeWithAnyNumberOfWorkers(
      Supplier<Models.Model> make) {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads);
          Models.Model eager = make.get();
          Models.Model replayed = make.get();
          CapturedStep step = CapturedStep.of(workers, replayed.loss)) {
        for (int number = 0; number < 5; number++) {
          eager.batch(number);
          replayed.batch(number);
          assertEquals(eager.eagerStep(workers), step.run(), "step " + number);
          for (int p = 0; p < eager.parameters.size(); p++) {
            Parameter expected = eager.parameters.get(p);
            assertArrayEquals(
                expected.gradient().toArray(JAVA_FLOAT),
                replayed.parameters.get(p).gradient().toArray(JAVA_FLOAT),
                expected.name() + ", step " + number + ", " + threads + " workers");
          }
          eager.descend();
          replayed.descend();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aReplayAllocatesNothing(Supplier<Models.Model> make) {
    for (int threads : new int[] {1, 2}) {
      try (Workers workers = Workers.of(threads);
          Models.Model model = make.get();
          CapturedStep step = CapturedStep.of(workers, model.loss)) {
        model.batch(1);
        step.run();
        Long reserved = MemoryBudget.global().bytesByOwner().get("captured step");
        assertEquals(0, bytesPerRun(step), threads + " workers");
        assertEquals(reserved, MemoryBudget.global().bytesByOwner().get("captured step"));
      }
    }
  }

  /**
   * One measurement waits 20 s for the compiler, which suits one kernel; a step has some thirty, on
   * a machine that may be busy with other things.
   */
  private static long bytesPerRun(CapturedStep step) {
    long bytes = AllocatedBytes.perCall(300, 100, step::run);
    for (int more = 0; bytes > 0 && more < 5; more++) {
      bytes = AllocatedBytes.perCall(300, 100, step::run);
    }
    return bytes;
  }

  /**
   * Of a chain of products backward needs all values, and two gradients at a time: that of the
   * output and that of the input of a layer. The loss and its cotangent are 4 bytes each.
   */
  @Test
  void backwardUsesTheMemoryOfValuesAgainWhenTheirOpIsDone() {
    try (Slab slab = Slab.open("weights", 1 << 20);
        Workers workers = Workers.of(1)) {
      Parameter w = Parameter.of("w", SHAPE, slab);
      Tensor x = Tensor.constant(SHAPE, slab.allocate(SHAPE));
      for (int depth : new int[] {1, 2, 5, 30}) {
        try (CapturedStep step = CapturedStep.of(workers, tape -> chain(tape, x, w, depth))) {
          step.run();
          // With one layer there is no gradient of an input: x is a constant.
          long gradients = Math.min(2, depth);
          assertEquals((depth + gradients) * SHAPE.bytes() + 8, step.bytes(), "depth " + depth);
        }
      }
    }
  }

  private static Tensor chain(Tape tape, Tensor x, Tensor w, int depth) {
    Tensor h = x;
    for (int i = 0; i < depth; i++) {
      h = MatrixOps.matmul(tape, h, w);
    }
    return ReduceOps.mean(tape, h);
  }

  @Test
  void computationsAndBytesGrowExactlyLinearlyWithTheDepth() {
    try (Slab slab = Slab.open("weights", 1 << 20);
        Workers workers = Workers.of(1)) {
      Parameter w = Parameter.of("w", SHAPE, slab);
      Tensor x = Tensor.constant(SHAPE, slab.allocate(SHAPE));
      long[] computations = new long[65];
      long[] bytes = new long[65];
      for (int depth = 1; depth <= 64; depth++) {
        try (Tape tape = Tape.open(slab, workers)) {
          Tensor h = MatrixOps.matmul(tape, x, w);
          for (int i = 0; i < depth; i++) {
            // Each value is used twice: 2^depth paths lead back to w.
            h = ElementwiseOps.add(tape, ElementwiseOps.gelu(tape, h), h);
          }
          ReduceOps.mean(tape, h).backward();
          computations[depth] = tape.computations();
          bytes[depth] = tape.allocatedBytes();
        }
      }
      for (int depth = 3; depth <= 64; depth++) {
        long more = computations[2] - computations[1];
        assertEquals(computations[1] + (depth - 1) * more, computations[depth], "at " + depth);
        long moreBytes = bytes[2] - bytes[1];
        assertEquals(bytes[1] + (depth - 1) * moreBytes, bytes[depth], "at " + depth);
      }
      // gelu and add forward; the copy of dy for one of two, dgelu and the sum backward.
      assertEquals(5, computations[2] - computations[1]);
      assertEquals(3 * SHAPE.bytes(), bytes[2] - bytes[1]);
    }
  }

  @Test
  void stepsOfSeveralShapesAndTapesLiveSideBySide() {
    try (Workers workers = Workers.of(1);
        Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", TensorLayout.of(4), slab);
      w.assign(1, 2, 3, 4);
      Tensor factor = Tensor.constant(TensorLayout.of(), slab.allocateFloats(1));
      factor.assign(2);
      Function<Tape, Tensor> sum = tape -> ReduceOps.sum(tape, ElementwiseOps.mul(tape, w, w));
      Function<Tape, Tensor> scaled =
          tape -> ElementwiseOps.mul(tape, ReduceOps.sum(tape, w), factor);
      try (CapturedStep first = CapturedStep.of(workers, sum)) {
        assertEquals(30, first.run());
        try (CapturedStep second = CapturedStep.of(workers, scaled)) {
          assertEquals(20, second.run());
          assertEquals(30, first.run());
          factor.assign(3);
          assertEquals(30, second.run());
          try (Tape tape = Tape.open(slab, workers)) {
            sum.apply(tape).backward();
          }
        }
        assertEquals(30, first.run());
      }
      assertArrayEquals(
          new float[] {4 * 2 + 5, 4 * 4 + 5, 4 * 6 + 5, 4 * 8 + 5},
          w.gradient().toArray(JAVA_FLOAT),
          "all seven runs have added their gradients");
    }
  }

  @Test
  void aTokenOutsideTheTableIsFoundInAReplayToo() {
    try (Workers workers = Workers.of(1);
        Models.Model model = Models.perceptron();
        CapturedStep step = CapturedStep.of(workers, model.loss)) {
      model.batch(1);
      float loss = step.run();
      int token = model.tokens.get(JAVA_INT, 8);
      model.tokens.set(JAVA_INT, 8, 31);
      assertEquals(
          "index 31 at row 2 is outside [0, 31)",
          assertThrows(IllegalArgumentException.class, step::run).getMessage());
      model.tokens.set(JAVA_INT, 8, token);
      assertEquals(loss, step.run());
    }
  }

  @Test
  void whatDependsOnValuesIsRefusedWhenItIsCaptured() {
    try (Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", TensorLayout.of(3), slab);
      assertSays(
          "item of a tensor of scalar cannot be captured",
          tape -> {
            Tensor sum = ReduceOps.sum(tape, w);
            return sum.item() > 0 ? sum : ReduceOps.mean(tape, w);
          });
      assertSays(
          "dropout with the fixed step 5 cannot be captured",
          tape -> ReduceOps.sum(tape, DropoutOps.dropout(tape, w, 0.5f, 1, 2, 5)));
      assertSays("this tensor is 3, not a scalar", tape -> ElementwiseOps.relu(tape, w));
    }
  }

  @Test
  void anOpThatComputesOutOfSightOfTheTapeIsRefused() {
    try (Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", TensorLayout.of(3), slab);
      assertSays(
          "square cannot be captured: a tensor of 3 was not written by Tape.compute",
          tape -> {
            Tensor y = tape.output(w.layout(), w);
            Square.forward(w.data(), y.data(), 3, tape.workers());
            tape.record("square", y, dy -> {});
            return ReduceOps.sum(tape, y);
          });
      assertSays(
          "the backward pass of square cannot be captured",
          tape ->
              square(
                  tape,
                  w,
                  (y, dy) -> {
                    MemorySegment dx = tape.allocateFloats(3);
                    Square.backward(w.data(), dy, dx, 3, tape.workers());
                    tape.addGradient(w, dx);
                  }));
      assertSays(
          "the backward pass of square cannot be captured",
          tape ->
              square(
                  tape,
                  w,
                  (y, dy) -> {
                    dy.set(JAVA_FLOAT, 4, 7);
                    tape.addGradient(w, dy);
                  }));
    }
  }

  private interface Backward {
    void apply(Tensor y, MemorySegment dy);
  }

  private static Tensor square(Tape tape, Tensor w, Backward backward) {
    Tensor y = tape.output(w.layout(), w);
    MemorySegment ws = w.data();
    MemorySegment ys = y.data();
    tape.compute(Meter.Family.ELEMENTWISE, 3, workers -> Square.forward(ws, ys, 3, workers));
    tape.record("square", y, dy -> backward.apply(y, dy));
    return ReduceOps.sum(tape, y);
  }

  @Test
  void aFirstRunThatFailsFreesItsMemoryAndCanBeMadeAgain() {
    try (Workers workers = Workers.of(1);
        Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", TensorLayout.of(3), slab);
      w.assign(1, 2, 3);
      long reserved = MemoryBudget.global().usedBytes();
      boolean[] fails = {true};
      CapturedStep step =
          CapturedStep.of(
              workers,
              tape -> {
                Tensor sum = ReduceOps.sum(tape, w);
                if (fails[0]) {
                  throw new IllegalArgumentException("no batch");
                }
                return sum;
              });
      assertThrows(IllegalArgumentException.class, step::run);
      assertEquals(reserved, MemoryBudget.global().usedBytes());
      assertEquals(0, step.computations());
      fails[0] = false;
      assertEquals(6, step.run());
      assertTrue(step.isCaptured());
      assertTrue(MemoryBudget.global().usedBytes() > reserved);
      step.close();
      step.close();
      assertEquals(reserved, MemoryBudget.global().usedBytes());
      assertThrows(IllegalStateException.class, step::run);
    }
  }

  @Test
  void valuesOfACapturedStepCannotBeReadWhenTheirMemoryServesOthers() {
    try (Workers workers = Workers.of(1);
        Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", TensorLayout.of(3), slab);
      Tensor[] hidden = new Tensor[1];
      try (CapturedStep step =
          CapturedStep.of(
              workers,
              tape -> {
                hidden[0] = ElementwiseOps.gelu(tape, w);
                return ReduceOps.sum(tape, hidden[0]);
              })) {
        step.run();
        String text =
            String.valueOf(
                assertThrows(IllegalStateException.class, () -> hidden[0].data()).getMessage());
        assertTrue(text.contains("used again in the backward pass of a captured step"), text);
      }
    }
  }

  @Test
  void aMeterCountsTheWorkOfEachRun() {
    try (Workers workers = Workers.of(1);
        Slab slab = Slab.open("inputs", 1 << 20)) {
      Parameter w = Parameter.of("w", SHAPE, slab);
      w.assign(OpCheck.random(new Random(1), SHAPE.elements()));
      Meter meter = new Meter();
      try (CapturedStep step =
          CapturedStep.of(
              workers, meter, tape -> ReduceOps.mean(tape, MatrixOps.matmul(tape, w, w)))) {
        step.run();
        long flops = meter.flops(Meter.Family.MATRIX);
        assertEquals(3 * 2L * 16 * 16 * 16, flops);
        step.run();
        assertEquals(2 * flops, meter.flops(Meter.Family.MATRIX));
      }
    }
  }
}
