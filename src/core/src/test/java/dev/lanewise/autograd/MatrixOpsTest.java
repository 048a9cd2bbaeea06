package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AwkwardSizes;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MatrixOpsTest {
  private static TensorLayout shape(long... dims) {
    return TensorLayout.of(dims);
  }

  @Test
  void gradientsOfLinearAgreeWithCentralDifferences() {
    int[][] sizes = {{1, 1, 1}, {2, 3, 5}, {7, 13, 4}, {13, 2, 11}};
    for (int[] size : sizes) {
      int rows = size[0];
      int in = size[1];
      int out = size[2];
      OpCheck.check(
          (tape, x) -> MatrixOps.linear(tape, x.get(0), x.get(1), x.get(2)),
          x -> {
            double[] y = Oracles.matmul(x[0], Oracles.transpose(x[1], out, in), rows, out, in);
            for (int i = 0; i < y.length; i++) {
              y[i] += x[2][i % out];
            }
            return y;
          },
          shape(rows, in),
          shape(out, in),
          shape(out));
    }
  }

  @Test
  void gradientsOfLinearWithoutBiasAgreeWithCentralDifferences() {
    OpCheck.check(
        (tape, x) -> MatrixOps.linear(tape, x.get(0), x.get(1), null),
        x -> Oracles.matmul(x[0], Oracles.transpose(x[1], 5, 12), 6, 5, 12),
        shape(6, 12),
        shape(5, 12));
  }

  @Test
  void gradientsOfMatmulAgreeWithCentralDifferences() {
    OpCheck.check(
        (tape, x) -> MatrixOps.matmul(tape, x.get(0), x.get(1)),
        x -> Oracles.matmul(x[0], x[1], 7, 5, 11),
        shape(7, 11),
        shape(11, 5));
  }

  @Test
  void aMatrixTimesItselfGetsBothGradients() {
    OpCheck.check(
        (tape, x) -> MatrixOps.matmul(tape, x.get(0), x.get(0)),
        x -> Oracles.matmul(x[0], x[0], 6, 6, 6),
        shape(6, 6));
  }

  /** {@code |dW - dW'| <= (k + 1) u |dy|' |x|} and the same for dx, k the number of terms of a sum, plus one for the sum. */
  @Test
  void gradientsOfAwkwardShapesAreWithinTheBoundOfTheMatrixProduct() {
    Random random = new Random(7);
    int[] edges = AwkwardSizes.edges();
    for (int pass = 0; pass < 12; pass++) {
      int rows = edges[random.nextInt(edges.length)];
      int in = edges[random.nextInt(edges.length)];
      int out = edges[random.nextInt(edges.length)];
      try (Slab slab = Slab.open("linear", 1 << 20);
          Tape tape = Tape.open(slab)) {
        float[] xs = OpCheck.random(random, (long) rows * in);
        float[] ws = OpCheck.random(random, (long) out * in);
        float[] dys = OpCheck.random(random, (long) rows * out);
        Tensor x = tape.variable(shape(rows, in), OpCheck.copy(slab, xs));
        Tensor w = tape.variable(shape(out, in), OpCheck.copy(slab, ws));
        Tensor b = tape.variable(shape(out), OpCheck.copy(slab, new float[out]));
        MatrixOps.linear(tape, x, w, b).backward(tape.constant(shape(rows, out), dys));

        double[] dy = OpCheck.doubles(dys);
        assertProduct(dy, OpCheck.doubles(ws), rows, in, out, x.gradient().toArray(JAVA_FLOAT));
        assertProduct(
            Oracles.transpose(dy, rows, out), OpCheck.doubles(xs), out, in, rows, w.gradient().toArray(JAVA_FLOAT));
        double[] ones = new double[rows];
        Arrays.fill(ones, 1);
        assertProduct(ones, dy, 1, out, rows, b.gradient().toArray(JAVA_FLOAT));
      }
    }
  }

  private static void assertProduct(double[] a, double[] b, int m, int n, int k, float[] actual) {
    double[] expected = Oracles.matmul(a, b, m, n, k);
    double[] size = Oracles.matmul(Oracles.magnitudes(a), Oracles.magnitudes(b), m, n, k);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i], actual[i], (k + 1) * 0x1p-24 * size[i], m + "x" + n + "x" + k + ", element " + i);
    }
  }

  @Test
  void noProductIsComputedForAnInputThatNeedsNoGradient() {
    try (Slab slab = Slab.open("linear", 1 << 20)) {
      Meter meter = new Meter();
      Parameter w = Parameter.of("w", shape(5, 3), slab);
      try (Tape tape = Tape.open(slab, Workers.shared(), meter)) {
        Tensor x = tape.constant(shape(4, 3), new float[12]);
        MatrixOps.linear(tape, x, w, null).backward(tape.constant(shape(4, 5), new float[20]));
        assertFalse(x.hasGradient());
      }
      assertEquals(2 * 2L * 4 * 5 * 3, meter.flops(Meter.Family.MATRIX), "forward and dW");
    }
  }

  @Test
  void anEmptyBatchGivesNoRowsAndNoGradient() {
    try (Slab slab = Slab.open("linear", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Parameter w = Parameter.of("w", shape(5, 3), slab);
      Parameter b = Parameter.of("b", shape(5), slab);
      Tensor y = MatrixOps.linear(tape, tape.constant(shape(0, 3)), w, b);
      assertEquals(shape(0, 5), y.layout());
      y.backward(tape.constant(shape(0, 5)));
      for (float dw : w.gradient().toArray(JAVA_FLOAT)) {
        assertEquals(0f, dw);
      }
    }
  }

  @Test
  void shapesThatDoNotFitAreNamedOnBothSides() {
    try (Slab slab = Slab.open("linear", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor a = tape.constant(shape(3, 4), new float[12]);
      Tensor b = tape.constant(shape(5, 2), new float[10]);
      Tensor bias = tape.constant(shape(3), new float[3]);
      assertEquals(
          "x is 3x4, weight is 5x2 [out, in]: inner dimensions 4 and 2 differ",
          assertThrows(IllegalArgumentException.class, () -> MatrixOps.linear(tape, a, b, null)).getMessage());
      assertEquals(
          "a is 3x4, b is 5x2: inner dimensions 4 and 5 differ",
          assertThrows(IllegalArgumentException.class, () -> MatrixOps.matmul(tape, a, b)).getMessage());
      assertEquals(
          "weight is 5x2 [out, in], bias is 3: bias needs one element for each of the 5 outputs",
          assertThrows(IllegalArgumentException.class, () -> MatrixOps.linear(tape, b, b, bias)).getMessage());
      assertEquals(
          "linear: x is 3, of rank 1: a matrix is wanted, reshape it first",
          assertThrows(IllegalArgumentException.class, () -> MatrixOps.linear(tape, bias, b, null)).getMessage());
    }
  }
}
