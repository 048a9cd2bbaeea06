package dev.lanewise.autograd.higher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
final class UnrolledTest {
  private static final Graph GRAPH = Graph.of(Workers.shared());
  private static final TensorLayout SCALAR = TensorLayout.of();
  private static final double A = 0.7;
  private static final double LR = 0.3;
  private static final double START = 2;
  private static final int STEPS = 5;

  /**
   * On {@code a w^2 / 2} each step multiplies by {@code 1 - lr a}, so that {@code w = (1 - lr a)^k
   * w0}, and everything can be differentiated on paper. A few roundings of numbers near 1.
   */
  @Test
  void derivativesThroughStepsAreThoseOnPaper() {
    DoubleTensor start = GRAPH.variable(SCALAR, START);
    DoubleTensor lr = GRAPH.variable(SCALAR, LR);
    DoubleTensor a = GRAPH.variable(SCALAR, A);
    DoubleTensor end =
        Unrolled.sgd(
                w -> Arithmetic.scale(Arithmetic.mul(a, Unary.square(w.getFirst())), 0.5),
                List.of(start),
                lr,
                STEPS)
            .getFirst();
    double shrink = 1 - LR * A;
    double w = Math.pow(shrink, STEPS) * START;
    assertEquals(w, end.item(), 1e-14);
    DoubleTensor outer = Unary.square(end);
    List<DoubleTensor> gradients = Derivatives.gradients(outer, List.of(start, lr, a));
    double before = STEPS * Math.pow(shrink, STEPS - 1) * START;
    assertEquals(2 * w * Math.pow(shrink, STEPS), gradients.get(0).item(), 1e-14, "start");
    assertEquals(2 * w * before * -A, gradients.get(1).item(), 1e-14, "learning rate");
    assertEquals(2 * w * before * -LR, gradients.get(2).item(), 1e-14, "weight of the loss");
    // d2/dlr2 of (1 - lr a)^2k w0^2.
    double second =
        Derivatives.hvp(outer, List.of(lr), List.of(GRAPH.filled(SCALAR, 1))).getFirst().item();
    double expected =
        2 * STEPS * (2 * STEPS - 1) * Math.pow(shrink, 2 * STEPS - 2) * A * A * START * START;
    assertEquals(expected, second, 1e-13, "curvature in the learning rate");
  }

  @Test
  void aStartFromWhichOneStepSolvesTwoTasksIsLearnt() {
    // Tasks (w - t)^2 with t = 1 and t = 3: the best start for one step of 1/4 is the middle.
    DoubleTensor lr = GRAPH.constant(SCALAR, 0.25);
    double w0 = 10;
    for (int step = 0; step < 200; step++) {
      DoubleTensor start = GRAPH.variable(SCALAR, w0);
      DoubleTensor loss = GRAPH.constant(SCALAR, 0);
      for (double target : new double[] {1, 3}) {
        DoubleTensor t = GRAPH.constant(SCALAR, target);
        TensorFunction task = w -> Unary.square(Arithmetic.sub(w.getFirst(), t));
        loss = Arithmetic.add(loss, task.apply(Unrolled.sgd(task, List.of(start), lr, 1)));
      }
      w0 -= 0.2 * Derivatives.gradients(loss, List.of(start)).getFirst().item();
    }
    assertEquals(2, w0, 1e-9);
  }

  @Test
  void noStepIsTheStartAndBadInputIsRefused() {
    DoubleTensor start = GRAPH.variable(SCALAR, 1);
    TensorFunction loss = w -> Unary.square(w.getFirst());
    assertSame(start, Unrolled.sgd(loss, List.of(start), start, 0).getFirst());
    assertEquals(
        "steps = -1, lr is scalar: want 0 steps or more and a scalar",
        assertThrows(
                IllegalArgumentException.class, () -> Unrolled.sgd(loss, List.of(start), start, -1))
            .getMessage());
  }
}
