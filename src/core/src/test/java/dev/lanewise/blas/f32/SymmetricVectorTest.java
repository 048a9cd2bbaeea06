package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Triangle.LOWER;
import static dev.lanewise.blas.f32.Bits.OFFSET;
import static dev.lanewise.blas.f32.Bits.assertRefused;
import static dev.lanewise.blas.f32.Bits.assertSame;
import static dev.lanewise.blas.f32.Bits.shifted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.Spmv;
import dev.lanewise.blas.symmetric.Spr;
import dev.lanewise.blas.symmetric.Symv;
import dev.lanewise.blas.symmetric.Syr;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Symmetric matrices and vectors: symv, spmv, syr, spr. */
@SuppressWarnings("cast")
class SymmetricVectorTest {
  private static final double U = 0x1p-24;
  private static final Workers SHARED = Workers.shared();

  /** Element i of a vector in memory. */
  private static int at(int i, int n, int inc) {
    return inc > 0 ? i * inc : (i - n + 1) * inc;
  }

  private static float[] vector(int n, int inc, long seed) {
    return Bits.random(n == 0 ? 0 : (n - 1) * Math.abs(inc) + 1, seed);
  }

  private static void checkProduct(
      Triangle triangle, int n, float alpha, int incX, float beta, int incY, int gap) {
    Square a = Square.symmetric(triangle, n, gap, n);
    float[] x = vector(n, incX, 1);
    float[] y = vector(n, incY, 2);
    if (beta == 0f) {
      Arrays.fill(y, Float.NaN);
    }
    String what =
        triangle + " n " + n + " alpha " + alpha + " beta " + beta + " inc " + incX + incY;

    float[] result = y.clone();
    Symv.ssymv(
        ROW_MAJOR, triangle, n, alpha, a.elements, 0, a.ld, x, 0, incX, beta, result, 0, incY);
    for (int i = 0; i < n; i++) {
      double old = beta == 0f ? 0 : (double) beta * y[at(i, n, incY)];
      double exact = old;
      double magnitude = Math.abs(old);
      for (int j = 0; j < n && alpha != 0f; j++) {
        double term = (double) alpha * a.symmetric(i, j) * x[at(j, n, incX)];
        exact += term;
        magnitude += Math.abs(term);
      }
      // Twice: where the oracle has the same precision it is off as much.
      double bound = 2 * (n + 3) * U / (1 - (n + 3) * U) * magnitude;
      assertEquals(exact, result[at(i, n, incY)], bound, what + ", element " + i);
    }

    Triangle other = Square.other(triangle);
    float[] packed = a.packed();
    float[] columnMajor = shifted(y);
    Symv.ssymv(
        COLUMN_MAJOR,
        other,
        n,
        alpha,
        shifted(a.elements),
        OFFSET,
        a.ld,
        shifted(x),
        OFFSET,
        incX,
        beta,
        columnMajor,
        OFFSET,
        incY);
    assertSame(shifted(result), columnMajor, what + " column-major");

    float[] fromPacked = y.clone();
    Spmv.sspmv(ROW_MAJOR, triangle, n, alpha, packed, 0, x, 0, incX, beta, fromPacked, 0, incY);
    assertSame(result, fromPacked, what + " packed");

    float[] packedColumns = shifted(y);
    Spmv.sspmv(
        COLUMN_MAJOR,
        other,
        n,
        alpha,
        shifted(packed),
        OFFSET,
        shifted(x),
        OFFSET,
        incX,
        beta,
        packedColumns,
        OFFSET,
        incY);
    assertSame(shifted(result), packedColumns, what + " packed column-major");

    try (GuardedFloats na = GuardedFloats.copyOf(a.elements);
        GuardedFloats np = GuardedFloats.copyOf(packed);
        GuardedFloats nx = GuardedFloats.copyOf(x);
        GuardedFloats ny = GuardedFloats.copyOf(y);
        GuardedFloats nz = GuardedFloats.copyOf(y)) {
      Symv.ssymv(
          ROW_MAJOR,
          triangle,
          n,
          alpha,
          na.segment(),
          0,
          a.ld,
          nx.segment(),
          0,
          incX,
          beta,
          ny.segment(),
          0,
          incY);
      assertSame(result, ny.toArray(), what + " off-heap");
      Spmv.sspmv(
          ROW_MAJOR,
          triangle,
          n,
          alpha,
          np.segment(),
          0,
          nx.segment(),
          0,
          incX,
          beta,
          nz.segment(),
          0,
          incY);
      assertSame(result, nz.toArray(), what + " packed off-heap");
      ny.assertGuardsIntact();
      nz.assertGuardsIntact();
    }

    float[] onHeap = y.clone();
    Symv.ssymv(
        ROW_MAJOR,
        triangle,
        n,
        alpha,
        MemorySegment.ofArray(a.elements),
        0,
        a.ld,
        MemorySegment.ofArray(x),
        0,
        incX,
        beta,
        MemorySegment.ofArray(onHeap),
        0,
        incY);
    assertSame(result, onHeap, what + " on heap segments");
  }

  private static void checkUpdate(
      Triangle triangle, int n, float alpha, int incX, int gap, Workers workers) {
    Square a = Square.symmetric(triangle, n, gap, n);
    float[] x = vector(n, incX, 1);
    if (n > 2) {
      x[at(1, n, incX)] = 0f;
    }
    String what = triangle + " n " + n + " alpha " + alpha + " inc " + incX;
    float[] expected = a.elements.clone();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        float xi = x[at(i, n, incX)];
        if (a.contains(i, j) && xi != 0f && alpha != 0f) {
          int e = i * a.ld + j;
          expected[e] = Math.fma(alpha * xi, x[at(j, n, incX)], expected[e]);
        }
      }
    }

    float[] square = a.elements.clone();
    Syr.ssyr(ROW_MAJOR, triangle, n, alpha, x, 0, incX, square, 0, a.ld, workers);
    assertSame(expected, square, what);

    Triangle other = Square.other(triangle);
    float[] columnMajor = shifted(a.elements);
    Syr.ssyr(
        COLUMN_MAJOR,
        other,
        n,
        alpha,
        shifted(x),
        OFFSET,
        incX,
        columnMajor,
        OFFSET,
        a.ld,
        workers);
    assertSame(shifted(expected), columnMajor, what + " column-major");

    float[] packed = a.packed();
    float[] packedColumns = shifted(packed);
    System.arraycopy(expected, 0, a.elements, 0, expected.length);
    float[] expectedPacked = a.packed();
    try (GuardedFloats np = GuardedFloats.copyOf(packed);
        GuardedFloats nx = GuardedFloats.copyOf(x)) {
      Spr.sspr(ROW_MAJOR, triangle, n, alpha, nx.segment(), 0, incX, np.segment(), 0, workers);
      assertSame(expectedPacked, np.toArray(), what + " packed off-heap");
      np.assertGuardsIntact();
    }
    Spr.sspr(
        COLUMN_MAJOR, other, n, alpha, shifted(x), OFFSET, incX, packedColumns, OFFSET, workers);
    assertSame(shifted(expectedPacked), packedColumns, what + " packed column-major");
    Spr.sspr(ROW_MAJOR, triangle, n, alpha, x, 0, incX, packed, 0, workers);
    assertSame(expectedPacked, packed, what + " packed");
  }

  @Test
  void everyLengthGivesTheProductWithinItsBoundAndTheSameBitsInEveryMemory() {
    for (int n : AwkwardSizes.lengths()) {
      for (Triangle triangle : Triangle.values()) {
        checkProduct(triangle, n, 0.7f, 1, 1.3f, 1, n % 3);
      }
    }
  }

  @Test
  void everyAlphaBetaAndIncrementGivesTheProduct() {
    for (Triangle triangle : Triangle.values()) {
      for (float alpha : new float[] {0f, 1f, -1f}) {
        for (float beta : new float[] {0f, 1f, 1.3f}) {
          for (int incX : new int[] {1, 2, -1, -3}) {
            for (int incY : new int[] {1, 3, -2}) {
              checkProduct(triangle, 19, alpha, incX, beta, incY, 1);
            }
          }
        }
      }
    }
  }

  @Test
  void severalBlocksOfColumnsGiveTheProductWithinItsBoundAndTheSameBits() {
    int n = 16_384 / Float.BYTES + 37;
    float[] ap = Bits.random(n * (n + 1) / 2, 1);
    float[] x = Bits.random(n, 2);
    float[] y = Bits.random(n, 3);
    MemorySegment segment = MemorySegment.ofArray(ap);
    for (Triangle triangle : Triangle.values()) {
      float[] result = y.clone();
      Spmv.sspmv(ROW_MAJOR, triangle, n, 0.7f, ap, 0, x, 0, 1, 1.3f, result, 0, 1);
      double[] exact = new double[n];
      double[] magnitude = new double[n];
      for (int i = 0, at = 0; i < n; i++) {
        exact[i] += (double) 1.3f * y[i];
        magnitude[i] += Math.abs((double) 1.3f * y[i]);
        int past = triangle == LOWER ? i + 1 : n;
        for (int j = triangle == LOWER ? 0 : i; j < past; j++, at++) {
          double term = (double) 0.7f * ap[at];
          exact[i] += term * x[j];
          magnitude[i] += Math.abs(term * x[j]);
          if (j != i) {
            exact[j] += term * x[i];
            magnitude[j] += Math.abs(term * x[i]);
          }
        }
      }
      double gamma = (n + 3) * U / (1 - (n + 3) * U);
      for (int i = 0; i < n; i++) {
        assertEquals(exact[i], result[i], 2 * gamma * magnitude[i], triangle + ", element " + i);
      }
      float[] staged = y.clone();
      MemorySegment out = MemorySegment.ofArray(staged);
      MemorySegment in = MemorySegment.ofArray(x);
      Spmv.sspmv(ROW_MAJOR, triangle, n, 0.7f, segment, 0, in, 0, 1, 1.3f, out, 0, 1);
      assertSame(result, staged, triangle + " in segments");
    }
  }

  @Test
  void everyLengthAndIncrementGivesTheBitsOfTheUpdate() {
    for (int n : AwkwardSizes.lengths()) {
      for (Triangle triangle : Triangle.values()) {
        checkUpdate(triangle, n, 0.7f, n % 2 == 0 ? 1 : -2, n % 3, SHARED);
      }
    }
    checkUpdate(LOWER, 7, 0f, 1, 0, SHARED);
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheBitsOfTheUpdate() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        for (Triangle triangle : Triangle.values()) {
          checkUpdate(triangle, 701, 0.7f, 1, 3, workers);
        }
      }
    }
  }

  /** A symmetric matrix is its own adjoint. */
  @Property(tries = 50)
  void theProductIsItsOwnAdjoint(
      @ForAll @IntRange(min = 1, max = 200) int n, @ForAll Triangle triangle, @ForAll int seed) {
    Square a = Square.symmetric(triangle, n, 0, seed);
    float[] v = Bits.random(n, seed + 1L);
    float[] w = Bits.random(n, seed + 2L);
    float[] av = new float[n];
    float[] aw = new float[n];
    Symv.ssymv(ROW_MAJOR, triangle, n, 1f, a.elements, 0, n, v, 0, 1, 0f, av, 0, 1);
    Symv.ssymv(ROW_MAJOR, triangle, n, 1f, a.elements, 0, n, w, 0, 1, 0f, aw, 0, 1);
    double left = 0;
    double right = 0;
    for (int i = 0; i < n; i++) {
      left += (double) w[i] * av[i];
      right += (double) v[i] * aw[i];
    }
    // |w|'|A||v| is at most n * n
    double gamma = (n + 3) * U / (1 - (n + 3) * U);
    assertTrue(Math.abs(left - right) <= 4 * gamma * n * n, left + " and " + right);
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[9];
    float[] x = new float[3];
    float[] y = {1, 2, 3};
    assertRefused("n = -1", () -> symv(-1, a, 3, x, 1, y, 1));
    assertRefused("x has increment 0", () -> symv(3, a, 3, x, 0, y, 1));
    assertRefused("leading dimension 2", () -> symv(3, a, 2, x, 1, y, 1));
    assertRefused(
        "y has 3 elements from offset 0 with increment 2", () -> symv(3, a, 3, x, 1, y, 2));
    assertRefused("y and A share elements", () -> symv(3, a, 3, x, 1, a, 1));
    assertRefused("share elements", () -> symv(3, a, 3, y, 1, y, 1));
    assertRefused(
        "AP has 10 elements",
        () -> Spmv.sspmv(ROW_MAJOR, LOWER, 4, 1f, a, 0, new float[4], 0, 1, 0f, y, 0, 1));
    assertRefused(
        "x and AP share elements", () -> Spr.sspr(ROW_MAJOR, LOWER, 3, 1f, a, 4, 1, a, 0, SHARED));
    assertRefused(
        "x has increment 0", () -> Syr.ssyr(ROW_MAJOR, LOWER, 3, 1f, x, 0, 0, a, 0, 3, SHARED));
    assertArrayEquals(new float[] {1, 2, 3}, y);
    assertArrayEquals(new float[9], a);
  }

  private static void symv(int n, float[] a, int lda, float[] x, int incX, float[] y, int incY) {
    Symv.ssymv(ROW_MAJOR, LOWER, n, 1f, a, 0, lda, x, 0, incX, 0f, y, 0, incY);
  }

  @Test
  void nothingIsAllocated() {
    float[] a = Bits.random(50 * 50, 1);
    float[] x = Bits.random(50, 2);
    float[] y = new float[50];
    for (Layout layout : Layout.values()) {
      assertEquals(
          0,
          AllocatedBytes.perCall(
              500, 200, () -> Symv.ssymv(layout, LOWER, 50, 1f, a, 0, 50, x, 0, 1, 0f, y, 0, 1)));
      assertEquals(
          0,
          AllocatedBytes.perCall(
              500, 200, () -> Spr.sspr(layout, LOWER, 50, 1f, x, 0, 1, a, 0, SHARED)));
    }
  }
}
