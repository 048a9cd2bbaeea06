package dev.lanewise.autograd.curvature;

/**
 * Solves {@code A x = b} by conjugate gradients (M. R. Hestenes, E. Stiefel, 1952), or finds the
 * least {@code x'Ax/2 - b'x} within a radius (T. Steihaug: The Conjugate Gradient Method and Trust
 * Regions in Large Scale Optimization, 1983): where A is not positive definite along a direction,
 * or the next place lies outside, it goes to the boundary and ends.
 *
 * <p>In exact arithmetic it needs as many products as A has different eigenvalues.
 */
public final class ConjugateGradient {
  /** Why it has ended. */
  public enum End {
    /** The residual is small enough. */
    CONVERGED,
    /** The direction it came to has no positive curvature. */
    NEGATIVE_CURVATURE,
    /** The next place would be outside of the radius. */
    BOUNDARY,
    /** As many products were computed as allowed. */
    LIMIT
  }

  /** What came out. */
  public static final class Solution {
    private final double[] x;
    private final double[] direction;
    private final double residual;
    private final int products;
    private final End end;

    private Solution(double[] x, double[] direction, double residual, int products, End end) {
      this.x = x;
      this.direction = direction;
      this.residual = residual;
      this.products = products;
      this.end = end;
    }

    /** The place, in an array of the caller's. */
    public double[] x() {
      return x.clone();
    }

    /** The last direction; of curvature 0 or less where that was the end. */
    public double[] direction() {
      return direction.clone();
    }

    /** Norm of {@code b - A x}, before a step to the boundary. */
    public double residual() {
      return residual;
    }

    /** Products with A. */
    public int products() {
      return products;
    }

    /** Why it has ended. */
    public End end() {
      return end;
    }
  }

  private ConjugateGradient() {}

  /**
   * Solves, without a radius; where the curvature is not positive it ends where it is.
   *
   * @param tolerance the norm of the residual that is small enough
   * @param most products
   */
  public static Solution solve(LinearOperator a, double[] b, double tolerance, int most) {
    return within(Double.POSITIVE_INFINITY, a, b, tolerance, most);
  }

  /**
   * The same within a radius around 0.
   *
   * @param radius above 0
   */
  public static Solution within(
      double radius, LinearOperator a, double[] b, double tolerance, int most) {
    if (b.length != a.size() || !(radius > 0) || !(tolerance >= 0) || most < 0) {
      throw new IllegalArgumentException(
          "A has "
              + a.size()
              + " rows, b "
              + b.length
              + " elements, radius = "
              + radius
              + ", tolerance = "
              + tolerance
              + ", most = "
              + most
              + ": want as many elements as rows, a radius above 0 and the others at least 0");
    }
    double[] x = new double[b.length];
    double[] r = b.clone();
    double[] d = b.clone();
    double square = Dense.dot(r, r);
    int products = 0;
    while (Math.sqrt(square) > tolerance && products < most) {
      double[] ad = a.times(d);
      products++;
      double curvature = Dense.dot(d, ad);
      if (!(curvature > 0)) {
        toBoundary(x, d, radius);
        return new Solution(x, d, Math.sqrt(square), products, End.NEGATIVE_CURVATURE);
      }
      double step = square / curvature;
      double[] next = x.clone();
      Dense.add(next, step, d);
      if (Dense.norm(next) >= radius) {
        toBoundary(x, d, radius);
        return new Solution(x, d, Math.sqrt(square), products, End.BOUNDARY);
      }
      x = next;
      Dense.add(r, -step, ad);
      double nextSquare = Dense.dot(r, r);
      d = Dense.scaled(nextSquare / square, d);
      Dense.add(d, 1, r);
      square = nextSquare;
    }
    End end = Math.sqrt(square) <= tolerance ? End.CONVERGED : End.LIMIT;
    return new Solution(x, d, Math.sqrt(square), products, end);
  }

  /** {@code x += t d} with the positive t for which the norm is the radius, if there is one. */
  private static void toBoundary(double[] x, double[] d, double radius) {
    if (radius == Double.POSITIVE_INFINITY) {
      return;
    }
    double a = Dense.dot(d, d);
    double b = Dense.dot(x, d);
    double c = Dense.dot(x, x) - radius * radius;
    Dense.add(x, (-b + Math.sqrt(Math.max(0, b * b - a * c))) / a, d);
  }
}
