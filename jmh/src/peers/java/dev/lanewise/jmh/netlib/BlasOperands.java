package dev.lanewise.jmh.netlib;

import dev.lanewise.jmh.Operands;
import java.util.SplittableRandom;

/** What the calls of a benchmark read and write. */
final class BlasOperands {
  final double[] a;
  final double[] b;
  final double[] c;
  final double[] x;
  final double[] y;
  final float[] floatA;
  final float[] floatB;
  final float[] floatC;
  final float[] floatX;
  final float[] floatY;

  /** 1 on the diagonal and little beside it: solved again and again nothing grows or vanishes. */
  final double[] solvable;

  BlasOperands(int n) {
    SplittableRandom random = new SplittableRandom(1);
    int size = Math.multiplyExact(n, n);
    a = random.doubles(size, -1, 1).toArray();
    b = random.doubles(size, -1, 1).toArray();
    c = random.doubles(size, -1, 1).toArray();
    x = random.doubles(n, -1, 1).toArray();
    y = new double[n];
    floatA = floats(a);
    floatB = floats(b);
    floatC = floats(c);
    floatX = floats(x);
    floatY = new float[n];
    solvable = new double[size];
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        solvable[j * n + i] = i == j ? 1 : 1e-12 * a[j * n + i];
      }
    }
  }

  /**
   * Checks that what was written here is what was written there, the same call by another library:
   * sums of up to n terms of at most 1, in two orders.
   *
   * @throws IllegalStateException if not
   */
  void requireNear(BlasOperands expected, String what) {
    int n = x.length;
    near(expected.c, c, n, 0x1p-53, what);
    near(expected.y, y, n, 0x1p-53, what);
    near(doubles(expected.floatC), doubles(floatC), n, 0x1p-24, what);
    near(doubles(expected.floatY), doubles(floatY), n, 0x1p-24, what);
  }

  private static void near(double[] expected, double[] actual, int n, double u, String what) {
    double tolerance = 4 * (n + 2.0) * (n + 2.0) * u;
    for (int i = 0; i < actual.length; i++) {
      if (!(Math.abs(expected[i] - actual[i]) <= tolerance)) {
        Operands.require(what + " at " + i, expected[i], actual[i], tolerance);
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
