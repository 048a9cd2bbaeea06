package dev.lanewise.autograd.curvature;

import dev.lanewise.autograd.higher.Derivatives;
import dev.lanewise.autograd.higher.DoubleTensor;
import java.util.List;

/**
 * The second derivatives of an {@link Objective} at a point. The gradient is computed once and kept
 * as a graph: each product then costs two gradients at most.
 */
public final class Hessian implements LinearOperator {
  private final Objective objective;
  private final List<DoubleTensor> point;
  private final double value;
  private final List<DoubleTensor> gradient;

  Hessian(
      Objective objective, List<DoubleTensor> point, double value, List<DoubleTensor> gradient) {
    this.objective = objective;
    this.point = point;
    this.value = value;
    this.gradient = gradient;
  }

  /** The value of the objective. */
  public double value() {
    return value;
  }

  /** Its gradient. */
  public double[] gradient() {
    return objective.vector(gradient);
  }

  @Override
  public int size() {
    return objective.size();
  }

  /** {@code H v}. */
  @Override
  public double[] times(double... v) {
    List<DoubleTensor> tangents = objective.tensors(false, v);
    return objective.vector(Derivatives.hessianTimes(gradient, point, tangents));
  }
}
