package dev.lanewise.autograd.curvature;

/** A symmetric matrix that is known by its products with vectors. */
public interface LinearOperator {
  /** Rows and columns. */
  int size();

  /** {@code A v}, in an array of its own. */
  double[] times(double... v);
}
