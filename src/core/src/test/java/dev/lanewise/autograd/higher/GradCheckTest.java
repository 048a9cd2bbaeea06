package dev.lanewise.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

  @Test
  void aGradientOfAnotherLengthIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> GradCheck.mismatches(GradCheckTest::f, new double[2], new double[3]));
  }
}
