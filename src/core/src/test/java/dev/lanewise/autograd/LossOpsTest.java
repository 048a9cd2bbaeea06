package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

final class LossOpsTest {
  private static final int[] TARGETS = {2, 0, 6, 3, 3};
  private static final TensorLayout SHAPE = TensorLayout.of(5, 7);

  /** Logits that an op has made, so that the loss overwrites them. */
  private static Tensor made(Tape tape, Tensor x) {
    return ElementwiseOps.add(tape, x, x);
  }

  private static double[] doubled(double[] x) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] *= 2;
    }
    return y;
  }

  @Test
  void gradientsAgreeWithCentralDifferencesInPlaceAndOnACopy() {
    OpCheck.check(
        (tape, x) -> LossOps.crossEntropyMean(tape, made(tape, x.get(0)), tape.ints(TARGETS)),
        x -> new double[] {Oracles.crossEntropyMean(doubled(x[0]), TARGETS, 7)},
        SHAPE);
    OpCheck.check(
        (tape, x) -> LossOps.crossEntropyMean(tape, x.get(0), tape.ints(TARGETS)),
        x -> new double[] {Oracles.crossEntropyMean(x[0], TARGETS, 7)},
        SHAPE);
  }

  @Test
  void lossesCanBeAddedAndWeighted() {
    OpCheck.check(
        (tape, x) -> {
          Tensor first = LossOps.crossEntropyMean(tape, made(tape, x.get(0)), tape.ints(TARGETS));
          Tensor second = LossOps.crossEntropyMean(tape, made(tape, x.get(0)), tape.ints(1, 1, 1, 1, 1));
          Tensor half = tape.constant(TensorLayout.of(), 0.5f);
          return ElementwiseOps.add(tape, first, ElementwiseOps.mul(tape, second, half));
        },
        x -> {
          double[] logits = doubled(x[0]);
          return new double[] {
            Oracles.crossEntropyMean(logits, TARGETS, 7)
                + 0.5 * Oracles.crossEntropyMean(logits, new int[] {1, 1, 1, 1, 1}, 7)
          };
        },
        SHAPE);
  }

  @Test
  void logitsThatAnotherOpKeepsForItsBackwardPassAreCopied() {
    OpCheck.check(
        (tape, x) -> {
          Tensor logits = made(tape, x.get(0));
          Tensor row = tape.constant(TensorLayout.of(1, 7), 1, 2, 3, 4, 5, 6, 7);
          Tensor column = tape.constant(TensorLayout.of(5, 1), 1, -1, 1, -1, 1);
          Tensor scalar =
              ShapeOps.reshape(
                  tape,
                  MatrixOps.matmul(
                      tape, MatrixOps.linear(tape, row, ElementwiseOps.gelu(tape, logits), null), column));
          return ElementwiseOps.add(
              tape, LossOps.crossEntropyMean(tape, logits, tape.ints(TARGETS)), scalar);
        },
        x -> {
          double[] logits = doubled(x[0]);
          double sum = Oracles.crossEntropyMean(logits, TARGETS, 7);
          for (int i = 0; i < logits.length; i++) {
            sum += Oracles.gelu(logits[i]) * (1 + i % 7) * (i / 7 % 2 == 0 ? 1 : -1);
          }
          return new double[] {sum};
        },
        SHAPE);
  }

  @Test
  void everyOpThatReadsItsInputInItsBackwardPassKeepsIt() {
    try (Slab slab = Slab.open("loss", 1 << 20)) {
      TensorLayout square = TensorLayout.of(5, 5);
      Parameter p = Parameter.of("p", square, slab);
      List<BinaryOperator<Tensor>> ops =
          List.of(
              (logits, other) -> ElementwiseOps.gelu(tapeOf(logits), logits),
              (logits, other) -> ElementwiseOps.relu(tapeOf(logits), logits),
              (logits, other) -> ElementwiseOps.mul(tapeOf(logits), logits, other),
              (logits, other) -> ElementwiseOps.mul(tapeOf(logits), other, logits),
              (logits, other) -> MatrixOps.linear(tapeOf(logits), logits, other, null),
              (logits, other) -> MatrixOps.linear(tapeOf(logits), other, logits, null),
              (logits, other) -> MatrixOps.matmul(tapeOf(logits), logits, other),
              (logits, other) -> MatrixOps.matmul(tapeOf(logits), other, logits));
      for (int op = 0; op < ops.size(); op++) {
        try (Tape tape = Tape.open(slab)) {
          Tensor logits = ElementwiseOps.add(tape, p, p);
          assertTrue(ops.get(op).apply(logits, p).requiresGrad());
          LossOps.crossEntropyMean(tape, logits, tape.ints(0, 1, 2, 3, 4));
          assertArrayEquals(new float[25], logits.toArray(), "op " + op);
        }
      }
    }
  }

  private static Tape tapeOf(Tensor made) {
    return Objects.requireNonNull(made.tape());
  }

  @Test
  void everyLaterUseOfConsumedLogitsIsAnErrorThroughViewsToo() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(SHAPE, OpCheck.copy(slab, OpCheck.random(new Random(1), 35)));
      Tensor flat = ElementwiseOps.add(tape, ShapeOps.reshape(tape, x, 35), ShapeOps.reshape(tape, x, 35));
      Tensor logits = ShapeOps.reshape(tape, flat, 5, 7);
      Tensor loss = LossOps.crossEntropyMean(tape, logits, tape.ints(TARGETS));
      for (Tensor consumed : new Tensor[] {logits, flat}) {
        String text = assertThrows(IllegalStateException.class, () -> ElementwiseOps.gelu(tape, consumed)).toString();
        assertTrue(text.contains("overwritten by their gradient in crossEntropyMean"), text);
        assertThrows(IllegalStateException.class, consumed::data);
      }
      assertThrows(
          IllegalStateException.class, () -> LossOps.crossEntropyMean(tape, logits, tape.ints(TARGETS)));
      loss.backward();
      assertTrue(x.hasGradient(), "a refused op leaves the tape usable");
    }
  }

  @Test
  void aViewOfALeafIsNeverOverwritten() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      float[] values = OpCheck.random(new Random(1), 35);
      Parameter x = Parameter.of("x", TensorLayout.of(35), slab);
      x.data().copyFrom(OpCheck.copy(slab, values));
      LossOps.crossEntropyMean(tape, ShapeOps.reshape(tape, x, 5, 7), tape.ints(TARGETS)).backward();
      assertArrayEquals(values, x.toArray());
    }
  }

  @Test
  void evaluationLeavesTheLogitsAsTheyAreAndGivesTheSameLoss() {
    try (Slab slab = Slab.open("loss", 1 << 20)) {
      Parameter x = Parameter.of("x", SHAPE, slab);
      x.data().copyFrom(OpCheck.copy(slab, OpCheck.random(new Random(1), 35)));
      float evaluated;
      try (Tape tape = Tape.noGrad(slab)) {
        Tensor logits = made(tape, x);
        float[] before = logits.toArray();
        evaluated = LossOps.crossEntropyMean(tape, logits, tape.ints(TARGETS)).item();
        assertArrayEquals(before, logits.toArray());
      }
      try (Tape tape = Tape.open(slab)) {
        assertEquals(evaluated, LossOps.crossEntropyMean(tape, made(tape, x), tape.ints(TARGETS)).item());
      }
    }
  }

  @Test
  void equalLogitsCostTheLogarithmOfTheNumberOfClasses() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Tensor logits = tape.constant(TensorLayout.of(3, 256), new float[3 * 256]);
      assertEquals(Math.log(256), LossOps.crossEntropyMean(tape, logits, tape.ints(0, 100, 255)).item(), 1e-6);
    }
  }

  @Test
  void targetsAndShapesAreCheckedBeforeTheLogitsAreTouched() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(TensorLayout.of(8, 256), OpCheck.copy(slab, new float[8 * 256]));
      Tensor logits = made(tape, x);
      assertEquals(
          "target 300 at row 7 is outside [0, 256)",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> LossOps.crossEntropyMean(tape, logits, tape.ints(0, 1, 2, 3, 4, 5, 6, 300)))
              .getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> LossOps.crossEntropyMean(tape, logits, tape.ints(0, 1)));
      assertArrayEquals(new float[8 * 256], logits.toArray());
      assertEquals(
          "crossEntropyMean: logits are 0x7: [rows, classes] with at least one row and one class is wanted",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> LossOps.crossEntropyMean(tape, tape.constant(TensorLayout.of(0, 7)), tape.ints()))
              .getMessage());
    }
  }

  @Test
  void theGradientOfTheLogitsSumsToZeroInEachRow() {
    try (Slab slab = Slab.open("loss", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(SHAPE, OpCheck.copy(slab, OpCheck.random(new Random(3), 35)));
      LossOps.crossEntropyMean(tape, x, tape.ints(TARGETS)).backward();
      float[] dx = x.gradient().toArray(JAVA_FLOAT);
      for (int r = 0; r < 5; r++) {
        double sum = 0;
        for (int c = 0; c < 7; c++) {
          sum += dx[r * 7 + c];
        }
        // Seven softmax values of at most 1/5 each, every one with a few roundings.
        assertEquals(0, sum, 7 * 8 * 0x1p-24 / 5);
      }
    }
  }
}
