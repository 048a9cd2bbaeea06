package dev.lanewise.optim.matrix;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/** Small matrices in double precision, the slow and plain way. */
final class Dense {
  private Dense() {}

  static float[] random(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static double[][] of(float[] values, int rows, int cols) {
    double[][] x = new double[rows][cols];
    for (int i = 0; i < values.length; i++) {
      x[i / cols][i % cols] = values[i];
    }
    return x;
  }

  static double[][] of(MemorySegment values, int rows, int cols) {
    return of(values.toArray(JAVA_FLOAT), rows, cols);
  }

  static double[][] combine(double a, double[][] x, double b, double[][] y) {
    double[][] z = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        z[i][j] = a * x[i][j] + b * y[i][j];
      }
    }
    return z;
  }

  static double[][] product(double[][] x, double[][] y) {
    double[][] z = new double[x.length][y[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y[0].length; j++) {
        for (int k = 0; k < y.length; k++) {
          z[i][j] += x[i][k] * y[k][j];
        }
      }
    }
    return z;
  }

  static double[][] transposed(double[][] x) {
    double[][] y = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        y[j][i] = x[i][j];
      }
    }
    return y;
  }

  static double[][] identity(int n) {
    double[][] x = new double[n][n];
    for (int i = 0; i < n; i++) {
      x[i][i] = 1;
    }
    return x;
  }

  static double norm(double[][] x) {
    double sum = 0;
    for (double[] row : x) {
      for (double value : row) {
        sum += value * value;
      }
    }
    return Math.sqrt(sum);
  }

  static double largest(double[][] x) {
    double largest = 0;
    for (double[] row : x) {
      for (double value : row) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }

  static double largestRowSum(double[][] x) {
    double largest = 0;
    for (double[] row : x) {
      double sum = 0;
      for (double value : row) {
        sum += Math.abs(value);
      }
      largest = Math.max(largest, sum);
    }
    return largest;
  }

  /** A function of a symmetric matrix, by Jacobi's rotations. */
  static double[][] function(double[][] symmetric, DoubleUnaryOperator f) {
    int n = symmetric.length;
    double[][] a = combine(1, symmetric, 0, symmetric);
    double[][] v = identity(n);
    for (int sweep = 0; sweep < 30; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    double[][] scaled = transposed(v);
    for (int i = 0; i < n; i++) {
      double value = f.applyAsDouble(a[i][i]);
      for (int j = 0; j < n; j++) {
        scaled[i][j] *= value;
      }
    }
    return product(v, scaled);
  }

  /** Makes a[p][q] zero; the eigenvectors gather in the columns of v. */
  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    for (int k = 0; k < a.length; k++) {
      double kp = a[k][p];
      a[k][p] = c * kp - s * a[k][q];
      a[k][q] = s * kp + c * a[k][q];
      double vkp = v[k][p];
      v[k][p] = c * vkp - s * v[k][q];
      v[k][q] = s * vkp + c * v[k][q];
    }
    for (int k = 0; k < a.length; k++) {
      double pk = a[p][k];
      a[p][k] = c * pk - s * a[q][k];
      a[q][k] = s * pk + c * a[q][k];
    }
  }
}
