package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Diagonal.NON_UNIT;
import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Side.LEFT;
import static dev.lanewise.blas.Side.RIGHT;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static dev.lanewise.blas.Triangle.LOWER;
import static dev.lanewise.blas.f32.Bits.OFFSET;
import static dev.lanewise.blas.f32.Bits.assertRefused;
import static dev.lanewise.blas.f32.Bits.assertSame;
import static dev.lanewise.blas.f32.Bits.shifted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.triangular.Trmm;
import dev.lanewise.blas.triangular.Trsm;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Products with triangular matrices and their inverses. */
@SuppressWarnings("cast")
class TriangularMatrixTest {
  private static final double U = 0x1p-24;
  private static final Workers SHARED = Workers.shared();

  /** The edge of a triangle that is not cut any more, as documented. */
  private static final int LEAF = 32;

  /** One call, and what the definition makes of it. */
  private record Call(
      boolean solve,
      Side side,
      Triangle triangle,
      Transpose trans,
      Diagonal diagonal,
      int m,
      int n,
      float alpha) {
    int edge() {
      return side == LEFT ? m : n;
    }

    Square matrix(int gap) {
      return Square.triangular(triangle, edge(), gap, diagonal, 31L * m + n);
    }

    void run(
        Layout layout, float[] a, int a0, int lda, float[] b, int b0, int ldb, Workers workers) {
      boolean rows = layout == ROW_MAJOR;
      Side where = rows ? side : side == LEFT ? RIGHT : LEFT;
      Triangle half = rows ? triangle : Square.other(triangle);
      int height = rows ? m : n;
      int width = rows ? n : m;
      if (solve) {
        Trsm.strsm(
            layout, where, half, trans, diagonal, height, width, alpha, a, a0, lda, b, b0, ldb,
            workers);
      } else {
        Trmm.strmm(
            layout, where, half, trans, diagonal, height, width, alpha, a, a0, lda, b, b0, ldb,
            workers);
      }
    }

    void run(MemorySegment a, int lda, MemorySegment b, int ldb, Workers workers) {
      if (solve) {
        Trsm.strsm(
            ROW_MAJOR, side, triangle, trans, diagonal, m, n, alpha, a, 0, lda, b, 0, ldb, workers);
      } else {
        Trmm.strmm(
            ROW_MAJOR, side, triangle, trans, diagonal, m, n, alpha, a, 0, lda, b, 0, ldb, workers);
      }
    }
  }

  /** The specification itself, element by element: the library has to give these bits. */
  private static final class Specification {
    final Call call;
    final Square a;
    final float[] b;
    final int ldb;
    final boolean lower;

    Specification(Call call, Square a, float[] b, int ldb) {
      this.call = call;
      this.a = a;
      this.b = b;
      this.ldb = ldb;
      lower = (call.triangle == LOWER) != transposed();
    }

    boolean transposed() {
      return (call.trans == TRANS) == (call.side == LEFT);
    }

    /** Element (i, j) of the triangle that stands before lines. */
    float s(int i, int j) {
      return a.triangular(i, j, transposed(), call.diagonal);
    }

    /** Where element j of line i is. */
    int at(int i, int j) {
      return call.side == LEFT ? i * ldb + j : j * ldb + i;
    }

    int width() {
      return call.side == LEFT ? call.n : call.m;
    }

    float[] result() {
      for (int i = 0; i < call.edge(); i++) {
        for (int j = 0; j < width(); j++) {
          if (call.alpha == 0f) {
            b[at(i, j)] = 0f;
          } else if (call.solve) {
            b[at(i, j)] *= call.alpha;
          }
        }
      }
      if (call.alpha != 0f) {
        triangle(0, call.edge());
      }
      return b;
    }

    void triangle(int begin, int end) {
      if (end - begin <= LEAF) {
        for (int step = 0; step < end - begin; step++) {
          line(lower == call.solve ? begin + step : end - 1 - step, begin, end);
        }
        return;
      }
      int middle = begin + Math.ceilDiv((end - begin) / 2, LEAF) * LEAF;
      boolean firstHalfFirst = lower == call.solve;
      int[] one = firstHalfFirst ? new int[] {begin, middle} : new int[] {middle, end};
      int[] two = firstHalfFirst ? new int[] {middle, end} : new int[] {begin, middle};
      triangle(one[0], one[1]);
      int[] to = call.solve ? two : one;
      int[] from = call.solve ? one : two;
      for (int i = to[0]; i < to[1]; i++) {
        for (int j = 0; j < width(); j++) {
          for (int p = from[0]; p < from[1]; p++) {
            float factor = call.solve ? -1f : call.alpha;
            float x = b[at(p, j)];
            // alpha goes to the left operand of the product
            b[at(i, j)] =
                call.side == LEFT
                    ? Math.fma(factor * s(i, p), x, b[at(i, j)])
                    : Math.fma(factor * x, s(i, p), b[at(i, j)]);
          }
        }
      }
      triangle(two[0], two[1]);
    }

    void line(int i, int begin, int end) {
      for (int j = 0; j < width(); j++) {
        float sum = b[at(i, j)];
        if (!call.solve) {
          sum *= call.alpha * s(i, i);
        }
        for (int p = lower ? begin : i + 1; p < (lower ? i : end); p++) {
          float factor = call.solve ? -1f : call.alpha;
          sum = Math.fma(factor * s(i, p), b[at(p, j)], sum);
        }
        b[at(i, j)] = call.solve ? sum / s(i, i) : sum;
      }
    }
  }

  private static void check(Call call, int gap, Workers workers) {
    Square a = call.matrix(gap);
    int ldb = Math.max(1, call.n + gap);
    float[] b = Bits.random(call.m == 0 ? 0 : (call.m - 1) * ldb + call.n, call.m + 7L * call.n);
    float[] expected = new Specification(call, a, b.clone(), ldb).result();

    float[] onArrays = b.clone();
    call.run(ROW_MAJOR, a.elements, 0, a.ld, onArrays, 0, ldb, workers);
    assertSame(expected, onArrays, call + " on arrays");

    float[] columnMajor = shifted(b);
    call.run(COLUMN_MAJOR, shifted(a.elements), OFFSET, a.ld, columnMajor, OFFSET, ldb, workers);
    assertSame(shifted(expected), columnMajor, call + " column-major");

    try (GuardedFloats na = GuardedFloats.copyOf(a.elements);
        GuardedFloats nb = GuardedFloats.copyOf(b)) {
      call.run(na.segment(), a.ld, nb.segment(), ldb, workers);
      assertSame(expected, nb.toArray(), call + " off-heap");
      nb.assertGuardsIntact();
    }

    float[] onHeap = b.clone();
    call.run(MemorySegment.ofArray(a.elements), a.ld, MemorySegment.ofArray(onHeap), ldb, workers);
    assertSame(expected, onHeap, call + " on heap segments");
  }

  private static void checkAll(int m, int n, float alpha, int gap) {
    for (boolean solve : new boolean[] {false, true}) {
      for (Side side : Side.values()) {
        for (Triangle triangle : Triangle.values()) {
          for (Transpose trans : Transpose.values()) {
            for (Diagonal diagonal : Diagonal.values()) {
              check(new Call(solve, side, triangle, trans, diagonal, m, n, alpha), gap, SHARED);
            }
          }
        }
      }
    }
  }

  @Test
  void everyEdgeGivesTheBitsOfTheDefinition() {
    for (int n : AwkwardSizes.edges()) {
      checkAll(n, 5, 1f, 0);
      checkAll(6, n, 0.7f, 2);
    }
  }

  @Test
  void edgesAroundTheCutsGiveTheBitsOfTheDefinition() {
    for (int n : new int[] {31, 32, 33, 63, 64, 65, 96, 129, 200}) {
      checkAll(n, 3, -1f, 0);
      checkAll(2, n, 0.7f, 1);
    }
  }

  @Test
  void moreColumnsThanTheScratchHasGiveTheBitsOfTheDefinition() {
    checkAll(40, 261, 0.7f, 0);
    checkAll(261, 40, 1f, 1);
  }

  @Test
  void withoutElementsOrWithAlpha0NothingOfAIsNeeded() {
    for (float alpha : new float[] {0f, 1f}) {
      checkAll(0, 3, alpha, 0);
      checkAll(3, 0, alpha, 0);
      checkAll(33, 3, 0f, 1);
    }
    float[] nan = {Float.NaN, Float.NaN};
    Trsm.strsm(
        ROW_MAJOR, LEFT, LOWER, NO_TRANS, NON_UNIT, 1, 2, 0f, nan.clone(), 0, 1, nan, 0, 2, SHARED);
    assertArrayEquals(new float[] {0, 0}, nan);
  }

  @Property(tries = 40)
  void anyShapeOnAnyNumberOfThreadsGivesTheBitsOfTheDefinition(
      @ForAll @IntRange(max = 150) int m,
      @ForAll @IntRange(max = 150) int n,
      @ForAll boolean solve,
      @ForAll Side side,
      @ForAll Triangle triangle,
      @ForAll Transpose trans,
      @ForAll Diagonal diagonal,
      @ForAll @IntRange(min = 1, max = 3) int threads) {
    try (Workers workers = Workers.of(threads)) {
      check(new Call(solve, side, triangle, trans, diagonal, m, n, 1.3f), 1, workers);
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        for (boolean solve : new boolean[] {false, true}) {
          for (Side side : Side.values()) {
            Triangle triangle = side == LEFT ? LOWER : Triangle.UPPER;
            check(new Call(solve, side, triangle, TRANS, NON_UNIT, 200, 201, 0.7f), 0, workers);
          }
        }
      }
    }
  }

  @Test
  void theErrorStaysWithinTheBoundOfTheDocumentation() {
    int n = 150;
    int width = 9;
    // Residuals are summed in double precision and add as much again where that is the precision.
    double gamma = 2 * (n + 2) * U / (1 - (n + 2) * U);
    for (Triangle triangle : Triangle.values()) {
      for (boolean solve : new boolean[] {false, true}) {
        Call call = new Call(solve, LEFT, triangle, NO_TRANS, NON_UNIT, n, width, 0.7f);
        Square a = call.matrix(0);
        float[] b = Bits.random(n * width, 3);
        float[] x = b.clone();
        call.run(ROW_MAJOR, a.elements, 0, a.ld, x, 0, width, SHARED);
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < width; j++) {
            double sum = 0;
            double magnitude = 0;
            for (int p = 0; p < n; p++) {
              double term =
                  (double) a.triangular(i, p, false, NON_UNIT) * (solve ? x : b)[p * width + j];
              sum += solve ? term : 0.7f * term;
              magnitude += Math.abs(solve ? term : 0.7f * term);
            }
            double exact = solve ? (double) 0.7f * b[i * width + j] : x[i * width + j];
            double bound = gamma * magnitude + U * Math.abs(exact);
            assertTrue(Math.abs(sum - exact) <= bound, call + " " + Math.abs(sum - exact));
          }
        }
      }
    }
  }

  @Test
  void aSolutionUndoesAProduct() {
    for (Side side : Side.values()) {
      for (Transpose trans : Transpose.values()) {
        Call product = new Call(false, side, LOWER, trans, NON_UNIT, 100, 90, 2f);
        Call solution = new Call(true, side, LOWER, trans, NON_UNIT, 100, 90, 0.5f);
        Square a = product.matrix(0);
        float[] b = Bits.random(9000, 1);
        float[] x = b.clone();
        product.run(ROW_MAJOR, a.elements, 0, a.ld, x, 0, 90, SHARED);
        solution.run(ROW_MAJOR, a.elements, 0, a.ld, x, 0, 90, SHARED);
        // Both steps are within gamma(102) of |A^-1||A||x|, which is at most 6 here.
        assertArrayEquals(b, x, (float) (2 * 6 * 102 * U));
      }
    }
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[9];
    float[] b = {1, 2, 3, 4, 5, 6};
    assertRefused("m = -1, n = 2", () -> strsm(LEFT, -1, 2, a, 3, b, 2));
    assertRefused("A lies as 3x3 with leading dimension 2", () -> strsm(LEFT, 3, 2, a, 2, b, 2));
    assertRefused("B lies as 3x2 with leading dimension 1", () -> strsm(LEFT, 3, 2, a, 3, b, 1));
    assertRefused("needs 16 elements", () -> strsm(RIGHT, 1, 4, a, 4, b, 4));
    assertRefused("B and A share elements", () -> strsm(LEFT, 2, 2, b, 2, b, 2));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, b);
  }

  private static void strsm(Side side, int m, int n, float[] a, int lda, float[] b, int ldb) {
    Trsm.strsm(ROW_MAJOR, side, LOWER, NO_TRANS, NON_UNIT, m, n, 1f, a, 0, lda, b, 0, ldb, SHARED);
  }

  @Test
  void nothingIsAllocated() {
    for (boolean solve : new boolean[] {false, true}) {
      Call call = new Call(solve, RIGHT, LOWER, TRANS, NON_UNIT, 30, 70, 1f);
      Square a = call.matrix(0);
      float[] b = new float[30 * 70];
      assertEquals(
          0,
          AllocatedBytes.perCall(
              300, 100, () -> call.run(ROW_MAJOR, a.elements, 0, a.ld, b, 0, 70, SHARED)));
    }
  }
}
