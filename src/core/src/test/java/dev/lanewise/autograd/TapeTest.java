package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class TapeTest {
  private final Slab slab = Slab.open("tape test", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private static String message(Class<? extends Throwable> type, Executable code) {
    return String.valueOf(assertThrows(type, code).getMessage());
  }

  private static void assertSays(String part, Executable code) {
    String text = message(IllegalStateException.class, code);
    assertTrue(text.contains(part), text);
  }

  private Parameter parameter(String name, float... values) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(values.length), slab);
    parameter.data().copyFrom(MemorySegment.ofArray(values));
    return parameter;
  }

  /** {@code y = x^2} as an op of a user's own. */
  private static Tensor square(Tape tape, Tensor x, AtomicInteger vjpCalls) {
    Tensor y = tape.output(x.layout(), x);
    for (long i = 0; i < x.layout().elements(); i++) {
      float value = x.data().getAtIndex(JAVA_FLOAT, i);
      y.data().setAtIndex(JAVA_FLOAT, i, value * value);
    }
    if (y.requiresGrad()) {
      MemorySegment values = x.keep();
      tape.record(
          y,
          dy -> {
            vjpCalls.incrementAndGet();
            for (long i = 0; i < x.layout().elements(); i++) {
              dy.setAtIndex(
                  JAVA_FLOAT,
                  i,
                  2 * values.getAtIndex(JAVA_FLOAT, i) * dy.getAtIndex(JAVA_FLOAT, i));
            }
            tape.addGradient(x, dy);
          });
    }
    return y;
  }

  @Test
  void anOpOfOnesOwnIsDifferentiatedLikeTheOthers() {
    OpCheck.check(
        (tape, x) ->
            ElementwiseOps.add(tape, square(tape, x.get(0), new AtomicInteger()), x.get(0)),
        x -> {
          double[] y = x[0].clone();
          for (int i = 0; i < y.length; i++) {
            y[i] += y[i] * y[i];
          }
          return y;
        },
        TensorLayout.of(13));
  }

  @Test
  void backwardThroughADeepChainCallsEachVjpOnceAlsoWhereEveryTensorIsUsedTwice() {
    int depth = 2000;
    AtomicInteger calls = new AtomicInteger();
    Parameter x = parameter("x", 0f);
    try (Tape tape = Tape.open(slab)) {
      Tensor h = x;
      for (int layer = 0; layer < depth; layer++) {
        // h^2 + h: 0 stays 0, and the derivative is 1 in each layer while two paths lead through
        // it.
        h = ElementwiseOps.add(tape, square(tape, h, calls), h);
      }
      h.backward();
    }
    assertEquals(1f, x.gradient().get(JAVA_FLOAT, 0));
    assertEquals(depth, calls.get(), "2^" + depth + " paths, one visit to each op");
  }

  @Test
  void gradientsOfParametersAccumulateOverTapesUntilZeroed() {
    Parameter x = parameter("x", 3f, 5f);
    MemorySegment gradient = x.gradient();
    for (int pass = 1; pass <= 3; pass++) {
      try (Tape tape = Tape.open(slab)) {
        ElementwiseOps.mul(tape, x, x).backward(tape.constant(TensorLayout.of(2), 1, 1));
      }
      assertArrayEquals(new float[] {6f * pass, 10f * pass}, gradient.toArray(JAVA_FLOAT));
    }
    x.zeroGrad();
    assertArrayEquals(new float[2], x.gradient().toArray(JAVA_FLOAT));
  }

  @Test
  void theCotangentIsOnlyRead() {
    Parameter x = parameter("x", 3f, 5f);
    try (Tape tape = Tape.open(slab)) {
      Tensor cotangent = tape.constant(TensorLayout.of(2), 7, 11);
      ElementwiseOps.gelu(tape, ElementwiseOps.gelu(tape, x)).backward(cotangent);
      assertArrayEquals(new float[] {7, 11}, cotangent.toArray());
    }
  }

  @Test
  void branchesThatTheLossDoesNotDependOnAreLeftOut() {
    AtomicInteger calls = new AtomicInteger();
    Parameter x = parameter("x", 2f);
    try (Tape tape = Tape.open(slab)) {
      square(tape, x, calls);
      Tensor loss = ElementwiseOps.add(tape, x, x);
      square(tape, loss, calls);
      loss.backward();
    }
    assertEquals(0, calls.get());
    assertEquals(2f, x.gradient().get(JAVA_FLOAT, 0));
  }

  @Test
  void stepsOfTheSameShapeMapNothingAfterTheFirst() {
    Random random = new Random(5);
    TensorLayout shape = TensorLayout.of(32, 64);
    List<Long> reserved = new ArrayList<>();
    try (Slab small = Slab.open("small mappings", 4096)) {
      Parameter w = Parameter.of("w", TensorLayout.of(64, 64), small);
      long before = small.reservedBytes();
      for (int step = 0; step < 5; step++) {
        try (Tape tape = Tape.open(small)) {
          Tensor h = tape.constant(shape, OpCheck.random(random, shape.elements()));
          for (int layer = 0; layer < 4; layer++) {
            h = ElementwiseOps.gelu(tape, MatrixOps.linear(tape, h, w, null));
          }
          h.backward(h);
        }
        reserved.add(small.reservedBytes());
      }
      long first = reserved.getFirst();
      assertTrue(first > before, "the step did need memory of its own");
      assertEquals(List.of(first, first, first, first), reserved.subList(1, 5));
    }
  }

  @Test
  void aTapeWithoutGradientsRecordsNothing() {
    AtomicInteger calls = new AtomicInteger();
    Parameter x = parameter("x", 2f);
    try (Tape tape = Tape.noGrad(slab)) {
      Tensor y = square(tape, x, calls);
      assertEquals(4f, y.item());
      assertFalse(y.requiresGrad());
      assertSays("opened without gradients", y::backward);
    }
    assertEquals(0f, x.gradient().get(JAVA_FLOAT, 0));
  }

  @Test
  void tensorsOfAClosedTapeCannotBeUsedAnyMore() {
    Tape tape = Tape.open(slab);
    Tensor x = tape.variable(TensorLayout.of(2), OpCheck.copy(slab, 1, 2));
    Tensor y = ElementwiseOps.gelu(tape, x);
    y.backward(tape.constant(TensorLayout.of(2), 1, 1));
    assertTrue(x.hasGradient());
    tape.close();
    tape.close();
    assertFalse(tape.isOpen());
    String closed = "belongs to a tape that was closed";
    assertSays(closed, y::data);
    assertSays(closed, y::toArray);
    assertSays(closed, x::gradient);
    assertSays("this tape was closed", () -> ElementwiseOps.gelu(tape, y));
    assertSays("this tape was closed", () -> tape.constant(TensorLayout.of(1), 1));
    assertSays(
        "this tape was closed",
        () -> y.backward(Tensor.constant(TensorLayout.of(2), slab.allocateFloats(2))));
    try (Tape next = Tape.open(slab)) {
      assertSays("was made on another tape", () -> ElementwiseOps.gelu(next, y));
    }
  }

  @Test
  void backwardRunsOnceAndOnlyFromAScalarThatDependsOnAParameter() {
    Parameter x = parameter("x", 2f, 3f);
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ElementwiseOps.gelu(tape, x);
      assertSays("this tensor is 2, not a scalar", y::backward);
      Tensor constant = tape.constant(TensorLayout.of(2), 1, 1);
      assertSays(
          "depends on no parameter", () -> ElementwiseOps.gelu(tape, constant).backward(constant));
      assertSays("not made by an op of a tape", () -> constant.backward(constant));
      assertEquals(
          "the cotangent is 1, the tensor is 2: both need the same shape",
          message(
              IllegalArgumentException.class,
              () -> y.backward(tape.constant(TensorLayout.of(1), 1))));
      y.backward(constant);
      String twice = "backward was already called on this tape";
      assertSays(twice, () -> y.backward(constant));
      assertSays(twice, () -> ElementwiseOps.gelu(tape, x));
      assertSays("handed on to the op before it", y::gradient);
      assertSays("only parameters and variables have gradients", constant::gradient);
      assertFalse(y.hasGradient());
    }
  }

  @Test
  void aVariableThatNothingReachedHasNoGradient() {
    try (Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(TensorLayout.of(1), OpCheck.copy(slab, 1));
      assertFalse(x.hasGradient());
      assertSays("no gradient has reached this tensor", x::gradient);
    }
  }

  @Test
  void memoryOfTheWrongKindOrSizeIsRefused() {
    TensorLayout shape = TensorLayout.of(3);
    assertEquals(
        "a tensor of 3 has 12 bytes, the memory given has 8",
        message(
            IllegalArgumentException.class, () -> Tensor.constant(shape, slab.allocateFloats(2))));
    assertThrows(
        IllegalArgumentException.class,
        () -> Tensor.constant(shape, MemorySegment.ofArray(new float[3])));
    assertThrows(IllegalArgumentException.class, () -> Parameter.of(" ", shape, slab));
    try (Tape tape = Tape.open(slab)) {
      assertThrows(IllegalArgumentException.class, () -> tape.constant(shape, 1, 2));
      assertThrows(
          IllegalArgumentException.class, () -> tape.variable(shape, slab.allocateFloats(4)));
      Parameter x = parameter("x", 1f);
      assertThrows(
          IllegalArgumentException.class, () -> tape.addGradient(x, slab.allocateFloats(2)));
      Tensor y = ElementwiseOps.add(tape, x, x);
      assertSays("only a tensor of one has the value", () -> tape.constant(shape, 1, 2, 3).item());
      assertSays("nothing to record", () -> tape.record(x, dy -> {}));
      assertEquals(2f, y.item());
    }
  }

  @Test
  void reshapeIsAViewWhoseGradientIsShared() {
    Parameter x = Parameter.of("x", TensorLayout.of(2, 6), slab);
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ShapeOps.reshape(tape, x, 3, 4);
      assertEquals(TensorLayout.of(3, 4), y.layout());
      assertEquals(x.data().address(), y.data().address());
      y.backward(tape.constant(y.layout(), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
      assertArrayEquals(
          new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, x.gradient().toArray(JAVA_FLOAT));
    }
    try (Tape tape = Tape.open(slab)) {
      assertEquals(
          "x is 2x6 with 12 elements, 5x2 has 10: a reshape keeps their number",
          message(IllegalArgumentException.class, () -> ShapeOps.reshape(tape, x, 5, 2)));
    }
    OpCheck.check(
        (tape, in) -> {
          Tensor flat = ShapeOps.reshape(tape, ElementwiseOps.gelu(tape, in.get(0)), 12);
          return ElementwiseOps.mul(
              tape, flat, ShapeOps.reshape(tape, ShapeOps.reshape(tape, flat, 4, 3), 12));
        },
        in -> {
          double[] y = in[0].clone();
          for (int i = 0; i < y.length; i++) {
            y[i] = Oracles.gelu(y[i]) * Oracles.gelu(y[i]);
          }
          return y;
        },
        TensorLayout.of(3, 4));
  }

  @Test
  void anExceptionInAnOpLeavesTheTapeUsable() {
    Parameter x = parameter("x", 1f, 2f);
    try (Tape tape = Tape.open(slab)) {
      Tensor y = ElementwiseOps.gelu(tape, x);
      assertThrows(
          IllegalArgumentException.class,
          () -> ElementwiseOps.add(tape, y, tape.constant(TensorLayout.of(1), 1)));
      y.backward(tape.constant(TensorLayout.of(2), 1, 1));
      assertTrue(x.gradient().get(JAVA_FLOAT, 0) > 1);
    }
  }
}
