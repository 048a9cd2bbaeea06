package dev.lanewise.jmh.netlib;

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
    solvable = new double[size];
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        solvable[j * n + i] = i == j ? 1 : 1e-12 * a[j * n + i];
      }
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
