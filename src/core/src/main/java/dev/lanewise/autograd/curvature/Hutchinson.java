package dev.lanewise.autograd.curvature;

import java.util.SplittableRandom;

/**
 * The diagonal of a matrix from its products with random signs, the mean of {@code z * A z} (C.
 * Bekas, E. Kokiopoulou, Y. Saad: An Estimator for the Diagonal of a Matrix, 2007), and the trace
 * (M. F. Hutchinson, 1989). Without bias; the variance of element i is the sum of the squares of
 * the other elements of row i, divided by the number of samples. Exact for a diagonal matrix.
 */
public final class Hutchinson {
  private Hutchinson() {}

  /**
   * The diagonal.
   *
   * @param samples products, at least 1
   * @param seed of the signs
   */
  public static double[] diagonal(LinearOperator a, int samples, long seed) {
    if (samples < 1) {
      throw new IllegalArgumentException("samples = " + samples + ": want 1 or more");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] mean = new double[a.size()];
    double[] z = new double[a.size()];
    for (int sample = 0; sample < samples; sample++) {
      for (int i = 0; i < z.length; i++) {
        z[i] = random.nextBoolean() ? 1 : -1;
      }
      double[] az = a.times(z);
      for (int i = 0; i < z.length; i++) {
        mean[i] += z[i] * az[i] / samples;
      }
    }
    return mean;
  }

  /** The trace: the sum of that. */
  public static double trace(LinearOperator a, int samples, long seed) {
    double sum = 0;
    for (double element : diagonal(a, samples, seed)) {
      sum += element;
    }
    return sum;
  }
}
