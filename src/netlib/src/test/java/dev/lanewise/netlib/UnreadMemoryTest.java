package dev.lanewise.netlib;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ludovic.netlib.blas.BLAS;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NaN where a routine must not read: the other triangle, the gaps behind columns and between the
 * elements of vectors, and results that are overwritten. One NaN that was read is in the answer.
 */
class UnreadMemoryTest {
  private static final BLAS OURS = new LanewiseBlas();
  private static final int GAP = 3;

  /** On both sides of each size from which a routine is ours. */
  static IntStream sizes() {
    return IntStream.of(1, 2, 5, 7, 8, 11, 12, 15, 16, 17, 23, 24, 25, 33, 67, 71, 72, 75, 130);
  }

  private final Random random = new Random(1);

  /**
   * Elements between -1 and 1, a gap of NaN behind each column; a diagonal large enough to solve.
   */
  private double[] matrix(int n) {
    int ld = n + GAP;
    double[] a = new double[n * ld];
    Arrays.fill(a, Double.NaN);
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        a[j * ld + i] = i == j ? 1 + random.nextDouble() : (random.nextDouble() - 0.5) / n;
      }
    }
    return a;
  }

  private static double[] triangle(boolean upper, double[] a, int n) {
    double[] half = a.clone();
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        if (upper ? i > j : i < j) {
          half[j * (n + GAP) + i] = Double.NaN;
        }
      }
    }
    return half;
  }

  private double[] vector(int n, int inc) {
    double[] x = new double[(n - 1) * inc + 1];
    Arrays.fill(x, Double.NaN);
    for (int i = 0; i < n; i++) {
      x[i * inc] = random.nextDouble() - 0.5;
    }
    return x;
  }

  private static double[] nan(int n, int inc) {
    double[] y = new double[(n - 1) * inc + 1];
    Arrays.fill(y, Double.NaN);
    return y;
  }

  private static double at(boolean upper, double[] a, int n, int i, int j, boolean symmetric) {
    boolean there = upper ? i <= j : i >= j;
    return there ? a[j * (n + GAP) + i] : symmetric ? a[i * (n + GAP) + j] : 0;
  }

  /** Element i of op(A) x. */
  private static double row(
      boolean upper, double[] a, int n, int i, double[] x, int inc, boolean trans, boolean sym) {
    double sum = 0;
    for (int j = 0; j < n; j++) {
      double element = trans ? at(upper, a, n, j, i, sym) : at(upper, a, n, i, j, sym);
      sum += element * x[j * inc];
    }
    return sum;
  }

  /** At most 2 by 130 terms of at most 1. */
  private static void assertNear(double expected, double actual, String what) {
    assertEquals(expected, actual, 2 * 132 * 132 * 0x1p-53, what);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void productsOfASymmetricMatrixReadOneTriangleAndNoOldResult(int n) {
    double[] full = matrix(n);
    for (boolean upper : new boolean[] {false, true}) {
      String uplo = upper ? "U" : "L";
      double[] a = triangle(upper, full, n);
      double[] packed = new double[n * (n + 1) / 2];
      for (int j = 0, at = 0; j < n; j++) {
        for (int i = upper ? 0 : j; i < (upper ? j + 1 : n); i++) {
          packed[at++] = a[j * (n + GAP) + i];
        }
      }
      for (int inc : new int[] {1, 2}) {
        double[] x = vector(n, inc);
        double[] y = nan(n, inc);
        double[] z = nan(n, inc);
        OURS.dsymv(uplo, n, 0.7, a, n + GAP, x, inc, 0, y, inc);
        OURS.dspmv(uplo, n, 0.7, packed, x, inc, 0, z, inc);
        for (int i = 0; i < n; i++) {
          double expected = 0.7 * row(upper, a, n, i, x, inc, false, true);
          assertNear(expected, y[i * inc], "symv " + uplo + n + " at " + i);
          assertNear(expected, z[i * inc], "spmv " + uplo + n + " at " + i);
        }
      }
      double[] c = nan(n * n, 1);
      double[] b = vector(n * n, 1);
      OURS.dsymm("L", uplo, n, n, 0.7, a, n + GAP, b, n, 0, c, n);
      double[] last = Arrays.copyOfRange(b, (n - 1) * n, n * n);
      for (int i = 0; i < n; i++) {
        double expected = 0.7 * row(upper, a, n, i, last, 1, false, true);
        assertNear(expected, c[(n - 1) * n + i], "symm " + uplo + n + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void trianglesReadNothingOfTheOtherOne(int n) {
    double[] full = matrix(n);
    for (boolean upper : new boolean[] {false, true}) {
      String uplo = upper ? "U" : "L";
      double[] a = triangle(upper, full, n);
      for (String trans : new String[] {"N", "T"}) {
        for (int inc : new int[] {1, 2}) {
          String call = uplo + trans + n + " inc " + inc;
          double[] x = vector(n, inc);
          double[] y = x.clone();
          OURS.dtrmv(uplo, trans, "N", n, a, n + GAP, y, inc);
          for (int i = 0; i < n; i++) {
            double expected = row(upper, a, n, i, x, inc, trans.equals("T"), false);
            assertNear(expected, y[i * inc], "trmv " + call + " at " + i);
          }
          OURS.dtrsv(uplo, trans, "N", n, a, n + GAP, y, inc);
          for (int i = 0; i < n; i++) {
            assertNear(x[i * inc], y[i * inc], "trsv " + call + " at " + i);
          }
        }
        double[] b = vector(n * 3, 1);
        double[] c = b.clone();
        OURS.dtrmm("L", uplo, trans, "N", n, 3, 1, a, n + GAP, c, n);
        OURS.dtrsm("L", uplo, trans, "N", n, 3, 1, a, n + GAP, c, n);
        for (int i = 0; i < 3 * n; i++) {
          assertNear(b[i], c[i], "trmm and trsm " + uplo + trans + n + " at " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void productsReadNoGapsAndNoOldResult(int n) {
    double[] a = matrix(n);
    for (String trans : new String[] {"N", "T"}) {
      for (int inc : new int[] {1, 2}) {
        double[] x = vector(n, inc);
        double[] y = nan(n, inc);
        OURS.dgemv(trans, n, n, 1, a, n + GAP, x, inc, 0, y, inc);
        for (int i = 0; i < n; i++) {
          double sum = 0;
          for (int j = 0; j < n; j++) {
            int at = trans.equals("T") ? i * (n + GAP) + j : j * (n + GAP) + i;
            sum += a[at] * x[j * inc];
          }
          assertNear(sum, y[i * inc], "gemv " + trans + n + " inc " + inc + " at " + i);
        }
      }
      double[] b = vector(n * n, 1);
      double[] c = nan(n * n, 1);
      OURS.dgemm(trans, "N", n, n, n, 1, a, n + GAP, b, n, 0, c, n);
      for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
          sum += a[trans.equals("T") ? i * (n + GAP) + j : j * (n + GAP) + i] * b[j];
        }
        assertNear(sum, c[i], "gemm " + trans + n + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void updatesLeaveTheOtherTriangleAndTheGapsAlone(int n) {
    double[] full = matrix(n);
    double[] x = vector(n, 1);
    for (boolean upper : new boolean[] {false, true}) {
      String uplo = upper ? "U" : "L";
      double[] a = triangle(upper, full, n);
      double[] updated = a.clone();
      OURS.dsyr(uplo, n, 0.5, x, 1, updated, n + GAP);
      for (int j = 0; j < n; j++) {
        for (int i = 0; i < n + GAP && j * (n + GAP) + i < a.length; i++) {
          int at = j * (n + GAP) + i;
          if (Double.isNaN(a[at])) {
            assertEquals(a[at], updated[at], "syr " + uplo + n + " at " + i + ", " + j);
          } else {
            assertNear(a[at] + 0.5 * x[i] * x[j], updated[at], "syr " + uplo + n);
          }
        }
      }
    }
    double[] updated = full.clone();
    OURS.dger(n, n, 0.5, x, 1, x, 1, updated, n + GAP);
    for (int at = 0; at < full.length; at++) {
      int i = at % (n + GAP);
      double expected = i < n ? full[at] + 0.5 * x[i] * x[at / (n + GAP)] : Double.NaN;
      assertNear(expected, updated[at], "ger " + n + " at " + at);
    }
  }
}
