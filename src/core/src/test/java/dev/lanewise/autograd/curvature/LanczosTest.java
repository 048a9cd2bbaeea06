package dev.lanewise.autograd.curvature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("once")
final class LanczosTest {
  private static double residual(LinearOperator a, Lanczos.Eigenpair pair) {
    double[] r = a.times(pair.vector());
    Dense.add(r, -pair.value(), pair.vector());
    return Dense.norm(r);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 17, 60})
  void asManyProductsAsRowsGiveTheEndsOfTheSpectrum(int n) {
    Matrix a = Matrix.random(n, n);
    double[] values = a.eigenvalues();
    Lanczos.Extremes extremes = Lanczos.extremes(a, n, 1);
    // Both methods are backward stable: a few roundings of the norm for each row.
    double tolerance = 1e-14 * (1 + n) * a.norm();
    assertEquals(values[0], extremes.smallest().value(), tolerance);
    assertEquals(values[n - 1], extremes.largest().value(), tolerance);
    for (Lanczos.Eigenpair pair : List.of(extremes.smallest(), extremes.largest())) {
      assertEquals(1, Dense.norm(pair.vector()), 1e-13);
      assertEquals(residual(a, pair), pair.residual(), tolerance);
    }
  }

  @Test
  void fewProductsGiveBoundsThatHold() {
    Matrix a = Matrix.random(80, 2);
    double[] values = a.eigenvalues();
    Lanczos.Extremes extremes = Lanczos.extremes(a, 20, 3);
    assertEquals(20, extremes.products());
    for (Lanczos.Eigenpair pair : List.of(extremes.smallest(), extremes.largest())) {
      double nearest = Double.POSITIVE_INFINITY;
      for (double value : values) {
        nearest = Math.min(nearest, Math.abs(value - pair.value()));
      }
      assertTrue(nearest <= pair.residual() + 1e-12, nearest + " > " + pair.residual());
      assertEquals(residual(a, pair), pair.residual(), 1e-11);
      assertTrue(pair.residual() < 0.1 * a.norm(), "residual " + pair.residual());
    }
  }

  @Test
  void aMatrixOfFewEigenvaluesIsUsedUpEarly() {
    Lanczos.Extremes extremes = Lanczos.extremes(Matrix.diagonal(2, -1, 2, 2, -1, 2), 6, 1);
    assertEquals(2, extremes.products());
    assertEquals(-1, extremes.smallest().value(), 1e-14);
    assertEquals(2, extremes.largest().value(), 1e-14);
    Lanczos.Extremes zero = Lanczos.extremes(Matrix.diagonal(0, 0, 0), 3, 1);
    assertEquals(0, zero.largest().value());
    assertFalse(zero.isIndefinite());
  }

  @Test
  void theHessianOfANetHasTheEigenvaluesOfItsDenseForm() {
    Hessian hessian = SmallNet.objective().at(SmallNet.weights(1));
    Matrix dense = Matrix.of(hessian);
    double[] values = dense.eigenvalues();
    Lanczos.Extremes extremes = Lanczos.extremes(hessian, hessian.size(), 1);
    double tolerance = 1e-12 * dense.norm();
    assertEquals(values[0], extremes.smallest().value(), tolerance);
    assertEquals(values[values.length - 1], extremes.largest().value(), tolerance);
    for (int i = 0; i < dense.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertEquals(dense.at(i, j), dense.at(j, i), tolerance, "symmetry");
      }
    }
  }

  @Test
  void aSaddleIsFoundOutAndTheWayDownFromIt() {
    // x^2 - y^2 + y^4: a saddle at 0 between two minima on the axis of y.
    Objective saddle =
        new Objective(
            Graph.of(Workers.shared()),
            w ->
                Arithmetic.add(
                    Arithmetic.sub(
                        Reductions.sum(Unary.square(w.get(0))),
                        Reductions.sum(Unary.square(w.get(1)))),
                    Reductions.sum(Unary.square(Unary.square(w.get(1))))),
            List.of(TensorLayout.of(), TensorLayout.of()));
    Hessian hessian = saddle.at(0, 0);
    assertArrayEquals(new double[2], hessian.gradient(), "no slope");
    Lanczos.Extremes extremes = Lanczos.extremes(hessian, 2, 1);
    assertTrue(extremes.isIndefinite());
    double[] down = Dense.scaled(0.1, extremes.smallest().vector());
    assertTrue(saddle.value(down) < hessian.value(), "goes up");
    double minimum = Math.sqrt(0.5);
    assertFalse(Lanczos.extremes(saddle.at(0, minimum), 2, 1).isIndefinite());
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    Matrix a = Matrix.random(30, 1);
    double[] first = Lanczos.extremes(a, 10, 7).smallest().vector();
    assertArrayEquals(first, Lanczos.extremes(a, 10, 7).smallest().vector());
  }

  @Test
  void badInputIsRefusedInASentence() {
    assertEquals(
        "products = 0 with a matrix of 1 rows: want at least 1 of both",
        assertThrows(
                IllegalArgumentException.class, () -> Lanczos.extremes(Matrix.diagonal(1), 0, 1))
            .getMessage());
  }
}
