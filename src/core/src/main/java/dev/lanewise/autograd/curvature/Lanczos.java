package dev.lanewise.autograd.curvature;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The smallest and the largest eigenvalue of a symmetric matrix, from products alone (C. Lanczos,
 * 1950), with full orthogonalisation, twice, against all vectors before (B. N. Parlett: The
 * Symmetric Eigenvalue Problem, 1980). They tell a minimum from a saddle: at a place without slope
 * and with an eigenvalue below 0 the objective goes down along its eigenvector.
 *
 * <p>Each product is kept as a vector. An eigenvalue lies within the residual of each value told;
 * which one it is, no number of products below the size of the matrix can say for certain, but
 * those at the ends are found first.
 */
public final class Lanczos {
  /** Below this part of the largest value the rest is rounding: the subspace is invariant. */
  private static final double INVARIANT = 1e-13;

  /** An approximate eigenvalue with its vector. */
  public static final class Eigenpair {
    private final double value;
    private final double[] vector;
    private final double residual;

    private Eigenpair(double value, double[] vector, double residual) {
      this.value = value;
      this.vector = vector;
      this.residual = residual;
    }

    /** The eigenvalue; one of the matrix is no further from it than {@link #residual}. */
    public double value() {
      return value;
    }

    /** Of norm 1, in an array of the caller's. */
    public double[] vector() {
      return vector.clone();
    }

    /** Norm of {@code A vector - value vector}. */
    public double residual() {
      return residual;
    }
  }

  /**
   * Both ends of the spectrum.
   *
   * @param products with the matrix
   */
  public record Extremes(Eigenpair smallest, Eigenpair largest, int products) {
    /**
     * Whether the matrix has eigenvalues of both signs for certain: further from 0 than their
     * residuals. A place without slope is a saddle then.
     */
    public boolean isIndefinite() {
      return smallest.value() + smallest.residual() < 0 && largest.value() - largest.residual() > 0;
    }
  }

  private Lanczos() {}

  /**
   * Finds them.
   *
   * @param products with {@code a} at most, at least 1; fewer where the matrix is used up before
   * @param seed of the vector it starts with
   */
  public static Extremes extremes(LinearOperator a, int products, long seed) {
    if (products < 1 || a.size() < 1) {
      throw new IllegalArgumentException(
          "products = "
              + products
              + " with a matrix of "
              + a.size()
              + " rows: want at least 1 of both");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] start = new double[a.size()];
    for (int i = 0; i < start.length; i++) {
      start[i] = random.nextDouble(-1, 1);
    }
    List<double[]> basis = new ArrayList<>();
    List<Double> alpha = new ArrayList<>();
    List<Double> beta = new ArrayList<>();
    double[] q = Dense.scaled(1 / Dense.norm(start), start);
    double scale = 0;
    while (true) {
      basis.add(q);
      double[] r = a.times(q);
      alpha.add(Dense.dot(q, r));
      scale = Math.max(scale, Dense.norm(r));
      orthogonalize(r, basis);
      orthogonalize(r, basis);
      double length = Dense.norm(r);
      beta.add(length);
      if (basis.size() == Math.min(products, a.size()) || !(length > INVARIANT * scale)) {
        return extremes(basis, alpha, beta);
      }
      q = Dense.scaled(1 / length, r);
    }
  }

  private static void orthogonalize(double[] r, List<double[]> basis) {
    for (double[] q : basis) {
      Dense.add(r, -Dense.dot(q, r), q);
    }
  }

  private static Extremes extremes(List<double[]> basis, List<Double> alpha, List<Double> beta) {
    int k = basis.size();
    double[] diagonal = alpha.stream().mapToDouble(Double::doubleValue).toArray();
    double[] beside = beta.stream().limit(k - 1).mapToDouble(Double::doubleValue).toArray();
    Tridiagonal small = Tridiagonal.of(diagonal, beside);
    int least = 0;
    int most = 0;
    for (int i = 1; i < k; i++) {
      least = small.values()[i] < small.values()[least] ? i : least;
      most = small.values()[i] > small.values()[most] ? i : most;
    }
    double last = beta.getLast();
    return new Extremes(pair(small, least, basis, last), pair(small, most, basis, last), k);
  }

  private static Eigenpair pair(Tridiagonal small, int which, List<double[]> basis, double last) {
    double[] vector = new double[basis.getFirst().length];
    for (int i = 0; i < basis.size(); i++) {
      Dense.add(vector, small.vector(i, which), basis.get(i));
    }
    double residual = last * Math.abs(small.vector(basis.size() - 1, which));
    return new Eigenpair(small.values()[which], vector, residual);
  }
}
