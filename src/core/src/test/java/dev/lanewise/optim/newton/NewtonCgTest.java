package dev.lanewise.optim.newton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.curvature.Lanczos;
import dev.lanewise.autograd.curvature.Objective;
import dev.lanewise.autograd.higher.Arithmetic;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Graph;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.autograd.higher.Reductions;
import dev.lanewise.autograd.higher.TensorFunction;
import dev.lanewise.autograd.higher.Unary;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
final class NewtonCgTest {
  private static final Graph GRAPH = Graph.of(Workers.shared());
  private static final TensorLayout SCALAR = TensorLayout.of();

  private static Objective ofTwo(TensorFunction f) {
    return new Objective(GRAPH, f, List.of(SCALAR, SCALAR));
  }

  @Test
  void rosenbrocksValleyIsPassed() {
    Objective rosenbrock =
        ofTwo(
            w -> {
              DoubleTensor bend = Arithmetic.sub(w.get(1), Unary.square(w.get(0)));
              DoubleTensor rest = Arithmetic.sub(GRAPH.filled(SCALAR, 1), w.get(0));
              return Arithmetic.add(Unary.square(rest), Arithmetic.scale(Unary.square(bend), 100));
            });
    NewtonCg.Result result = NewtonCg.minimize(rosenbrock, new double[] {-1.2, 1}, 60, 1e-10);
    assertTrue(result.gradientNorm() <= 1e-10, "gradient " + result.gradientNorm());
    // The smallest eigenvalue at the minimum is 0.4.
    assertArrayEquals(new double[] {1, 1}, result.x(), 1e-9);
  }

  @Test
  void aQuadraticIsSolvedInAFewIterations() {
    Objective quadratic =
        ofTwo(
            w ->
                Arithmetic.add(
                    Unary.square(Arithmetic.sub(w.get(0), GRAPH.filled(SCALAR, 0.5))),
                    Arithmetic.scale(Unary.square(w.get(1)), 3)));
    NewtonCg.Result result = NewtonCg.minimize(quadratic, new double[] {0.2, 0.3}, 10, 1e-12);
    assertTrue(result.iterations() <= 4, result.iterations() + " iterations");
    assertArrayEquals(new double[] {0.5, 0}, result.x(), 1e-12);
  }

  @Test
  void negativeCurvatureLeadsAwayFromASaddle() {
    // x^2 - y^2 + y^4, from beside the saddle at 0.
    Objective saddle =
        ofTwo(
            w -> {
              DoubleTensor y = Unary.square(w.get(1));
              return Arithmetic.add(Arithmetic.sub(Unary.square(w.get(0)), y), Unary.square(y));
            });
    NewtonCg.Result result = NewtonCg.minimize(saddle, new double[] {0.3, 1e-3}, 50, 1e-10);
    assertEquals(-0.25, result.value(), 1e-14);
    assertEquals(Math.sqrt(0.5), Math.abs(result.x()[1]), 1e-9);
    assertEquals(0, NewtonCg.minimize(saddle, new double[2], 50, 0).iterations(), "no slope");
  }

  @Test
  void theLossOfALogisticRegressionComesDownFasterThanLinearly() {
    int rows = 60;
    int cols = 5;
    Random random = new Random(3);
    double[] inputs = random.doubles((long) rows * cols, -1, 1).toArray();
    int[] targets = new int[rows];
    for (int row = 0; row < rows; row++) {
      targets[row] = inputs[row * cols] + 0.3 * random.nextGaussian() > 0 ? 1 : 0;
    }
    DoubleTensor x = GRAPH.constant(TensorLayout.of(rows, cols), inputs);
    Objective objective =
        new Objective(
            GRAPH,
            w ->
                Arithmetic.add(
                    Reductions.crossEntropyMean(Matrices.matmul(x, w.getFirst()), targets),
                    Arithmetic.scale(Reductions.sum(Unary.square(w.getFirst())), 1e-2)),
            List.of(TensorLayout.of(cols, 2)));
    List<Double> norms = new ArrayList<>();
    for (int most = 0; most < 8; most++) {
      norms.add(NewtonCg.minimize(objective, new double[10], most, 1e-13).gradientNorm());
    }
    assertTrue(norms.getLast() < 1e-12, "gradients " + norms);
    NewtonCg.Result result = NewtonCg.minimize(objective, new double[10], 20, 1e-13);
    Lanczos.Extremes extremes = Lanczos.extremes(objective.at(result.x()), 10, 1);
    assertTrue(extremes.smallest().value() > 0, "a minimum");
  }

  @Test
  void badInputIsRefusedInASentence() {
    Objective square = ofTwo(w -> Reductions.sum(Unary.log(w.getFirst())));
    assertEquals(
        "most = -1, tolerance = 0.0: want 0 or more of both",
        assertThrows(
                IllegalArgumentException.class,
                () -> NewtonCg.minimize(square, new double[2], -1, 0))
            .getMessage());
    assertTrue(
        String.valueOf(
                assertThrows(
                        ArithmeticException.class,
                        () -> NewtonCg.minimize(square, new double[2], 1, 0))
                    .getMessage())
            .contains("a finite start is wanted"));
  }
}
