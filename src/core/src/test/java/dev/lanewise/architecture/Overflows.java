package dev.lanewise.architecture;

import jdk.incubator.vector.FloatVector;

/** Int products used as sizes and indices, next to their sound forms. */
@SuppressWarnings({"IntLongMath", "NarrowCalculation"}) // the fault that the rule is to find
final class Overflows {
  private Overflows() {}

  static long badWidened(int rows, int cols) {
    return rows * cols;
  }

  static long badWidenedWithConstant(int n) {
    return n * 4;
  }

  static long badWidenedLater(int r, int cols, int c) {
    int element = r * cols + c;
    return 4L * element;
  }

  static float[] badLength(int rows, int cols) {
    return new float[rows * cols];
  }

  static String[] badReferences(int n) {
    return new String[2 * n];
  }

  static float badIndex(float[] a, int r, int cols, int c) {
    return a[c + r * cols];
  }

  static void badStore(float[] a, int r, int cols, float[] b) {
    int begin = r * cols;
    for (int c = 0; c < cols; c++) {
      a[begin + c] = 2 * b[c];
    }
  }

  static FloatVector badVector(float[] a, int r, int cols) {
    return FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, a, r * cols);
  }

  static long soundWidened(int rows, int cols) {
    return (long) rows * cols + Math.multiplyExact(rows, cols);
  }

  static float[] soundLength(int rows, int cols) {
    return new float[Math.multiplyExact(rows, cols)];
  }

  static long soundCounter(int n, int lanes) {
    int i = 0;
    for (; i < n - 4 * lanes; i += 4 * lanes) {}
    return i;
  }

  static float soundPanel(float[] panel, int p, int i) {
    return panel[p * 6 + i] * (p * i);
  }
}
