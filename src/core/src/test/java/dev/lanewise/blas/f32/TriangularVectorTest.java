package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Diagonal.NON_UNIT;
import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static dev.lanewise.blas.Triangle.LOWER;
import static dev.lanewise.blas.f32.Bits.OFFSET;
import static dev.lanewise.blas.f32.Bits.assertRefused;
import static dev.lanewise.blas.f32.Bits.assertSame;
import static dev.lanewise.blas.f32.Bits.shifted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.blas.Diagonal;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.triangular.Trmv;
import dev.lanewise.blas.triangular.Trsv;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Triangular matrices and vectors: trmv, trsv. */
@SuppressWarnings("cast")
class TriangularVectorTest {
  private static final double U = 0x1p-24;

  private record Call(
      boolean solve, Triangle triangle, Transpose trans, Diagonal diagonal, int n, int inc) {
    /** In the other layout the same memory is the transpose. */
    void run(Layout layout, float[] a, int a0, int lda, float[] x, int x0) {
      boolean rows = layout == ROW_MAJOR;
      Triangle half = rows ? triangle : Square.other(triangle);
      Transpose op = rows ? trans : trans == TRANS ? NO_TRANS : TRANS;
      if (solve) {
        Trsv.strsv(layout, half, op, diagonal, n, a, a0, lda, x, x0, inc);
      } else {
        Trmv.strmv(layout, half, op, diagonal, n, a, a0, lda, x, x0, inc);
      }
    }

    void run(MemorySegment a, int lda, MemorySegment x) {
      if (solve) {
        Trsv.strsv(ROW_MAJOR, triangle, trans, diagonal, n, a, 0, lda, x, 0, inc);
      } else {
        Trmv.strmv(ROW_MAJOR, triangle, trans, diagonal, n, a, 0, lda, x, 0, inc);
      }
    }

    int at(int i) {
      return inc > 0 ? i * inc : (i - n + 1) * inc;
    }
  }

  private static void check(Call call, int gap) {
    int n = call.n;
    Square a = Square.triangular(call.triangle, n, gap, call.diagonal, n);
    float[] x = Bits.random(n == 0 ? 0 : (n - 1) * Math.abs(call.inc) + 1, n);
    float[] result = x.clone();
    call.run(ROW_MAJOR, a.elements, 0, a.ld, result, 0);
    // A solution is judged by its residual, op(A) x against b.
    float[] factor = call.solve ? result : x;
    float[] product = call.solve ? x : result;
    for (int i = 0; i < n; i++) {
      double exact = 0;
      double magnitude = 0;
      for (int j = 0; j < n; j++) {
        double term =
            (double) a.triangular(i, j, call.trans == TRANS, call.diagonal) * factor[call.at(j)];
        exact += term;
        magnitude += Math.abs(term);
      }
      // Twice: where the oracle has the same precision it is off as much.
      double bound = 2 * (n + 2) * U / (1 - (n + 2) * U) * magnitude;
      assertEquals(exact, product[call.at(i)], bound, call + ", element " + i);
    }

    float[] columnMajor = shifted(x);
    call.run(COLUMN_MAJOR, shifted(a.elements), OFFSET, a.ld, columnMajor, OFFSET);
    assertSame(shifted(result), columnMajor, call + " column-major");

    try (GuardedFloats na = GuardedFloats.copyOf(a.elements);
        GuardedFloats nx = GuardedFloats.copyOf(x)) {
      call.run(na.segment(), a.ld, nx.segment());
      assertSame(result, nx.toArray(), call + " off-heap");
      nx.assertGuardsIntact();
    }

    float[] onHeap = x.clone();
    call.run(MemorySegment.ofArray(a.elements), a.ld, MemorySegment.ofArray(onHeap));
    assertSame(result, onHeap, call + " on heap segments");
  }

  @Test
  void everyLengthGivesTheResultWithinItsBoundAndTheSameBitsInEveryMemory() {
    for (int n : AwkwardSizes.lengths()) {
      for (boolean solve : new boolean[] {false, true}) {
        for (Triangle triangle : Triangle.values()) {
          for (Transpose trans : Transpose.values()) {
            check(new Call(solve, triangle, trans, NON_UNIT, n, 1), n % 3);
          }
        }
      }
    }
  }

  @Test
  void everyDiagonalAndIncrementGivesTheResult() {
    for (boolean solve : new boolean[] {false, true}) {
      for (Triangle triangle : Triangle.values()) {
        for (Transpose trans : Transpose.values()) {
          for (Diagonal diagonal : Diagonal.values()) {
            for (int inc : new int[] {1, 2, -1, -3}) {
              check(new Call(solve, triangle, trans, diagonal, 37, inc), 1);
            }
          }
        }
      }
    }
  }

  @Test
  void aZeroOnTheDiagonalGivesInfinitiesAndNoError() {
    float[] x = {1, 1};
    Trsv.strsv(ROW_MAJOR, LOWER, NO_TRANS, NON_UNIT, 2, new float[] {0, 9, 1, 1}, 0, 2, x, 0, 1);
    assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}, x);
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[9];
    float[] x = {1, 2, 3};
    assertRefused("n = -1", () -> trsv(-1, a, 3, x, 1));
    assertRefused("x has increment 0", () -> trsv(3, a, 3, x, 0));
    assertRefused("leading dimension 2", () -> trsv(3, a, 2, x, 1));
    assertRefused("x has 3 elements from offset 0 with increment 2", () -> trsv(3, a, 3, x, 2));
    assertRefused("x and A share elements", () -> trsv(3, a, 3, a, 1));
    assertArrayEquals(new float[] {1, 2, 3}, x);
  }

  private static void trsv(int n, float[] a, int lda, float[] x, int inc) {
    Trsv.strsv(ROW_MAJOR, LOWER, NO_TRANS, NON_UNIT, n, a, 0, lda, x, 0, inc);
  }

  @Test
  void nothingIsAllocated() {
    for (boolean solve : new boolean[] {false, true}) {
      for (Transpose trans : Transpose.values()) {
        Call call = new Call(solve, LOWER, trans, NON_UNIT, 50, 1);
        Square a = Square.triangular(LOWER, 50, 0, NON_UNIT, 1);
        float[] x = new float[50];
        assertEquals(
            0,
            AllocatedBytes.perCall(500, 200, () -> call.run(ROW_MAJOR, a.elements, 0, 50, x, 0)));
      }
    }
  }
}
