package dev.lanewise.autograd.captured;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.ActivationOps;
import dev.lanewise.autograd.elementwise.ArithmeticOps;
import dev.lanewise.autograd.recompute.Recompute;
import dev.lanewise.autograd.rows.ColumnOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.autograd.rows.SoftmaxOps;
import dev.lanewise.autograd.shapes.TransposeOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Graphs of random ops, with values that many ops use or none: memory that was taken again too
 * early would show in the bits of a replay.
 */
class RandomGraphTest {
  private static final int SIZE = 4;
  private static final TensorLayout SHAPE = TensorLayout.of(SIZE, SIZE);
  private static final int KINDS = 10;

  @Property(tries = 150)
  void aReplayGivesTheBitsOfTheTapeAndRecomputationToo(
      @ForAll int seed, @ForAll @IntRange(min = 1, max = 40) int ops) {
    try (Slab slab = Slab.open("graph", 1 << 20);
        Workers workers = Workers.of(1)) {
      Parameter a = Parameter.of("a", SHAPE, slab);
      Parameter b = Parameter.of("b", SHAPE, slab);
      try (CapturedStep plain =
              CapturedStep.of(workers, tape -> graph(tape, a, b, seed, ops, false));
          CapturedStep recomputed =
              CapturedStep.of(workers, tape -> graph(tape, a, b, seed, ops, true))) {
        for (int run = 0; run < 3; run++) {
          Random random = new Random(run);
          a.assign(OpCheck.random(random, SHAPE.elements()));
          b.assign(OpCheck.random(random, SHAPE.elements()));
          a.zeroGrad();
          b.zeroGrad();
          float loss;
          try (Tape tape = Tape.open(slab, workers)) {
            Tensor value = graph(tape, a, b, seed, ops, false);
            value.backward();
            loss = value.item();
          }
          List<float[]> expected = gradients(a, b);
          assertEquals(loss, plain.run(), "run " + run);
          assertSame(expected, gradients(a, b));
          assertEquals(loss, recomputed.run(), "run " + run + ", recomputed");
          assertSame(expected, gradients(a, b));
        }
      }
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "gradient of " + i);
    }
  }

  private static List<float[]> gradients(Parameter... parameters) {
    List<float[]> all = new ArrayList<>();
    for (Parameter parameter : parameters) {
      all.add(parameter.gradient().toArray(JAVA_FLOAT));
      parameter.zeroGrad();
    }
    return all;
  }

  private static Tensor graph(Tape tape, Tensor a, Tensor b, int seed, int ops, boolean recompute) {
    Random random = new Random(seed);
    List<Tensor> values = new ArrayList<>(List.of(a, b));
    for (int i = 0; i < ops; i++) {
      int kind = random.nextInt(KINDS);
      Tensor x = values.get(random.nextInt(values.size()));
      Tensor y = values.get(random.nextInt(values.size()));
      boolean again = random.nextInt(3) == 0;
      values.add(
          recompute && again
              ? Recompute.of(tape, (inner, in) -> op(inner, kind, in.get(0), in.get(1)), x, y)
              : op(tape, kind, x, y));
    }
    Tensor last = values.getLast();
    Tensor reached = last.requiresGrad() ? last : ElementwiseOps.add(tape, last, a);
    return ReduceOps.mean(tape, ActivationOps.tanh(tape, reached));
  }

  private static Tensor op(Tape tape, int kind, Tensor x, Tensor y) {
    return switch (kind) {
      case 0 -> ElementwiseOps.add(tape, x, y);
      case 1 -> ElementwiseOps.mul(tape, x, y);
      case 2 -> ActivationOps.tanh(tape, x);
      case 3 -> MatrixOps.matmul(tape, x, y);
      case 4 -> ArithmeticOps.sub(tape, x, ActivationOps.sigmoid(tape, y));
      case 5 -> SoftmaxOps.softmax(tape, x);
      case 6 -> TransposeOps.transpose(tape, x, 0, 1);
      case 7 -> ShapeOps.reshape(tape, ShapeOps.reshape(tape, x, SIZE * SIZE), SIZE, SIZE);
      case 8 ->
          ColumnOps.concat(
              tape, ColumnOps.slice(tape, x, 0, 2), ColumnOps.slice(tape, y, 2, SIZE - 2));
      default -> ElementwiseOps.gelu(tape, x.detach());
    };
  }
}
