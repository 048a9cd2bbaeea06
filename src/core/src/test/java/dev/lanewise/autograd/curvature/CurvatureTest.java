package dev.lanewise.autograd.curvature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.curvature.ConjugateGradient.End;
import dev.lanewise.autograd.higher.GradCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Objectives, conjugate gradients, the diagonal. */
@Tag("once")
final class CurvatureTest {
  @Test
  void valueGradientAndHessianOfAnObjectiveBelongTogether() {
    Objective objective = SmallNet.objective();
    assertEquals(20, objective.size());
    double[] x = SmallNet.weights(2);
    Hessian hessian = objective.at(x);
    assertEquals(objective.value(x), hessian.value());
    // Central differences with a step of 1e-6: 2^-53 f / h and h^2 f''' / 6.
    assertArrayEquals(GradCheck.gradient(objective::value, x), hessian.gradient(), 1e-9);
    assertArrayEquals(objective.gradient(x), hessian.gradient(), "in the graph or not");
    double[] v = SmallNet.weights(3);
    double[] slopes = GradCheck.gradient(y -> Dense.dot(v, objective.at(y).gradient()), x);
    assertArrayEquals(slopes, hessian.times(v), 1e-9);
    assertArrayEquals(hessian.times(v), hessian.times(v), "a product changes the graph");
  }

  @Test
  void aSystemIsSolvedInAsManyProductsAsThereAreEigenvalues() {
    Matrix a = Matrix.diagonal(1, 2, 5, 2, 1, 5, 5, 2);
    double[] b = {1, 2, 3, 4, 5, 6, 7, 8};
    ConjugateGradient.Solution solution = ConjugateGradient.solve(a, b, 1e-12, 8);
    assertEquals(End.CONVERGED, solution.end());
    assertEquals(3, solution.products());
    for (int i = 0; i < b.length; i++) {
      assertEquals(b[i] / a.at(i, i), solution.x()[i], 1e-12);
    }
  }

  @Test
  void aBoundOnProductsEndsIt() {
    ConjugateGradient.Solution solution =
        ConjugateGradient.solve(Matrix.diagonal(1, 2, 3), new double[] {1, 1, 1}, 0, 1);
    assertEquals(End.LIMIT, solution.end());
    assertEquals(1, solution.products());
    assertTrue(solution.residual() > 0);
  }

  @Test
  void nothingToSolveIsSolvedWithoutAProduct() {
    ConjugateGradient.Solution solution =
        ConjugateGradient.solve(Matrix.diagonal(1, 2), new double[2], 0, 5);
    assertEquals(End.CONVERGED, solution.end());
    assertEquals(0, solution.products());
    assertArrayEquals(new double[2], solution.x());
  }

  @Test
  void aDirectionOfNegativeCurvatureIsHandedOutAndFollowedToTheBoundary() {
    Matrix a = Matrix.diagonal(1, -2);
    double[] b = {1, 1};
    ConjugateGradient.Solution free = ConjugateGradient.solve(a, b, 1e-12, 5);
    assertEquals(End.NEGATIVE_CURVATURE, free.end());
    assertTrue(Dense.dot(free.direction(), a.times(free.direction())) <= 0);
    ConjugateGradient.Solution bound = ConjugateGradient.within(0.5, a, b, 1e-12, 5);
    assertEquals(End.NEGATIVE_CURVATURE, bound.end());
    assertEquals(0.5, Dense.norm(bound.x()), 1e-15);
    assertTrue(Dense.dot(bound.x(), b) > 0, "goes down");
  }

  @Test
  void whatLiesOutsideOfTheRadiusIsCutOffAtIt() {
    Matrix a = Matrix.diagonal(1, 3);
    double[] b = {3, 4};
    ConjugateGradient.Solution solution = ConjugateGradient.within(0.1, a, b, 1e-12, 5);
    assertEquals(End.BOUNDARY, solution.end());
    assertEquals(0.1, Dense.norm(solution.x()), 1e-15);
  }

  @Test
  void theDiagonalOfADiagonalMatrixIsExactFromOneSample() {
    assertArrayEquals(
        new double[] {1, -2, 3}, Hutchinson.diagonal(Matrix.diagonal(1, -2, 3), 1, 5));
    assertEquals(2, Hutchinson.trace(Matrix.diagonal(1, -2, 3), 4, 5));
  }

  @Test
  void theDiagonalOfAHessianIsEstimatedWithinItsStandardError() {
    Matrix dense = Matrix.of(SmallNet.objective().at(SmallNet.weights(1)));
    int samples = 2_000;
    double[] estimate = Hutchinson.diagonal(dense, samples, 1);
    for (int i = 0; i < estimate.length; i++) {
      double variance = 0;
      for (int j = 0; j < estimate.length; j++) {
        variance += i == j ? 0 : dense.at(i, j) * dense.at(i, j);
      }
      // Five standard errors: one of 20 elements is outside of them once in 80,000 seeds.
      double error = Math.sqrt(variance / samples);
      assertEquals(dense.at(i, i), estimate[i], 5 * error + 1e-15, "element " + i);
    }
  }

  @Test
  void badInputIsRefusedInASentence() {
    Matrix a = Matrix.diagonal(1, 2);
    assertEquals(
        "samples = 0: want 1 or more",
        assertThrows(IllegalArgumentException.class, () -> Hutchinson.diagonal(a, 0, 1))
            .getMessage());
    assertEquals(
        "A has 2 rows, b 1 elements, radius = Infinity, tolerance = 0.0, most = 3: want as many"
            + " elements as rows, a radius above 0 and the others at least 0",
        assertThrows(
                IllegalArgumentException.class,
                () -> ConjugateGradient.solve(a, new double[1], 0, 3))
            .getMessage());
    Objective objective = SmallNet.objective();
    assertEquals(
        "the vector has 1 elements, the tensors [2x4, 4, 4x2] have 20: both need the same number",
        assertThrows(IllegalArgumentException.class, () -> objective.value(1)).getMessage());
  }
}
