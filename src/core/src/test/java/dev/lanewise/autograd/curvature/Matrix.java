package dev.lanewise.autograd.curvature;

import java.util.Arrays;
import java.util.Random;

/** A dense symmetric matrix, and its eigenvalues by another method than the one that is tested. */
final class Matrix implements LinearOperator {
  private final double[][] a;

  Matrix(double[]... rows) {
    a = rows;
  }

  static Matrix diagonal(double... elements) {
    double[][] rows = new double[elements.length][elements.length];
    for (int i = 0; i < elements.length; i++) {
      rows[i][i] = elements[i];
    }
    return new Matrix(rows);
  }

  static Matrix random(int n, long seed) {
    Random random = new Random(seed);
    double[][] rows = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        rows[i][j] = random.nextGaussian();
        rows[j][i] = rows[i][j];
      }
    }
    return new Matrix(rows);
  }

  /** All columns of an operator. */
  static Matrix of(LinearOperator operator) {
    double[][] rows = new double[operator.size()][];
    for (int i = 0; i < rows.length; i++) {
      double[] unit = new double[rows.length];
      unit[i] = 1;
      rows[i] = operator.times(unit);
    }
    return new Matrix(rows);
  }

  @Override
  public int size() {
    return a.length;
  }

  @Override
  public double[] times(double... v) {
    double[] y = new double[a.length];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < y.length; j++) {
        y[i] += a[i][j] * v[j];
      }
    }
    return y;
  }

  double at(int row, int col) {
    return a[row][col];
  }

  double norm() {
    double sum = 0;
    for (double[] row : a) {
      for (double element : row) {
        sum += element * element;
      }
    }
    return Math.sqrt(sum);
  }

  /** By Jacobi's rotations (C. G. J. Jacobi, 1846), smallest first. */
  double[] eigenvalues() {
    int n = a.length;
    double[][] m = new double[n][];
    for (int i = 0; i < n; i++) {
      m[i] = a[i].clone();
    }
    for (int sweep = 0; sweep < 30; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(m, p, q);
        }
      }
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = m[i][i];
    }
    Arrays.sort(values);
    return values;
  }

  private static void rotate(double[][] m, int p, int q) {
    if (m[p][q] == 0) {
      return;
    }
    double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(theta, 1));
    double c = 1 / Math.hypot(t, 1);
    double s = t * c;
    for (int k = 0; k < m.length; k++) {
      double kp = m[k][p];
      double kq = m[k][q];
      m[k][p] = c * kp - s * kq;
      m[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < m.length; k++) {
      double pk = m[p][k];
      double qk = m[q][k];
      m[p][k] = c * pk - s * qk;
      m[q][k] = s * pk + c * qk;
    }
  }
}
