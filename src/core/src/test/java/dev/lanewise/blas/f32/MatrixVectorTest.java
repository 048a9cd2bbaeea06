package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Gemv;
import dev.lanewise.blas.Ger;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Transpose;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MatrixVectorTest {
  private static final double U = 0x1p-24;
  private static final Workers SHARED = Workers.shared();
  private static final Layout[] LAYOUTS = {ROW_MAJOR, COLUMN_MAJOR};

  /** A matrix in memory: lines of neighbouring elements, with NaN behind each and in front. */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  private record Matrix(Layout layout, int m, int n, int ld, float[] memory) {
    static final int OFFSET = 5;

    static Matrix random(Layout layout, int m, int n, int gap, long seed) {
      int lines = layout == ROW_MAJOR ? m : n;
      int ld = Math.max(1, (layout == ROW_MAJOR ? n : m) + gap);
      float[] memory = new float[OFFSET + lines * ld];
      Arrays.fill(memory, Float.NaN);
      Matrix matrix = new Matrix(layout, m, n, ld, memory);
      float[] values = Strided.random(m * n, seed);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          memory[matrix.at(i, j)] = values[i * n + j];
        }
      }
      return matrix;
    }

    int at(int i, int j) {
      return OFFSET + (layout == ROW_MAJOR ? i * ld + j : j * ld + i);
    }

    float get(int i, int j) {
      return memory[at(i, j)];
    }
  }

  /** The documented order: virtual lanes along the lines of memory, a chain across them. */
  private static float[] product(
      Transpose trans, float alpha, Matrix a, float[] x, float beta, float[] y) {
    boolean alongLines = (trans == NO_TRANS) == (a.layout == ROW_MAJOR);
    float[] result = new float[y.length];
    for (int i = 0; i < y.length; i++) {
      int row = i;
      float scaled = beta == 0 ? 0 : beta * y[i];
      if (alpha == 0) {
        result[i] = scaled;
      } else if (alongLines) {
        float sum =
            Sums.sum(
                x.length,
                64 / Float.BYTES,
                (s, j) -> Math.fma(trans == TRANS ? a.get(j, row) : a.get(row, j), x[j], s));
        result[i] = Math.fma(alpha, sum, scaled);
      } else {
        float sum = scaled;
        for (int j = 0; j < x.length; j++) {
          sum = Math.fma(trans == TRANS ? a.get(j, i) : a.get(i, j), alpha * x[j], sum);
        }
        result[i] = sum;
      }
    }
    return result;
  }

  private static void checkGemv(
      Transpose trans, float alpha, Matrix a, int incX, float beta, int incY, Workers workers) {
    boolean t = trans == TRANS;
    Strided x = new Strided(incX, Strided.random(t ? a.m : a.n, 1));
    float[] before = Strided.random(t ? a.n : a.m, 2);
    if (beta == 0) {
      Arrays.fill(before, Float.NaN);
    }
    Strided y = new Strided(incY, before);
    float[] expected = product(trans, alpha, a, x.elements(), beta, before);
    long[] bits = Strided.bits(y.with(expected).memory);
    String what =
        a.layout + " " + trans + " " + a.m + "x" + a.n + " ld " + a.ld + " alpha " + alpha
            + " beta " + beta + " incX " + incX + " incY " + incY;

    float[] onHeap = y.memory.clone();
    Gemv.sgemv(
        a.layout,
        trans,
        a.m,
        a.n,
        alpha,
        a.memory,
        Matrix.OFFSET,
        a.ld,
        x.memory,
        x.offset(),
        incX,
        beta,
        onHeap,
        y.offset(),
        incY,
        workers);
    assertArrayEquals(bits, Strided.bits(onHeap), what);

    try (GuardedFloats ga = GuardedFloats.copyOf(a.memory);
        GuardedFloats gx = GuardedFloats.copyOf(x.memory);
        GuardedFloats gy = GuardedFloats.copyOf(y.memory)) {
      Gemv.sgemv(
          a.layout,
          trans,
          a.m,
          a.n,
          alpha,
          ga.segment(),
          Matrix.OFFSET,
          a.ld,
          gx.segment(),
          x.offset(),
          incX,
          beta,
          gy.segment(),
          y.offset(),
          incY,
          workers);
      assertArrayEquals(bits, Strided.bits(gy.toArray()), () -> what + " native");
      gy.assertGuardsIntact();
      assertArrayEquals(Strided.bits(a.memory), Strided.bits(ga.toArray()), "A was written");
      assertArrayEquals(Strided.bits(x.memory), Strided.bits(gx.toArray()), "x was written");
    }

    onHeap = y.memory.clone();
    Gemv.sgemv(
        a.layout,
        trans,
        a.m,
        a.n,
        alpha,
        MemorySegment.ofArray(a.memory),
        Matrix.OFFSET,
        a.ld,
        MemorySegment.ofArray(x.memory),
        x.offset(),
        incX,
        beta,
        MemorySegment.ofArray(onHeap),
        y.offset(),
        incY,
        workers);
    assertArrayEquals(bits, Strided.bits(onHeap), () -> what + " on heap segments");
  }

  private static void checkGer(float alpha, Matrix a, int incX, int incY, Workers workers) {
    Strided x = new Strided(incX, Strided.random(a.m, 3));
    Strided y = new Strided(incY, Strided.random(a.n, 4));
    float[] ex = x.elements();
    float[] ey = y.elements();
    float[] expected = a.memory.clone();
    for (int i = 0; i < a.m && alpha != 0; i++) {
      for (int j = 0; j < a.n; j++) {
        expected[a.at(i, j)] =
            a.layout == ROW_MAJOR
                ? Math.fma(alpha * ex[i], ey[j], a.get(i, j))
                : Math.fma(alpha * ey[j], ex[i], a.get(i, j));
      }
    }
    long[] bits = Strided.bits(expected);
    String what = a.layout + " " + a.m + "x" + a.n + " incX " + incX + " incY " + incY;

    float[] onHeap = a.memory.clone();
    Ger.sger(
        a.layout,
        a.m,
        a.n,
        alpha,
        x.memory,
        x.offset(),
        incX,
        y.memory,
        y.offset(),
        incY,
        onHeap,
        Matrix.OFFSET,
        a.ld,
        workers);
    assertArrayEquals(bits, Strided.bits(onHeap), what);

    try (GuardedFloats ga = GuardedFloats.copyOf(a.memory);
        GuardedFloats gx = GuardedFloats.copyOf(x.memory);
        GuardedFloats gy = GuardedFloats.copyOf(y.memory)) {
      Ger.sger(
          a.layout,
          a.m,
          a.n,
          alpha,
          gx.segment(),
          x.offset(),
          incX,
          gy.segment(),
          y.offset(),
          incY,
          ga.segment(),
          Matrix.OFFSET,
          a.ld,
          workers);
      assertArrayEquals(bits, Strided.bits(ga.toArray()), () -> what + " native");
      ga.assertGuardsIntact();
    }

    onHeap = a.memory.clone();
    Ger.sger(
        a.layout,
        a.m,
        a.n,
        alpha,
        MemorySegment.ofArray(x.memory),
        x.offset(),
        incX,
        MemorySegment.ofArray(y.memory),
        y.offset(),
        incY,
        MemorySegment.ofArray(onHeap),
        Matrix.OFFSET,
        a.ld,
        workers);
    assertArrayEquals(bits, Strided.bits(onHeap), () -> what + " on heap segments");
  }

  @Test
  void everyShapeGivesTheBitsOfTheDocumentedOrderInEveryMemory() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        for (Layout layout : Layout.values()) {
          Matrix a = Matrix.random(layout, m, n, m % 3, 7);
          for (Transpose trans : Transpose.values()) {
            checkGemv(trans, 0.7f, a, 1, 1.3f, 1, SHARED);
          }
          checkGer(0.7f, a, 1, 1, SHARED);
        }
      }
    }
  }

  @Test
  void everyAlphaBetaAndIncrementGivesTheBitsOfTheDocumentedOrder() {
    for (Layout layout : Layout.values()) {
      Matrix a = Matrix.random(layout, 13, 37, 3, 8);
      for (float alpha : new float[] {0, 1, 0.7f, -1}) {
        for (int incX : new int[] {1, 2, -1, -3}) {
          for (int incY : new int[] {1, 2, -1, -3}) {
            for (float beta : new float[] {0, 1, 1.3f}) {
              for (Transpose trans : Transpose.values()) {
                checkGemv(trans, alpha, a, incX, beta, incY, SHARED);
              }
            }
            checkGer(alpha, a, incX, incY, SHARED);
          }
        }
      }
    }
  }

  @Test
  void severalBlocksInEachDirectionGiveTheBitsOfTheDocumentedOrder() {
    for (int[] shape : new int[][] {{5, 2 * Sums.BLOCK + 19}, {523, 33}, {300, Sums.BLOCK + 1}}) {
      for (Layout layout : Layout.values()) {
        Matrix a = Matrix.random(layout, shape[0], shape[1], 1, 9);
        for (Transpose trans : Transpose.values()) {
          checkGemv(trans, 0.7f, a, 1, 1.3f, 1, SHARED);
        }
        checkGer(0.7f, a, 1, 1, SHARED);
      }
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        for (Layout layout : Layout.values()) {
          Matrix a = Matrix.random(layout, 601, 523, 0, 10);
          for (Transpose trans : Transpose.values()) {
            checkGemv(trans, 0.7f, a, 1, 1.3f, 1, workers);
          }
          checkGer(0.7f, a, 1, 1, workers);
        }
      }
    }
  }

  @Test
  void theErrorStaysWithinTheBoundOfTheDocumentation() {
    for (Transpose trans : Transpose.values()) {
      Matrix a = Matrix.random(ROW_MAJOR, 61, 67, 0, 11);
      int k = trans == TRANS ? a.m : a.n;
      float[] x = Strided.random(k, 12);
      float[] y = Strided.random(trans == TRANS ? a.n : a.m, 13);
      float[] got = y.clone();
      float alpha = 0.7f;
      float beta = 1.3f;
      Gemv.sgemv(
          ROW_MAJOR,
          trans,
          a.m,
          a.n,
          alpha,
          a.memory,
          Matrix.OFFSET,
          a.ld,
          x,
          0,
          1,
          beta,
          got,
          0,
          1,
          SHARED);
      double gamma = (k + 2) * U / (1 - (k + 2) * U);
      for (int i = 0; i < y.length; i++) {
        BigDecimal exact = new BigDecimal(beta).multiply(new BigDecimal(y[i]));
        BigDecimal magnitude = exact.abs();
        for (int j = 0; j < k; j++) {
          float element = trans == TRANS ? a.get(j, i) : a.get(i, j);
          BigDecimal term =
              new BigDecimal(alpha)
                  .multiply(new BigDecimal(element))
                  .multiply(new BigDecimal(x[j]));
          exact = exact.add(term);
          magnitude = magnitude.add(term.abs());
        }
        double error = new BigDecimal(got[i]).subtract(exact).abs().doubleValue();
        assertEquals(0, error, gamma * magnitude.doubleValue());
      }
    }
  }

  @Test
  void withoutTermsYIsScaledAndNothingElseIsRead() {
    float[] nan = {Float.NaN, Float.NaN, Float.NaN, Float.NaN};
    float[] y = {1, 2};
    Gemv.sgemv(NO_TRANS, 2, 2, 0, nan, 2, nan, 3, y);
    assertArrayEquals(new float[] {3, 6}, y);
    Gemv.sgemv(NO_TRANS, 2, 0, 1, nan, 1, nan, 2, y);
    assertArrayEquals(new float[] {6, 12}, y);
    Gemv.sgemv(TRANS, 0, 2, 1, nan, 2, nan, 0, y);
    assertArrayEquals(new float[] {0, 0}, y);
    Gemv.sgemv(NO_TRANS, 0, 2, 1, nan, 2, nan, 0, nan);
    Ger.sger(1, 2, 0, nan, nan, y, 2);
    assertArrayEquals(new float[] {0, 0}, y);
  }

  @Test
  void nanInOneRowStaysInItsElement() {
    float[] a = new float[40 * 40];
    float[] x = new float[40];
    float[] y = new float[40];
    Arrays.fill(a, 1);
    Arrays.fill(x, 1);
    a[17 * 40 + 3] = Float.NaN;
    Gemv.sgemv(NO_TRANS, 40, 40, 1, a, 40, x, 0, y);
    for (int i = 0; i < 40; i++) {
      assertEquals(i == 17, Float.isNaN(y[i]), "element " + i);
    }
    Gemv.sgemv(TRANS, 40, 40, 1, a, 40, x, 0, y);
    for (int i = 0; i < 40; i++) {
      assertEquals(i == 3, Float.isNaN(y[i]), "element " + i);
    }
  }

  @Test
  void aColumnBesideAMatrixInTheSameMemoryIsFine() {
    // Columns 0 and 1 are A, column 2 is y.
    float[] all = {1, 2, 0, 3, 4, 0, 5, 6, 0};
    Gemv.sgemv(
        ROW_MAJOR, NO_TRANS, 3, 2, 1, all, 0, 3, new float[] {1, 10}, 0, 1, 0, all, 2, 3, SHARED);
    assertArrayEquals(new float[] {1, 2, 21, 3, 4, 43, 5, 6, 65}, all);
    Ger.sger(ROW_MAJOR, 3, 2, 1, all, 2, 3, new float[] {1, 0}, 0, 1, all, 0, 3, SHARED);
    assertArrayEquals(new float[] {22, 2, 21, 46, 4, 43, 70, 6, 65}, all);
  }

  @Test
  void wrongArgumentsOfGemvAreNamedAndNothingIsWritten() {
    float[] a = Strided.random(12, 14);
    float[] x = Strided.random(4, 15);
    float[] y = Strided.random(4, 16);
    float[] before = y.clone();
    assertMessage("m = -1", () -> Gemv.sgemv(NO_TRANS, -1, 4, 1, a, 4, x, 0, y));
    assertMessage("n = -2", () -> Gemv.sgemv(NO_TRANS, 3, -2, 1, a, 4, x, 0, y));
    assertMessage(
        "A lies as 3x4 with leading dimension 3: it must be at least 4",
        () -> Gemv.sgemv(NO_TRANS, 3, 4, 1, a, 3, x, 0, y));
    assertMessage("its array has 12", () -> Gemv.sgemv(NO_TRANS, 4, 4, 1, a, 4, x, 0, y));
    assertMessage(
        "and so needs 4294967296 elements, its array has 12",
        () -> Gemv.sgemv(NO_TRANS, 65536, 65536, 1, a, 65536, x, 0, y));
    assertMessage(
        "x has 4 elements from offset 0 with increment 1, its array has room for 3",
        () -> Gemv.sgemv(NO_TRANS, 3, 4, 1, a, 4, new float[3], 0, y));
    assertMessage("y has 4 elements", () -> Gemv.sgemv(TRANS, 3, 4, 1, a, 4, x, 0, new float[3]));
    assertMessage(
        "they must not be 0",
        () -> Gemv.sgemv(ROW_MAJOR, NO_TRANS, 3, 4, 1, a, 0, 4, x, 0, 0, 0, y, 0, 1, SHARED));
    assertMessage(
        "A begins at offset -1",
        () -> Gemv.sgemv(ROW_MAJOR, NO_TRANS, 3, 4, 1, a, -1, 4, x, 0, 1, 0, y, 0, 1, SHARED));
    assertMessage("share elements", () -> Gemv.sgemv(NO_TRANS, 3, 3, 1, a, 4, y, 0, y));
    assertMessage("share elements", () -> Gemv.sgemv(NO_TRANS, 3, 4, 1, a, 4, x, 0, a));
    MemorySegment sa = MemorySegment.ofArray(a);
    MemorySegment sx = MemorySegment.ofArray(x);
    MemorySegment sy = MemorySegment.ofArray(y);
    assertMessage("read-only", () -> Gemv.sgemv(NO_TRANS, 3, 4, 1, sa, 4, sx, 0, sy.asReadOnly()));
    assertMessage("its segment has 12", () -> Gemv.sgemv(NO_TRANS, 4, 4, 1, sa, 4, sx, 0, sy));
    assertMessage("share elements", () -> Gemv.sgemv(NO_TRANS, 3, 4, 1, sa, 4, sx, 0, sa));
    assertArrayEquals(before, y);
  }

  @Test
  void wrongArgumentsOfGerAreNamedAndNothingIsWritten() {
    float[] a = Strided.random(12, 17);
    float[] x = Strided.random(3, 18);
    float[] y = Strided.random(4, 19);
    float[] before = a.clone();
    assertMessage("m = -1", () -> Ger.sger(-1, 4, 1, x, y, a, 4));
    assertMessage("must be at least 4", () -> Ger.sger(3, 4, 1, x, y, a, 3));
    assertMessage("its array has 12", () -> Ger.sger(3, 4, 1, x, y, a, 5));
    assertMessage("x has 4 elements", () -> Ger.sger(4, 3, 1, x, y, a, 3));
    assertMessage("y has 5 elements", () -> Ger.sger(2, 5, 1, x, y, a, 5));
    assertMessage("x and A share elements", () -> Ger.sger(3, 4, 1, a, y, a, 4));
    assertMessage("y and A share elements", () -> Ger.sger(3, 4, 1, x, a, a, 4));
    assertMessage(
        "they must not be 0",
        () -> Ger.sger(ROW_MAJOR, 3, 4, 1, x, 0, 1, y, 0, 0, a, 0, 4, SHARED));
    MemorySegment readOnly = MemorySegment.ofArray(a).asReadOnly();
    assertMessage(
        "read-only",
        () -> Ger.sger(3, 4, 1, MemorySegment.ofArray(x), MemorySegment.ofArray(y), readOnly, 4));
    assertArrayEquals(before, a);
  }

  @Test
  void nothingIsAllocated() {
    int n = 400;
    float[] a = Strided.random(n * n, 20);
    float[] x = Strided.random(n, 21);
    float[] y = Strided.random(n, 22);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment sa = arena.allocate((long) n * n * Float.BYTES, 64);
      MemorySegment sx = arena.allocate((long) n * Float.BYTES, 64);
      MemorySegment sy = arena.allocate((long) n * Float.BYTES, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              1_000,
              500,
              () -> {
                for (Layout layout : LAYOUTS) {
                  Gemv.sgemv(layout, TRANS, n, n, 1, a, 0, n, x, 0, 1, 0, y, 0, 1, SHARED);
                  Gemv.sgemv(layout, TRANS, n, n, 1, sa, 0, n, sx, 0, 1, 0, sy, 0, 1, SHARED);
                  Ger.sger(layout, n, n, 1, x, 0, 1, y, 0, 1, a, 0, n, SHARED);
                  Ger.sger(layout, n, n, 1, sx, 0, 1, sy, 0, 1, sa, 0, n, SHARED);
                }
              }));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
