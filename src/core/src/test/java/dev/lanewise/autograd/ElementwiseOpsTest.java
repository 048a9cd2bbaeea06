package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.testing.AwkwardSizes;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class ElementwiseOpsTest {
  private static double[] map(double[] x, DoubleUnaryOperator f) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = f.applyAsDouble(x[i]);
    }
    return y;
  }

  @Test
  void gradientsAgreeWithCentralDifferencesAtEveryAwkwardLength() {
    for (int n : AwkwardSizes.lengths()) {
      if (n > 260) {
        continue;
      }
      TensorLayout shape = TensorLayout.of(n);
      OpCheck.check(
          (tape, x) -> ElementwiseOps.gelu(tape, x.get(0)), x -> map(x[0], Oracles::gelu), shape);
      OpCheck.check(
          (tape, x) -> ElementwiseOps.relu(tape, x.get(0)), x -> map(x[0], v -> Math.max(0, v)), shape);
      OpCheck.check(
          (tape, x) -> ElementwiseOps.add(tape, x.get(0), x.get(1)),
          x -> {
            double[] y = x[0].clone();
            for (int i = 0; i < y.length; i++) {
              y[i] += x[1][i];
            }
            return y;
          },
          shape,
          shape);
      OpCheck.check(
          (tape, x) -> ElementwiseOps.mul(tape, x.get(0), x.get(1)),
          x -> {
            double[] y = x[0].clone();
            for (int i = 0; i < y.length; i++) {
              y[i] *= x[1][i];
            }
            return y;
          },
          shape,
          shape);
    }
  }

  @Test
  void bothOperandsMayBeTheSameTensor() {
    TensorLayout shape = TensorLayout.of(3, 7);
    OpCheck.check(
        (tape, x) -> ElementwiseOps.add(tape, x.get(0), x.get(0)), x -> map(x[0], v -> 2 * v), shape);
    OpCheck.check(
        (tape, x) -> ElementwiseOps.mul(tape, x.get(0), x.get(0)), x -> map(x[0], v -> v * v), shape);
  }

  /** A tensor that several ops read, some of whose gradients arrive first, some later, some in place. */
  @Test
  void gradientsOfATensorUsedOftenAddUp() {
    TensorLayout shape = TensorLayout.of(41);
    OpCheck.check(
        (tape, x) -> {
          Tensor g = ElementwiseOps.gelu(tape, x.get(0));
          Tensor sum = ElementwiseOps.add(tape, g, x.get(0));
          Tensor product = ElementwiseOps.mul(tape, sum, g);
          Tensor r = ElementwiseOps.relu(tape, g);
          return ElementwiseOps.add(tape, ElementwiseOps.add(tape, product, r), sum);
        },
        x ->
            map(
                x[0],
                v -> {
                  double g = Oracles.gelu(v);
                  double sum = g + v;
                  return sum * g + Math.max(0, g) + sum;
                }),
        shape);
  }

  /** Residual connections: the same gradient goes to both sides of each sum, one side changes it in place. */
  @Test
  void gradientsOfResidualConnectionsAgreeWithCentralDifferences() {
    OpCheck.check(
        (tape, x) -> {
          Tensor h = ElementwiseOps.add(tape, x.get(0), x.get(1));
          for (int layer = 0; layer < 4; layer++) {
            h = ElementwiseOps.add(tape, h, ElementwiseOps.gelu(tape, h));
            h = ElementwiseOps.add(tape, ElementwiseOps.relu(tape, h), h);
          }
          return h;
        },
        x -> {
          double[] h = x[0].clone();
          for (int i = 0; i < h.length; i++) {
            h[i] += x[1][i];
            for (int layer = 0; layer < 4; layer++) {
              h[i] += Oracles.gelu(h[i]);
              h[i] += Math.max(0, h[i]);
            }
          }
          return h;
        },
        TensorLayout.of(9),
        TensorLayout.of(9));
  }

  @Test
  void anOperandWithoutGradientIsLeftOut() {
    try (Slab slab = Slab.open("op", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor x = tape.variable(TensorLayout.of(2), OpCheck.copy(slab, 3, 5));
      Tensor c = tape.constant(TensorLayout.of(2), 7, 11);
      Tensor y = ElementwiseOps.add(tape, c, ElementwiseOps.mul(tape, x, c));
      y.backward(tape.constant(TensorLayout.of(2), 1, 2));
      assertEquals(7f, x.gradient().get(JAVA_FLOAT, 0));
      assertEquals(22f, x.gradient().get(JAVA_FLOAT, 4));
    }
  }

  @Test
  void differentShapesAreNamed() {
    try (Slab slab = Slab.open("op", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Tensor a = tape.constant(TensorLayout.of(2, 3), new float[6]);
      Tensor b = tape.constant(TensorLayout.of(3, 2), new float[6]);
      String text = "a is 2x3, b is 3x2: element-wise ops want the same shape";
      assertEquals(
          text, assertThrows(IllegalArgumentException.class, () -> ElementwiseOps.add(tape, a, b)).getMessage());
      assertEquals(
          text, assertThrows(IllegalArgumentException.class, () -> ElementwiseOps.mul(tape, a, b)).getMessage());
    }
  }
}
