package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Side.LEFT;
import static dev.lanewise.blas.Side.RIGHT;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Triangle.LOWER;
import static dev.lanewise.blas.Triangle.UPPER;
import static dev.lanewise.blas.f32.Bits.OFFSET;
import static dev.lanewise.blas.f32.Bits.assertRefused;
import static dev.lanewise.blas.f32.Bits.assertSame;
import static dev.lanewise.blas.f32.Bits.shifted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Side;
import dev.lanewise.blas.Triangle;
import dev.lanewise.blas.symmetric.Symm;
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

class SymmTest {
  private static final Workers SHARED = Workers.shared();

  private static Side other(Side side) {
    return side == LEFT ? RIGHT : LEFT;
  }

  /** The general product with all of A gives the bits, in each kind of memory and both layouts. */
  private static void check(
      Side side,
      Triangle triangle,
      int m,
      int n,
      float alpha,
      float beta,
      int gap,
      Workers workers) {
    Square a = Square.symmetric(triangle, side == LEFT ? m : n, gap, 31L * m + n);
    int ld = Math.max(1, n + gap);
    float[] b = Bits.random(m == 0 ? 0 : (m - 1) * ld + n, m);
    float[] c = Bits.random(b.length, n);
    if (beta == 0f) {
      for (int i = 0; i < m; i++) {
        Arrays.fill(c, i * ld, i * ld + n, Float.NaN);
      }
    }
    float[] expected = c.clone();
    float[] full = a.completed();
    int edge = Math.max(1, a.n);
    if (side == LEFT) {
      Gemm.sgemm(
          NO_TRANS, NO_TRANS, m, n, m, alpha, full, 0, edge, b, 0, ld, beta, expected, 0, ld,
          SHARED);
    } else {
      Gemm.sgemm(
          NO_TRANS, NO_TRANS, m, n, n, alpha, b, 0, ld, full, 0, edge, beta, expected, 0, ld,
          SHARED);
    }
    String what = side + " " + triangle + " " + m + "x" + n + " alpha " + alpha + " beta " + beta;

    float[] onArrays = c.clone();
    Symm.ssymm(
        ROW_MAJOR,
        side,
        triangle,
        m,
        n,
        alpha,
        a.elements,
        0,
        a.ld,
        b,
        0,
        ld,
        beta,
        onArrays,
        0,
        ld,
        workers);
    assertSame(expected, onArrays, what);

    float[] columnMajor = shifted(c);
    Symm.ssymm(
        COLUMN_MAJOR,
        other(side),
        Square.other(triangle),
        n,
        m,
        alpha,
        shifted(a.elements),
        OFFSET,
        a.ld,
        shifted(b),
        OFFSET,
        ld,
        beta,
        columnMajor,
        OFFSET,
        ld,
        workers);
    assertSame(shifted(expected), columnMajor, what + " column-major");

    try (GuardedFloats na = GuardedFloats.copyOf(a.elements);
        GuardedFloats nb = GuardedFloats.copyOf(b);
        GuardedFloats nc = GuardedFloats.copyOf(c)) {
      Symm.ssymm(
          ROW_MAJOR,
          side,
          triangle,
          m,
          n,
          alpha,
          na.segment(),
          0,
          a.ld,
          nb.segment(),
          0,
          ld,
          beta,
          nc.segment(),
          0,
          ld,
          workers);
      assertSame(expected, nc.toArray(), what + " off-heap");
      nc.assertGuardsIntact();
    }

    float[] onHeap = c.clone();
    Symm.ssymm(
        ROW_MAJOR,
        side,
        triangle,
        m,
        n,
        alpha,
        MemorySegment.ofArray(a.elements),
        0,
        a.ld,
        MemorySegment.ofArray(b),
        0,
        ld,
        beta,
        MemorySegment.ofArray(onHeap),
        0,
        ld,
        workers);
    assertSame(expected, onHeap, what + " on heap segments");
  }

  private static void checkBothSides(int m, int n, float alpha, float beta, int gap) {
    for (Side side : Side.values()) {
      for (Triangle triangle : Triangle.values()) {
        check(side, triangle, m, n, alpha, beta, gap, SHARED);
      }
    }
  }

  @Test
  void everyEdgeGivesTheBitsOfTheGeneralProduct() {
    for (int n : AwkwardSizes.edges()) {
      checkBothSides(n, 9, 1f, 0f, 0);
      checkBothSides(13, n, 0.7f, 1.3f, 3);
    }
  }

  @Test
  void edgesAroundTheSquareOnTheDiagonalGiveTheBitsOfTheGeneralProduct() {
    for (int n : new int[] {255, 256, 257, 300, 513}) {
      checkBothSides(n, 7, 0.7f, 1.3f, 0);
      checkBothSides(5, n, 1f, 0f, 1);
    }
  }

  @Test
  void everyAlphaAndBetaGivesTheBitsOfTheGeneralProduct() {
    for (float alpha : new float[] {0f, 1f, 0.7f, -1f}) {
      for (float beta : new float[] {0f, 1f, 1.3f}) {
        for (int n : new int[] {0, 1, 33}) {
          checkBothSides(n, 12, alpha, beta, 1);
          checkBothSides(12, n, alpha, beta, 0);
        }
      }
    }
  }

  @Property(tries = 40)
  void anyShapeOnAnyNumberOfThreadsGivesTheBitsOfTheGeneralProduct(
      @ForAll @IntRange(max = 290) int m,
      @ForAll @IntRange(max = 290) int n,
      @ForAll Side side,
      @ForAll Triangle triangle,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll @IntRange(min = 1, max = 3) int threads) {
    try (Workers workers = Workers.of(threads)) {
      check(side, triangle, m, n, -0.7f, 1f, gap, workers);
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        check(LEFT, LOWER, 300, 131, 0.7f, 1.3f, 1, workers);
        check(LEFT, UPPER, 140, 301, 0.7f, 1.3f, 0, workers);
        check(RIGHT, LOWER, 131, 300, 0.7f, 1.3f, 0, workers);
        check(RIGHT, UPPER, 301, 140, 0.7f, 1.3f, 1, workers);
      }
    }
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[9];
    float[] b = new float[6];
    float[] c = {1, 2, 3, 4, 5, 6};
    assertRefused("m = -1, n = 2", () -> ssymm(LEFT, -1, 2, a, 3, b, 2, c, 2));
    assertRefused("leading dimension 2", () -> ssymm(LEFT, 3, 2, a, 2, b, 2, c, 2));
    assertRefused(
        "B lies as 3x2 with leading dimension 1", () -> ssymm(LEFT, 3, 2, a, 3, b, 1, c, 2));
    assertRefused("needs 16 elements", () -> ssymm(RIGHT, 1, 4, a, 4, b, 4, c, 4));
    assertRefused("C and A share elements", () -> ssymm(LEFT, 3, 2, a, 3, b, 2, a, 2));
    assertRefused("C and B share elements", () -> ssymm(LEFT, 3, 2, a, 3, c, 2, c, 2));
    assertRefused(
        "read-only",
        () ->
            Symm.ssymm(
                ROW_MAJOR,
                LEFT,
                LOWER,
                3,
                2,
                1f,
                MemorySegment.ofArray(a),
                0,
                3,
                MemorySegment.ofArray(b),
                0,
                2,
                0f,
                MemorySegment.ofArray(c).asReadOnly(),
                0,
                2,
                SHARED));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, c);
  }

  private static void ssymm(
      Side side, int m, int n, float[] a, int lda, float[] b, int ldb, float[] c, int ldc) {
    Symm.ssymm(ROW_MAJOR, side, LOWER, m, n, 1f, a, 0, lda, b, 0, ldb, 0f, c, 0, ldc, SHARED);
  }

  @Test
  void nothingIsAllocated() {
    float[] a = Bits.random(90 * 90, 1);
    float[] b = Bits.random(90 * 40, 2);
    float[] c = new float[90 * 40];
    assertEquals(
        0, AllocatedBytes.perCall(300, 100, () -> ssymm(LEFT, 90, 40, a, 90, b, 40, c, 40)));
    assertEquals(
        0, AllocatedBytes.perCall(300, 100, () -> ssymm(RIGHT, 40, 90, a, 90, b, 90, c, 90)));
  }
}
