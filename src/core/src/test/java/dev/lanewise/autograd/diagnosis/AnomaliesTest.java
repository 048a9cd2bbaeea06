package dev.lanewise.autograd.diagnosis;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.UnaryOps;
import dev.lanewise.autograd.recompute.Recompute;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("once")
final class AnomaliesTest {
  private static final TensorLayout THREE = TensorLayout.of(3);

  private final Slab slab = Slab.open("anomalies", 1 << 20);
  private final Parameter w = Parameter.of("w", THREE, slab);

  @AfterEach
  void close() {
    slab.close();
  }

  /** The message, without the line number of this file. */
  private static String said(String op, Executable code) {
    AnomalyException anomaly = assertThrows(AnomalyException.class, code);
    assertEquals(op, anomaly.op());
    String text = String.valueOf(anomaly.getMessage());
    assertTrue(text.contains("called at " + anomaly.caller() + ","), text);
    return text.replaceAll("AnomaliesTest\\.java:\\d+", "AnomaliesTest.java");
  }

  /** The user's code in which the ops are called. */
  private static Tensor logOfShifted(Tape tape, Tensor x, float shift) {
    return UnaryOps.log(tape, ElementwiseOps.add(tape, x, tape.constant(THREE, shift, 1, shift)));
  }

  @Test
  void aNanIsToldWithTheOpThatMadeItAndTheLineThatCalledTheOp() {
    w.assign(1, 2, 3);
    try (Tape tape = Anomalies.open(slab)) {
      assertEquals(
          "log, called at dev.lanewise.autograd.diagnosis.AnomaliesTest.logOfShifted"
              + "(AnomaliesTest.java), made NaN at element 0 of 3 (1 not finite) in its output,"
              + " from finite inputs",
          said("log", () -> UnaryOps.exp(tape, logOfShifted(tape, w, -2))));
    }
  }

  @Test
  void anInfinityIsToldAsWell() {
    w.assign(1, 100, 100);
    try (Tape tape = Anomalies.open(slab)) {
      String text = said("exp", () -> UnaryOps.exp(tape, w));
      assertTrue(text.contains("made Infinity at element 1 of 3 (2 not finite)"), text);
    }
  }

  @Test
  void aGradientIsToldWithTheLineOfTheForwardPass() {
    w.assign(0, 4, 9);
    try (Tape tape = Anomalies.open(slab)) {
      Tensor loss = ReduceOps.sum(tape, UnaryOps.sqrt(tape, w));
      assertEquals(
          "the vjp of sqrt, called at dev.lanewise.autograd.diagnosis.AnomaliesTest"
              + ".aGradientIsToldWithTheLineOfTheForwardPass(AnomaliesTest.java), made Infinity at"
              + " element 0 of 3 (1 not finite) in the gradient of parameter \"w\", from a finite"
              + " cotangent",
          said("sqrt", loss::backward));
    }
  }

  @Test
  void whatTheUserGivesIsBlamedBeforeTheOp() {
    w.assign(1, Float.NaN, 3);
    try (Tape tape = Anomalies.open(slab)) {
      String text = said("exp", () -> UnaryOps.exp(tape, w));
      assertTrue(
          text.endsWith("was given NaN at element 1 of 3 (1 not finite) in parameter \"w\""), text);
    }
    w.assign(1, 2, 3);
    try (Tape tape = Anomalies.open(slab)) {
      Tensor mask = tape.constant(THREE, 0, 0, Float.NEGATIVE_INFINITY);
      String text = said("add", () -> ElementwiseOps.add(tape, w, mask));
      assertTrue(text.contains("was given -Infinity at element 2"), text);
      assertTrue(text.endsWith("in an input of 3"), text);
    }
  }

  @Test
  void aGradientThatAnEarlierPassHasLeftIsNotBlamedOnThisOne() {
    w.assign(0, 1, 1);
    try (Tape tape = Tape.open(slab)) {
      ReduceOps.sum(tape, UnaryOps.sqrt(tape, w)).backward();
    }
    try (Tape tape = Anomalies.open(slab)) {
      String text = said("exp", () -> UnaryOps.exp(tape, w));
      assertTrue(
          text.endsWith(
              "earlier backward pass has left Infinity at element 0 of 3 (1 not"
                  + " finite) in it: call zeroGrad"),
          text);
    }
  }

  @Test
  void aCotangentThatTheUserGivesIsBlamedOnNobodyElse() {
    w.assign(1, 2, 3);
    try (Tape tape = Anomalies.open(slab)) {
      Tensor y = UnaryOps.exp(tape, w);
      Tensor cotangent = tape.constant(THREE, 1, Float.NaN, 1);
      String text = said("exp", () -> y.backward(cotangent));
      assertTrue(text.contains("was given NaN at element 1 of 3"), text);
    }
  }

  @Test
  void anOpOfAPartThatIsComputedAgainIsFoundInBackward() {
    w.assign(0, 4, 9);
    try (Tape tape = Anomalies.open(slab)) {
      Tensor y = Recompute.of(tape, (inner, in) -> UnaryOps.sqrt(inner, in.getFirst()), w);
      Tensor loss = ReduceOps.sum(tape, y);
      String text = said("sqrt", loss::backward);
      assertTrue(text.startsWith("the vjp of sqrt"), text);
    }
  }

  @Test
  void aStepWithoutAnomaliesGivesTheSameBits() {
    Parameter v = Parameter.of("v", TensorLayout.of(3, 3), slab);
    v.assign(1, 2, 3, 4, 5, 6, 7, 8, 9);
    float[][] gradients = new float[2][];
    for (int i = 0; i < 2; i++) {
      v.zeroGrad();
      try (Tape tape = i == 0 ? Tape.open(slab) : Anomalies.open(slab)) {
        Tensor y = MatrixOps.matmul(tape, v, ElementwiseOps.gelu(tape, v));
        ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, y)).backward();
      }
      gradients[i] = v.gradient().toArray(JAVA_FLOAT);
    }
    assertArrayEquals(gradients[0], gradients[1]);
  }
}
