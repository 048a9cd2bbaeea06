package dev.lanewise.autograd.higher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GradCheckTest {
  private static double f(double[] x) {
    return Math.sin(x[0]) * x[1] + x[1] * x[1];
  }

  @Test
  void theGradientOfAKnownFunctionIsGoodToTheTruncationError() {
    double[] x = {0.3, -1.7};
    double[] exact = {Math.cos(0.3) * -1.7, Math.sin(0.3) - 3.4};
    assertArrayEquals(exact, GradCheck.gradient(GradCheckTest::f, x), 1e-8);
    assertArrayEquals(new double[] {0.3, -1.7}, x, "the point is left as it was");
    assertEquals(List.of(), GradCheck.mismatches(GradCheckTest::f, x, exact));
  }

  @Test
  void aWrongElementAndANaNAreNamed() {
    double[] x = {0.3, -1.7};
    List<GradCheck.Mismatch> mismatches =
        GradCheck.mismatches(GradCheckTest::f, x, new double[] {Math.cos(0.3) * -1.71, Double.NaN});
    assertEquals(List.of(0, 1), mismatches.stream().map(GradCheck.Mismatch::index).toList());
    assertEquals(Math.cos(0.3) * -1.7, mismatches.get(0).numerical(), 1e-8);
  }

  private static final Graph GRAPH = Graph.of(Workers.shared());

  /** {@code x^3} as an op of one's own, with a derivative of {@code slope x^2}. */
  private static DoubleTensor cube(DoubleTensor x, double slope) {
    double[] y = x.toArray();
    Arrays.setAll(y, i -> y[i] * y[i] * y[i]);
    return DoubleTensor.result(
        x.layout(),
        y,
        (which, in, out, dy) -> Arithmetic.mul(dy, Arithmetic.scale(Unary.square(in[0]), slope)),
        x);
  }

  @Test
  void anOpOfOnesOwnIsCheckedAsItIsAndSoAreItsDerivatives() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(2), 0.5, -2);
    assertEquals(List.of(), GradCheck.check(in -> cube(in.get(0), 3), x));
    assertEquals(
        List.of(),
        GradCheck.check(
            in -> Derivatives.gradientsInGraph(Reductions.sum(cube(in.get(0), 3)), in).getFirst(),
            x));
  }

  @Test
  void aWrongRuleIsFoundAtEachElementOfTheInputItIsFor() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(2), 0.5, -2);
    DoubleTensor w = GRAPH.constant(TensorLayout.of(), 3);
    List<GradCheck.Mismatch> mismatches =
        GradCheck.check(in -> Arithmetic.mul(in.get(0), cube(in.get(1), 2)), w, x);
    assertEquals(
        List.of("1 0", "1 1"),
        mismatches.stream().map(wrong -> wrong.input() + " " + wrong.index()).toList());
    for (GradCheck.Mismatch wrong : mismatches) {
      assertEquals(wrong.numerical() * 2 / 3, wrong.analytic(), 1e-7);
    }
  }

  @Test
  void whatHasNoElementsHasNothingWrong() {
    DoubleTensor x = GRAPH.variable(TensorLayout.of(0, 3));
    assertEquals(List.of(), GradCheck.check(in -> Unary.exp(in.get(0)), x));
  }

  @Test
  void aGradientOfAnotherLengthIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> GradCheck.mismatches(GradCheckTest::f, new double[2], new double[3]));
  }
}
