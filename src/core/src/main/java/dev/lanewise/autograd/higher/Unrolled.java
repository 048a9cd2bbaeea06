package dev.lanewise.autograd.higher;

import java.util.ArrayList;
import java.util.List;

/**
 * Steps of gradient descent that can be differentiated: with respect to where they start (C. Finn,
 * P. Abbeel, S. Levine: Model-Agnostic Meta-Learning, 2017) and to the learning rate or whatever
 * else the loss depends on (D. Maclaurin, D. Duvenaud, R. P. Adams: Gradient-based Hyperparameter
 * Optimization through Reversible Learning, 2015). All steps stay in memory.
 *
 * <pre>{@code
 * List<DoubleTensor> adapted = Unrolled.sgd(inner, start, lr, 5);
 * List<DoubleTensor> meta = Derivatives.gradients(outer.apply(adapted), start);
 * }</pre>
 */
public final class Unrolled {
  private Unrolled() {}

  /**
   * {@code w -= lr grad loss(w)}, some times.
   *
   * @param loss a scalar; may depend on other tensors too
   * @param start where it begins
   * @param lr a scalar
   * @param steps 0 or more
   * @return where it ends, in the graph
   */
  public static List<DoubleTensor> sgd(
      TensorFunction loss, List<DoubleTensor> start, DoubleTensor lr, int steps) {
    if (steps < 0 || lr.layout().elements() != 1) {
      throw new IllegalArgumentException(
          "steps = " + steps + ", lr is " + lr.layout() + ": want 0 steps or more and a scalar");
    }
    List<DoubleTensor> w = List.copyOf(start);
    for (int step = 0; step < steps; step++) {
      List<DoubleTensor> gradient = Derivatives.gradientsInGraph(loss.apply(w), w);
      List<DoubleTensor> next = new ArrayList<>();
      for (int i = 0; i < w.size(); i++) {
        next.add(Arithmetic.sub(w.get(i), Arithmetic.mul(lr, gradient.get(i))));
      }
      w = List.copyOf(next);
    }
    return w;
  }
}
