package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.elementwise.ActivationOps;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.recompute.Recompute;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.unary.Square;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Versions, hooks, gradients that are retained, and tensors that are cut off. */
final class TensorTest {
  private static final TensorLayout THREE = TensorLayout.of(3);

  private final Slab slab = Slab.open("tensor test", 1 << 20);
  private final Parameter w = Parameter.of("w", THREE, slab);

  @AfterEach
  void close() {
    slab.close();
  }

  private static void assertSays(String expected, Executable code) {
    assertEquals(expected, assertThrows(IllegalStateException.class, code).getMessage());
  }

  private static float[] values(MemorySegment gradient) {
    return gradient.toArray(JAVA_FLOAT);
  }

  @Test
  void aSavedTensorThatWasChangedIsAnErrorThatNamesTheOpAndBothVersions() {
    w.assign(1, 2, 3);
    assertEquals(1, w.version());
    try (Tape tape = Tape.open(slab)) {
      Tensor loss = ReduceOps.sum(tape, ElementwiseOps.mul(tape, w, tape.constant(THREE, 1, 2, 3)));
      loss.backward();
    }
    try (Tape tape = Tape.open(slab)) {
      Tensor x = UnaryOps.scale(tape, w, 1);
      Tensor y = ActivationOps.sigmoid(tape, x);
      Tensor loss = ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, x));
      ShapeOps.reshape(tape, y, 3, 1).changed();
      y.changed();
      assertSays(
          "mul saved a tensor of 3 at version 0 for its backward pass, which is at version 2 now:"
              + " change it after backward, or change a copy",
          loss::backward);
    }
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ActivationOps.sigmoid(tape, UnaryOps.scale(tape, w, 1));
      Tensor loss = ReduceOps.sum(tape, y);
      y.assign(7, 8, 9);
      String text =
          String.valueOf(assertThrows(IllegalStateException.class, loss::backward).getMessage());
      assertTrue(text.startsWith("sigmoid saved a tensor of 3 at version 0"), text);
    }
  }

  @Test
  void whatBackwardDoesNotReadMayBeChanged() {
    w.assign(1, 2, 3);
    try (Tape tape = Tape.open(slab)) {
      Tensor y = UnaryOps.scale(tape, w, 2);
      Tensor loss = ReduceOps.sum(tape, ElementwiseOps.add(tape, y, w));
      w.assign(7, 7, 7);
      y.assign(0, 0, 0);
      loss.backward();
    }
    assertArrayEquals(new float[] {3, 3, 3}, values(w.gradient()));
  }

  @Test
  void anOpThatKeptATensorBeforeDoesNotMakeOthersDependOnIt() {
    w.assign(1, 2, 3);
    try (Tape tape = Tape.open(slab)) {
      ElementwiseOps.mul(tape, w, w);
      Tensor loss = ReduceOps.sum(tape, UnaryOps.scale(tape, w, 2));
      w.changed();
      loss.backward();
    }
    assertArrayEquals(new float[] {2, 2, 2}, values(w.gradient()));
  }

  @Test
  void assignWantsOneValueForEachElement() {
    assertEquals(
        "a tensor of 3 has 3 elements, 2 values are given",
        assertThrows(IllegalArgumentException.class, () -> w.assign(1, 2)).getMessage());
    assertEquals(0, w.version());
  }

  @Test
  void detachCutsTheGradientAndSharesMemoryAndVersion() {
    w.assign(1, 2, 3);
    try (Tape tape = Tape.open(slab)) {
      Tensor y = UnaryOps.scale(tape, w, 2);
      Tensor cut = y.detach();
      assertFalse(cut.requiresGrad());
      assertEquals(y.data().address(), cut.data().address());
      y.changed();
      assertEquals(1, cut.version());
      ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, cut)).backward();
    }
    assertArrayEquals(new float[] {4, 8, 12}, values(w.gradient()), "2 y, not 4 y");
    assertFalse(w.detach().requiresGrad());
  }

  @Test
  void aHookSeesTheCompleteGradientAndMayScaleIt() {
    w.assign(1, 2, 3);
    List<String> order = new ArrayList<>();
    w.onGradient(gradient -> order.add("w " + gradient.get(JAVA_FLOAT, 0)));
    try (Tape tape = Tape.open(slab)) {
      Tensor y = UnaryOps.scale(tape, w, 2);
      y.onGradient(gradient -> order.add("y " + gradient.get(JAVA_FLOAT, 0)));
      y.onGradient(
          gradient -> {
            for (long i = 0; i < 3; i++) {
              gradient.setAtIndex(JAVA_FLOAT, i, 10 * gradient.getAtIndex(JAVA_FLOAT, i));
            }
          });
      y.retainGradient();
      Tensor sum = ElementwiseOps.add(tape, UnaryOps.scale(tape, y, 3), UnaryOps.scale(tape, y, 4));
      ReduceOps.sum(tape, ElementwiseOps.add(tape, sum, w)).backward();
      assertArrayEquals(new float[] {70, 70, 70}, values(y.gradient()));
    }
    assertArrayEquals(new float[] {141, 141, 141}, values(w.gradient()));
    assertEquals(List.of("y 7.0", "w 141.0"), order);
    w.removeHooks();
    try (Tape tape = Tape.open(slab)) {
      ReduceOps.sum(tape, w).backward();
    }
    assertEquals(2, order.size());
  }

  @Test
  void hooksAndRetainedGradientsWorkInEachRunOfACapturedStepAndAroundWhatIsRecomputed() {
    w.assign(1, 2, 3);
    List<Float> seen = new ArrayList<>();
    w.onGradient(gradient -> seen.add(gradient.get(JAVA_FLOAT, 0)));
    Tensor[] hidden = new Tensor[1];
    try (Workers workers = Workers.of(1);
        CapturedStep step =
            CapturedStep.of(
                workers,
                tape -> {
                  Tensor y =
                      Recompute.of(tape, (inner, in) -> ElementwiseOps.mul(inner, in.get(0), w), w);
                  y.retainGradient();
                  hidden[0] = y;
                  return ReduceOps.sum(tape, UnaryOps.square(tape, y));
                })) {
      for (int run = 1; run <= 3; run++) {
        w.zeroGrad();
        w.assign(run, 2, 3);
        step.run();
        // The loss is the sum of w^4.
        assertEquals(4f * run * run * run, w.gradient().get(JAVA_FLOAT, 0));
        assertArrayEquals(new float[] {2f * run * run, 8, 18}, values(hidden[0].gradient()));
      }
    }
    assertEquals(List.of(4f, 32f, 108f), seen);
  }

  @Test
  void aConstantHasNoGradientToHookOrRetain() {
    Tensor constant = Tensor.constant(THREE, slab.allocateFloats(3));
    assertSays(
        "this tensor of 3 requires no gradient: there is none to retain", constant::retainGradient);
    assertSays(
        "this tensor of 3 requires no gradient: there is none to hook",
        () -> constant.onGradient(gradient -> {}));
  }

  @Test
  void gradientsOfTheSharesOfABatchAddUpToThatOfTheBatch() {
    w.assign(0.5f, -1, 2);
    TensorLayout whole = TensorLayout.of(4, 3);
    TensorLayout half = TensorLayout.of(2, 3);
    float[] batch = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    try (Tape tape = Tape.open(slab)) {
      meanOfSquares(tape, tape.constant(whole, batch)).backward();
    }
    float[] expected = values(w.gradient());
    w.zeroGrad();
    for (int share = 0; share < 2; share++) {
      float[] rows = Arrays.copyOfRange(batch, 6 * share, 6 * share + 6);
      try (Tape tape = Tape.open(slab)) {
        UnaryOps.scale(tape, meanOfSquares(tape, tape.constant(half, rows)), 0.5f).backward();
      }
    }
    // Sums of 4 products of numbers of up to 5 bits: exact in single precision.
    assertArrayEquals(expected, values(w.gradient()));
  }

  private Tensor meanOfSquares(Tape tape, Tensor x) {
    Tensor column = ShapeOps.reshape(tape, w, 3, 1);
    return ReduceOps.mean(tape, UnaryOps.square(tape, MatrixOps.matmul(tape, x, column)));
  }

  /** The op that the documentation of {@link Tape} shows. */
  private static Tensor square(Tape tape, Tensor x) {
    Tensor y = tape.output(x.layout(), x);
    long n = x.layout().elements();
    MemorySegment xs = x.data();
    MemorySegment ys = y.data();
    tape.compute(Meter.Family.ELEMENTWISE, n, workers -> Square.forward(xs, ys, n, workers));
    if (y.requiresGrad()) {
      x.keep();
      tape.record(
          "square",
          y,
          dy -> {
            tape.compute(
                Meter.Family.ELEMENTWISE, n, workers -> Square.backward(xs, dy, dy, n, workers));
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  @Test
  void theOpOfOnesOwnInTheDocumentationIsDifferentiatedCheckedAndCaptured() {
    OpCheck.check(
        (tape, x) -> square(tape, x.get(0)),
        x -> new double[] {x[0][0] * x[0][0], x[0][1] * x[0][1], x[0][2] * x[0][2]},
        THREE);
    w.assign(1, 2, 3);
    try (Workers workers = Workers.of(1);
        CapturedStep step =
            CapturedStep.of(workers, tape -> ReduceOps.sum(tape, square(tape, w)))) {
      assertEquals(14, step.run());
      w.assign(2, 2, 2);
      w.zeroGrad();
      assertEquals(12, step.run());
      assertArrayEquals(new float[] {4, 4, 4}, values(w.gradient()));
    }
    try (Tape tape = Tape.open(slab)) {
      Tensor loss = ReduceOps.sum(tape, square(tape, w));
      w.changed();
      String text =
          String.valueOf(assertThrows(IllegalStateException.class, loss::backward).getMessage());
      assertTrue(text.startsWith("square saved a tensor of 3 at version 2"), text);
    }
  }
}
