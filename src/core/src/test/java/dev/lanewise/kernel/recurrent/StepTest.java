package dev.lanewise.kernel.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedCall;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One step of each kind, forward and backward, within the bounds that its kernel documents. */
class StepTest {
  private static final double U = 0x1p-24;

  /** Two steps of three sequences; the outputs stand in the second half of a wider row. */
  private static final int STEPS = 2;

  private static final int ROWS = 3;

  private final Random random = new Random(5);

  static int[] lengths() {
    return AwkwardSizes.lengths();
  }

  private float[] values(long n) {
    float[] values = new float[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = 6 * random.nextFloat() - 3;
    }
    return values;
  }

  private float[] values(long rows, int hidden) {
    return values(rows * hidden);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static void assertWithin(double expected, float actual, double bound, String what) {
    assertTrue(
        Math.abs(expected - actual) <= bound,
        () -> what + ": " + actual + " is more than " + bound + " from " + expected);
  }

  /** The row after its place among the steps, its neighbours, and what is left of y. */
  private static int out(int t, int row, int hidden) {
    return (t * ROWS + row) * 2 * hidden + hidden;
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void anLstmStepKeepsItsBounds(int hidden) {
    float[] sums = values(4L * STEPS * ROWS, hidden);
    float[] states = values((STEPS + 1L) * ROWS, hidden);
    float[] y = values(2L * STEPS * ROWS, hidden);
    float[][] after =
        GuardedCall.run(
            s ->
                LstmGates.forward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    null,
                    1,
                    false,
                    ROWS,
                    hidden,
                    2L * hidden,
                    hidden,
                    1,
                    3),
            sums,
            states,
            states,
            y);
    float[] h = states.clone();
    float[] c = states.clone();
    for (int row = 1; row < ROWS; row++) {
      int at = (ROWS + row) * 4 * hidden;
      int from = (ROWS + row) * hidden;
      int to = (2 * ROWS + row) * hidden;
      for (int j = 0; j < hidden; j++) {
        double i = sigmoid(sums[at + j]);
        double f = sigmoid(sums[at + hidden + j]);
        double g = Math.tanh(sums[at + 2 * hidden + j]);
        double o = sigmoid(sums[at + 3 * hidden + j]);
        double cell = f * states[from + j] + i * g;
        double state = o * Math.tanh(cell);
        double ofCell =
            3 * U * Math.abs(f * states[from + j]) + 6 * U * Math.abs(i * g) + U * Math.abs(cell);
        assertWithin(cell, after[2][to + j], ofCell, "c");
        assertWithin(state, after[1][to + j], 6 * U * Math.abs(state) + ofCell, "h");
        h[to + j] = after[1][to + j];
        c[to + j] = after[2][to + j];
        y[out(1, row, hidden) + j] = h[to + j];
      }
    }
    assertArrayEquals(h, after[1], "other states stay");
    assertArrayEquals(c, after[2], "other states stay");
    assertArrayEquals(y, after[3], "y is h, and nothing else is written");
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void theGradientOfAnLstmStepKeepsItsBounds(int hidden) {
    float[] gates = unit(values(4L * STEPS * ROWS, hidden));
    float[] c = values((STEPS + 1L) * ROWS, hidden);
    float[] dy = values(2L * STEPS * ROWS, hidden);
    float[] dh = values(ROWS, hidden);
    float[] dc = values(ROWS, hidden);
    float[][] after =
        GuardedCall.run(
            s ->
                LstmGates.backward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    s[4],
                    null,
                    0,
                    true,
                    ROWS,
                    hidden,
                    2L * hidden,
                    hidden,
                    0,
                    ROWS),
            gates,
            c,
            dy,
            dh,
            dc);
    for (int row = 0; row < ROWS; row++) {
      int at = row * 4 * hidden;
      for (int j = 0; j < hidden; j++) {
        double i = gates[at + j];
        double f = gates[at + hidden + j];
        double g = gates[at + 2 * hidden + j];
        double o = gates[at + 3 * hidden + j];
        double tanh = Math.tanh(c[row * hidden + j]);
        double before = c[(ROWS + row) * hidden + j];
        double d = (double) dy[out(0, row, hidden) + j] + dh[row * hidden + j];
        double ofCell = dc[row * hidden + j] + d * o * (1 - tanh * tanh);
        double e = 8 * U * Math.abs(d * o) + U * Math.abs(ofCell);
        double[] factors = {g * i * (1 - i), before * f * (1 - f), i * (1 - g * g), f};
        for (int gate = 0; gate < 4; gate++) {
          double expected = ofCell * factors[gate];
          float actual = gate == 3 ? after[4][row * hidden + j] : after[0][at + gate * hidden + j];
          double bound = 4 * U * Math.abs(expected) + 1.001 * e * Math.abs(factors[gate]);
          assertWithin(expected, actual, bound, "factor " + gate);
        }
        double ofOutput = d * tanh * o * (1 - o);
        assertWithin(ofOutput, after[0][at + 3 * hidden + j], 7.001 * U * Math.abs(ofOutput), "do");
        assertEquals(0, after[3][row * hidden + j], "dh");
      }
    }
  }

  /** Values between 0 and 1, as gates are. */
  private static float[] unit(float... values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) sigmoid(values[i]);
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void aGruStepKeepsItsBounds(int hidden) {
    float[] sums = values(4L * STEPS * ROWS, hidden);
    float[] product = values(3L * ROWS, hidden);
    float[] states = values((STEPS + 1L) * ROWS, hidden);
    float[] y = values(2L * STEPS * ROWS, hidden);
    float[][] after =
        GuardedCall.run(
            s ->
                GruGates.forward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    null,
                    1,
                    true,
                    ROWS,
                    hidden,
                    2L * hidden,
                    hidden,
                    0,
                    ROWS),
            sums,
            product,
            states,
            y);
    for (int row = 0; row < ROWS; row++) {
      int at = (ROWS + row) * 4 * hidden;
      int b = row * 3 * hidden;
      for (int j = 0; j < hidden; j++) {
        double sumR = (double) sums[at + hidden + j] + product[b + j];
        double sumZ = (double) sums[at + 2 * hidden + j] + product[b + hidden + j];
        double bn = product[b + 2 * hidden + j];
        double sumN = sums[at + j] + sigmoid(sumR) * bn;
        double n = Math.tanh(sumN);
        double before = states[(2 * ROWS + row) * hidden + j];
        double state = n + sigmoid(sumZ) * (before - n);
        double ofR = 3 * U * sigmoid(sumR) + U * Math.abs(sumR) / 4;
        double ofZ = 3 * U * sigmoid(sumZ) + U * Math.abs(sumZ) / 4;
        double ofN = 3 * U * Math.abs(n) + U * Math.abs(sumN) + Math.abs(bn) * ofR;
        double bound =
            U * Math.abs(state)
                + U * Math.abs(sigmoid(sumZ) * (before - n))
                + Math.abs(before - n) * ofZ
                + ofN;
        assertWithin(state, after[2][(ROWS + row) * hidden + j], 1.001 * bound, "h");
        assertEquals(
            after[2][(ROWS + row) * hidden + j], after[3][out(1, row, hidden) + j], "y is h");
        assertEquals(bn, after[0][at + 3 * hidden + j], "b_n is kept");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void theGradientOfAGruStepKeepsItsBounds(int hidden) {
    float[] gates = unit(values(4L * STEPS * ROWS, hidden));
    float[] h = values((STEPS + 1L) * ROWS, hidden);
    float[] dy = values(2L * STEPS * ROWS, hidden);
    float[] dh = values(ROWS, hidden);
    float[][] after =
        GuardedCall.run(
            s ->
                GruGates.backward(
                    s[0],
                    s[1],
                    s[2],
                    s[3],
                    null,
                    1,
                    false,
                    ROWS,
                    hidden,
                    2L * hidden,
                    hidden,
                    0,
                    ROWS),
            gates,
            h,
            dy,
            dh);
    for (int row = 0; row < ROWS; row++) {
      int at = (ROWS + row) * 4 * hidden;
      for (int j = 0; j < hidden; j++) {
        double n = gates[at + j];
        double r = gates[at + hidden + j];
        double z = gates[at + 2 * hidden + j];
        double bn = gates[at + 3 * hidden + j];
        double before = h[(ROWS + row) * hidden + j];
        double d = (double) dy[out(1, row, hidden) + j] + dh[row * hidden + j];
        double dn = d * (1 - z) * (1 - n * n);
        double[] expected = {dn, dn * bn * r * (1 - r), d * (before - n) * z * (1 - z), dn * r};
        for (int gate = 0; gate < 4; gate++) {
          double bound = 9 * U * Math.abs(expected[gate]);
          assertWithin(expected[gate], after[0][at + gate * hidden + j], bound, "gate " + gate);
        }
        assertWithin(d * z, after[3][row * hidden + j], 9 * U * Math.abs(d * z), "dh");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPlainStepKeepsItsBounds(boolean rectified) {
    for (int hidden : AwkwardSizes.lengths()) {
      float[] sums = values((long) STEPS * ROWS, hidden);
      float[] h = values((STEPS + 1L) * ROWS, hidden);
      float[] y = values(2L * STEPS * ROWS, hidden);
      float[][] after =
          GuardedCall.run(
              s ->
                  RnnStep.forward(
                      s[0],
                      s[1],
                      s[2],
                      null,
                      rectified,
                      1,
                      false,
                      ROWS,
                      hidden,
                      2L * hidden,
                      hidden,
                      0,
                      ROWS),
              sums,
              h,
              y);
      float[] dh = values(ROWS, hidden);
      float[][] gradients =
          GuardedCall.run(
              s ->
                  RnnStep.backward(
                      s[0],
                      s[1],
                      s[2],
                      s[3],
                      null,
                      rectified,
                      1,
                      false,
                      ROWS,
                      hidden,
                      2L * hidden,
                      hidden,
                      0,
                      ROWS),
              sums,
              after[1],
              y,
              dh);
      for (int row = 0; row < ROWS; row++) {
        int at = (ROWS + row) * hidden;
        int to = (2 * ROWS + row) * hidden;
        for (int j = 0; j < hidden; j++) {
          float state = after[1][to + j];
          double exact = rectified ? Math.max(sums[at + j], 0) : Math.tanh(sums[at + j]);
          assertWithin(exact, state, 1.05 * Math.ulp((float) exact), "h");
          assertEquals(state, after[2][out(1, row, hidden) + j], "y is h");
          double d = (double) y[out(1, row, hidden) + j] + dh[row * hidden + j];
          double slope = rectified ? (state > 0 ? 1 : 0) : 1 - (double) state * state;
          double expected = d * slope;
          assertWithin(expected, gradients[0][at + j], 3.001 * U * Math.abs(expected), "da");
          assertEquals(0, gradients[3][row * hidden + j], "dh");
        }
      }
    }
  }

  /** Runs a step of one that has ended and two that have not. */
  private static float[][] withRowOneEnded(Consumer<MemorySegment[]> step, float[]... operands) {
    float[][] all = new float[operands.length + 1][];
    System.arraycopy(operands, 0, all, 0, operands.length);
    all[operands.length] = GuardedCall.ints(2, 1, 2);
    return GuardedCall.run(step, all);
  }

  @Test
  void aSequenceThatHasEndedHandsItsStatesOnAndGivesNothing() {
    int hidden = 19;
    float[] nan = values(4L * STEPS * ROWS, hidden);
    Arrays.fill(nan, Float.NaN);
    float[] states = values((STEPS + 1L) * ROWS, hidden);
    float[] y = values((long) STEPS * ROWS, hidden);
    float[] product = values(3L * ROWS, hidden);
    float[][] lstm =
        withRowOneEnded(
            s ->
                LstmGates.forward(
                    s[0], s[1], s[2], s[3], s[4], 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            states,
            states,
            y);
    float[][] gru =
        withRowOneEnded(
            s ->
                GruGates.forward(
                    s[0], s[1], s[2], s[3], s[4], 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            product,
            states,
            y);
    float[][] rnn =
        withRowOneEnded(
            s ->
                RnnStep.forward(
                    s[0], s[1], s[2], s[3], false, 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            states,
            y);
    float[] handedOn = states.clone();
    System.arraycopy(states, (ROWS + 1) * hidden, handedOn, (2 * ROWS + 1) * hidden, hidden);
    float[] nothing = y.clone();
    Arrays.fill(nothing, (ROWS + 1) * hidden, (ROWS + 2) * hidden, 0);
    assertArrayEquals(handedOn, lstm[1]);
    assertArrayEquals(handedOn, lstm[2]);
    assertArrayEquals(nothing, lstm[3]);
    assertArrayEquals(handedOn, gru[2]);
    assertArrayEquals(nothing, gru[3]);
    assertArrayEquals(handedOn, rnn[1]);
    assertArrayEquals(nothing, rnn[2]);
  }

  @Test
  void theGradientOfAStepThatASequenceDoesNotHaveIsZeroAndThatOfItsStatesStays() {
    int hidden = 19;
    float[] nan = values(4L * STEPS * ROWS, hidden);
    Arrays.fill(nan, Float.NaN);
    float[] states = values((STEPS + 1L) * ROWS, hidden);
    float[] dy = values((long) STEPS * ROWS, hidden);
    float[] d = values(ROWS, hidden);
    float[][] lstm =
        withRowOneEnded(
            s ->
                LstmGates.backward(
                    s[0], s[1], s[2], s[3], s[4], s[5], 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            states,
            dy,
            d,
            d);
    float[][] gru =
        withRowOneEnded(
            s ->
                GruGates.backward(
                    s[0], s[1], s[2], s[3], s[4], 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            states,
            dy,
            d);
    float[][] rnn =
        withRowOneEnded(
            s ->
                RnnStep.backward(
                    s[0], s[1], s[2], s[3], s[4], true, 1, false, ROWS, hidden, hidden, 0, 1, 2),
            nan,
            states,
            dy,
            d);
    assertZeroGates(nan, lstm[0], 4 * hidden);
    assertZeroGates(nan, gru[0], 4 * hidden);
    assertZeroGates(nan, rnn[0], hidden);
    assertArrayEquals(d, lstm[3]);
    assertArrayEquals(d, lstm[4]);
    assertArrayEquals(d, gru[3]);
    assertArrayEquals(d, rnn[3]);
    assertArrayEquals(states, lstm[1]);
  }

  private static void assertZeroGates(float[] before, float[] after, int columns) {
    float[] expected = before.clone();
    Arrays.fill(expected, (ROWS + 1) * columns, (ROWS + 2) * columns, 0);
    assertArrayEquals(expected, after);
  }
}
