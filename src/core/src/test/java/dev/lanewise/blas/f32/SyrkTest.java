package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Layout.COLUMN_MAJOR;
import static dev.lanewise.blas.Layout.ROW_MAJOR;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static dev.lanewise.blas.Triangle.LOWER;
import static dev.lanewise.blas.Triangle.UPPER;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Syrk;
import dev.lanewise.blas.Transpose;
import dev.lanewise.blas.Triangle;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

@SuppressWarnings("cast")
class SyrkTest {
  private static final double U = 0x1p-24;

  /** The elements before the first one of an operand that begins at an offset. */
  private static final int OFFSET = 5;

  /** One product on row-major operands, and what the definition makes of it. */
  private static final class Product {
    final Triangle triangle;
    final Transpose trans;
    final int n;
    final int k;
    final float alpha;
    final float beta;
    final int lda;
    final int ldc;
    final float[] a;
    final float[] c;

    /**
     * NaN in the gaps of A; in what of C must be neither read nor written NaN and numbers, since
     * some wrong results are NaN and some are not.
     */
    Product(
        Triangle triangle,
        Transpose trans,
        int n,
        int k,
        float alpha,
        float beta,
        int gap,
        long seed) {
      this.triangle = triangle;
      this.trans = trans;
      this.n = n;
      this.k = k;
      this.alpha = alpha;
      this.beta = beta;
      SplittableRandom random = new SplittableRandom(seed);
      int rows = trans == TRANS ? k : n;
      int columns = trans == TRANS ? n : k;
      lda = Math.max(1, columns + gap);
      ldc = Math.max(1, n + gap);
      a = new float[extent(rows, columns, lda)];
      Arrays.fill(a, Float.NaN);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          a[i * lda + j] = (float) random.nextDouble(-1, 1);
        }
      }
      c = new float[extent(n, n, ldc)];
      for (int i = 0; i < c.length; i++) {
        c[i] = random.nextBoolean() ? Float.NaN : (float) random.nextDouble(-1, 1);
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          if (isComputed(triangle, i, j)) {
            c[i * ldc + j] = beta == 0f ? Float.NaN : (float) random.nextDouble(-1, 1);
          }
        }
      }
    }

    /** The specification itself, one element after the other: the kernel has to give these bits. */
    float[] expected() {
      float[] expected = c.clone();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          if (isComputed(triangle, i, j)) {
            float sum = beta == 0f ? 0f : beta * c[i * ldc + j];
            for (int p = 0; p < k && alpha != 0f; p++) {
              sum = Math.fma(alpha * at(i, p), at(j, p), sum);
            }
            expected[i * ldc + j] = sum;
          }
        }
      }
      return expected;
    }

    float at(int i, int p) {
      return trans == TRANS ? a[p * lda + i] : a[i * lda + p];
    }

    float[] onArrays(Workers workers) {
      float[] result = c.clone();
      Syrk.ssyrk(ROW_MAJOR, triangle, trans, n, k, alpha, a, 0, lda, beta, result, 0, ldc, workers);
      return result;
    }

    @Override
    public String toString() {
      return triangle + " " + trans + " n " + n + " k " + k + " alpha " + alpha + " beta " + beta;
    }
  }

  private static boolean isComputed(Triangle triangle, int i, int j) {
    return triangle == LOWER ? j <= i : j >= i;
  }

  private static int extent(int rows, int columns, int ld) {
    return rows == 0 || columns == 0 ? 0 : Math.addExact(Math.multiplyExact(rows - 1, ld), columns);
  }

  private static Transpose other(Transpose trans) {
    return trans == TRANS ? NO_TRANS : TRANS;
  }

  private static Triangle other(Triangle triangle) {
    return triangle == LOWER ? UPPER : LOWER;
  }

  private static void check(Product p, Workers workers) {
    float[] expected = p.expected();
    assertSame(expected, p.onArrays(workers), p + " on arrays");

    // The same memory read column by column: A is transposed, the triangle becomes the other one.
    float[] a = shifted(p.a);
    float[] c = shifted(p.c);
    Syrk.ssyrk(
        COLUMN_MAJOR,
        other(p.triangle),
        other(p.trans),
        p.n,
        p.k,
        p.alpha,
        a,
        OFFSET,
        p.lda,
        p.beta,
        c,
        OFFSET,
        p.ldc,
        workers);
    assertSame(shifted(expected), c, p + " column-major from an offset on");

    try (GuardedFloats na = GuardedFloats.copyOf(p.a);
        GuardedFloats nc = GuardedFloats.copyOf(p.c)) {
      Syrk.ssyrk(
          ROW_MAJOR,
          p.triangle,
          p.trans,
          p.n,
          p.k,
          p.alpha,
          na.segment(),
          0,
          p.lda,
          p.beta,
          nc.segment(),
          0,
          p.ldc,
          workers);
      assertSame(expected, nc.toArray(), p + " off-heap");
      nc.assertGuardsIntact();
      na.assertGuardsIntact();
      assertSame(p.a, na.toArray(), "A was written");
    }

    float[] onHeap = shifted(p.c);
    Syrk.ssyrk(
        COLUMN_MAJOR,
        other(p.triangle),
        other(p.trans),
        p.n,
        p.k,
        p.alpha,
        MemorySegment.ofArray(p.a),
        0,
        p.lda,
        p.beta,
        MemorySegment.ofArray(onHeap).asSlice(2L * Float.BYTES),
        OFFSET - 2,
        p.ldc,
        workers);
    assertSame(shifted(expected), onHeap, p + " on heap segments, column-major");
  }

  /** The values behind {@link #OFFSET} others, and before as many. */
  private static float[] shifted(float[] values) {
    float[] shifted = new float[values.length + 2 * OFFSET];
    Arrays.fill(shifted, 7f);
    System.arraycopy(values, 0, shifted, OFFSET, values.length);
    return shifted;
  }

  /** The same bits. */
  private static void assertSame(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToRawIntBits(expected[i]) != Float.floatToRawIntBits(actual[i])) {
        assertEquals(expected[i], actual[i], what + ", element " + i);
      }
    }
  }

  @Test
  void everyEdgeGivesTheBitsOfTheDefinition() {
    for (int n : AwkwardSizes.edges()) {
      for (int k : new int[] {1, 2, 9, 64}) {
        for (Triangle triangle : Triangle.values()) {
          for (Transpose trans : Transpose.values()) {
            check(new Product(triangle, trans, n, k, 1f, 0f, 0, n + k), Workers.shared());
            check(new Product(triangle, trans, n, k, 0.7f, 1f, 3, n + k), Workers.shared());
          }
        }
      }
    }
  }

  @Test
  void edgesAroundTheCutsGiveTheBitsOfTheDefinition() {
    for (int n : new int[] {31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 161, 193, 257}) {
      for (Triangle triangle : Triangle.values()) {
        for (Transpose trans : Transpose.values()) {
          check(new Product(triangle, trans, n, 17, 1f, 0f, 2, n), Workers.shared());
          check(new Product(triangle, trans, n, 6, -1f, 1.3f, 0, n), Workers.shared());
        }
      }
    }
  }

  @Test
  void everyAlphaAndBetaGivesTheBitsOfTheDefinition() {
    for (Triangle triangle : Triangle.values()) {
      for (Transpose trans : Transpose.values()) {
        for (float alpha : new float[] {0f, 1f, 0.7f, -1f}) {
          for (float beta : new float[] {0f, 1f, 1.3f}) {
            for (int n : new int[] {0, 1, 3, 33, 64, 70, 130}) {
              for (int k : new int[] {0, 1, 11}) {
                check(new Product(triangle, trans, n, k, alpha, beta, 1, n), Workers.shared());
              }
            }
          }
        }
      }
    }
  }

  @Test
  void severalCacheBlocksGiveTheBitsOfTheDefinition() {
    for (Triangle triangle : Triangle.values()) {
      for (Transpose trans : Transpose.values()) {
        check(new Product(triangle, trans, 70, 1025, 1f, 1.3f, 1, 1), Workers.shared());
        check(new Product(triangle, trans, 131, 2049, 0.7f, 0f, 0, 2), Workers.shared());
        check(new Product(triangle, trans, 900, 3, 1f, 1f, 0, 3), Workers.shared());
      }
    }
  }

  @Property(tries = 60)
  void anyShapeOnAnyNumberOfThreadsGivesTheBitsOfTheDefinition(
      @ForAll @IntRange(min = 0, max = 300) int n,
      @ForAll @IntRange(min = 0, max = 150) int k,
      @ForAll boolean lower,
      @ForAll boolean trans,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll int seed,
      @ForAll @IntRange(min = 1, max = 3) int threads) {
    Triangle triangle = lower ? LOWER : UPPER;
    try (Workers workers = Workers.of(threads)) {
      check(new Product(triangle, trans ? TRANS : NO_TRANS, n, k, 1f, 1f, gap, seed), workers);
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int[] shape : new int[][] {{300, 131}, {521, 40}, {700, 9}, {2001, 0}}) {
      for (Triangle triangle : Triangle.values()) {
        for (Transpose trans : Transpose.values()) {
          Product p = new Product(triangle, trans, shape[0], shape[1], 0.7f, 1.3f, 1, shape[0]);
          float[] expected = p.expected();
          for (int threads : new int[] {1, 2, 3, 7}) {
            try (Workers workers = Workers.of(threads)) {
              assertSame(expected, p.onArrays(workers), p + " on " + threads + " threads");
            }
          }
        }
      }
    }
  }

  @Test
  void theBitsAreThoseOfTheGeneralProduct() {
    for (Layout layout : Layout.values()) {
      for (Triangle triangle : Triangle.values()) {
        for (Transpose trans : Transpose.values()) {
          Product p = new Product(triangle, trans, 150, 43, 0.7f, 1.3f, 0, 9);
          boolean wide = (trans == TRANS) == (layout == ROW_MAJOR);
          int lda = wide ? p.n : p.k;
          float[] general = new float[p.n * p.n];
          Arrays.fill(general, 0.3f);
          float[] half = general.clone();
          Gemm.sgemm(
              layout,
              trans,
              other(trans),
              p.n,
              p.n,
              p.k,
              p.alpha,
              p.a,
              0,
              lda,
              p.a,
              0,
              lda,
              p.beta,
              general,
              0,
              p.n,
              Workers.shared());
          Syrk.ssyrk(
              layout,
              triangle,
              trans,
              p.n,
              p.k,
              p.alpha,
              p.a,
              0,
              lda,
              p.beta,
              half,
              0,
              p.n,
              Workers.shared());
          boolean lowerInMemory = (triangle == LOWER) == (layout == ROW_MAJOR);
          for (int i = 0; i < p.n; i++) {
            for (int j = 0; j < p.n; j++) {
              float expected =
                  isComputed(lowerInMemory ? LOWER : UPPER, i, j) ? general[i * p.n + j] : 0.3f;
              assertEquals(expected, half[i * p.n + j], layout + " " + p);
            }
          }
        }
      }
    }
  }

  @Test
  void theErrorStaysWithinTheBoundOfTheDocumentation() {
    Product p = new Product(LOWER, NO_TRANS, 19, 1500, 0.7f, 1.3f, 0, 11);
    float[] result = p.onArrays(Workers.shared());
    double gamma = (p.k + 2) * U / (1 - (p.k + 2) * U);
    for (int i = 0; i < p.n; i++) {
      for (int j = 0; j <= i; j++) {
        BigDecimal sum = BigDecimal.valueOf(0);
        BigDecimal magnitude = BigDecimal.valueOf(0);
        for (int q = 0; q < p.k; q++) {
          BigDecimal term = exact(p.alpha).multiply(exact(p.at(i, q))).multiply(exact(p.at(j, q)));
          sum = sum.add(term);
          magnitude = magnitude.add(term.abs());
        }
        BigDecimal old = exact(p.beta).multiply(exact(p.c[i * p.ldc + j]));
        double error = exact(result[i * p.ldc + j]).subtract(sum.add(old)).abs().doubleValue();
        double bound = gamma * magnitude.add(old.abs()).doubleValue();
        assertTrue(error <= bound, "error " + error + " over the bound " + bound);
      }
    }
  }

  private static BigDecimal exact(float value) {
    return new BigDecimal((double) value);
  }

  @Test
  void theShortCallsAreRowMajorFromTheFirstElementOn() {
    Product p = new Product(UPPER, TRANS, 67, 13, 0.7f, 1.3f, 2, 3);
    float[] expected = p.expected();
    float[] c = p.c.clone();
    Syrk.ssyrk(UPPER, TRANS, p.n, p.k, p.alpha, p.a, p.lda, p.beta, c, p.ldc);
    assertSame(expected, c, "arrays");
    float[] viaSegment = p.c.clone();
    Syrk.ssyrk(
        UPPER,
        TRANS,
        p.n,
        p.k,
        p.alpha,
        MemorySegment.ofArray(p.a),
        p.lda,
        p.beta,
        MemorySegment.ofArray(viaSegment),
        p.ldc);
    assertSame(expected, viaSegment, "segments");
  }

  @Test
  void withoutTermsTheTriangleIsScaledAndAIsNotRead() {
    float[] nan = new float[16];
    Arrays.fill(nan, Float.NaN);
    float[] c = nan.clone();
    Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 0f, nan, 4, 0f, c, 4);
    for (int i = 0; i < 16; i++) {
      assertEquals(i % 4 <= i / 4 ? 0f : Float.NaN, c[i]);
    }
    float[] ones = new float[16];
    Arrays.fill(ones, 1f);
    Syrk.ssyrk(UPPER, NO_TRANS, 4, 0, 1f, nan, 4, 2f, ones, 4);
    for (int i = 0; i < 16; i++) {
      assertEquals(i % 4 >= i / 4 ? 2f : 1f, ones[i]);
    }
    Syrk.ssyrk(UPPER, NO_TRANS, 4, 4, 0f, nan, 4, 1f, c, 4);
    assertEquals(0f, c[0]);
    assertEquals(Float.NaN, c[1]);
  }

  @Test
  void nanInOneRowOfAStaysInThatRowAndColumnOfC() {
    int n = 100;
    float[] a = new float[n * 3];
    Arrays.fill(a, 1f);
    a[70 * 3 + 1] = Float.NaN;
    float[] c = new float[n * n];
    Syrk.ssyrk(LOWER, NO_TRANS, n, 3, 1f, a, 3, 0f, c, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        assertEquals(i == 70 || j == 70 ? Float.NaN : 3f, c[i * n + j]);
      }
    }
    // What a call left in the scratch reaches no other call.
    Arrays.fill(a, 1f);
    Syrk.ssyrk(UPPER, NO_TRANS, n, 3, 1f, a, 3, 1f, new float[n * n], n);
    Arrays.fill(c, 1f);
    Syrk.ssyrk(LOWER, NO_TRANS, n, 3, 1f, a, 3, 1f, c, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        assertEquals(j <= i ? 4f : 1f, c[i * n + j]);
      }
    }
  }

  @Test
  void aBlockBesideCInOneLargerMatrixMayBeA() {
    SplittableRandom random = new SplittableRandom(5);
    float[] all = new float[900];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) random.nextDouble(-1, 1);
    }
    float[] c = all.clone();
    Syrk.ssyrk(ROW_MAJOR, LOWER, NO_TRANS, 9, 10, 1f, c, 0, 30, 0f, c, 20, 30, Workers.shared());
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 30; j++) {
        float expected = all[i * 30 + j];
        if (i < 9 && j >= 20 && j - 20 <= i) {
          expected = 0f;
          for (int p = 0; p < 10; p++) {
            expected = Math.fma(all[i * 30 + p], all[(j - 20) * 30 + p], expected);
          }
        }
        assertEquals(expected, c[i * 30 + j], "row " + i + " column " + j);
      }
    }
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[12];
    float[] c = new float[9];
    Arrays.fill(c, 3f);
    assertRefused("n = -1, k = 4", NO_TRANS, -1, 4, a, 0, 4, c, 0, 3);
    assertRefused("n = 3, k = -2: sizes must be 0 or more", NO_TRANS, 3, -2, a, 0, 4, c, 0, 3);
    assertRefused(
        "A lies as 3x4 with leading dimension 3: it must be at least 4",
        NO_TRANS,
        3,
        4,
        a,
        0,
        3,
        c,
        0,
        3);
    assertRefused(
        "A lies as 4x3 with leading dimension 2: it must be at least 3",
        TRANS,
        3,
        4,
        a,
        0,
        2,
        c,
        0,
        3);
    assertRefused(
        "C lies as 3x3 with leading dimension 2: it must be at least 3",
        NO_TRANS,
        3,
        4,
        a,
        0,
        4,
        c,
        0,
        2);
    assertRefused("A begins at offset -1", NO_TRANS, 3, 4, a, -1, 4, c, 0, 3);
    assertRefused("C begins at offset -2", NO_TRANS, 3, 4, a, 0, 4, c, -2, 3);
    assertRefused(
        "A lies as 3x4 with leading dimension 4 and offset 1 and so needs 13",
        NO_TRANS,
        3,
        4,
        a,
        1,
        4,
        c,
        0,
        3);
    assertRefused(
        "C lies as 3x3 with leading dimension 4 and offset 0 and so needs 11",
        NO_TRANS,
        3,
        4,
        a,
        0,
        4,
        c,
        0,
        4);
    assertRefused(
        "A lies as 65536x65536 with leading dimension 65536 and offset 0 and so needs 4294967296",
        NO_TRANS,
        65536,
        65536,
        a,
        0,
        65536,
        c,
        0,
        65536);
    // Also where A lies in the triangle that is left alone.
    assertRefused("C and A share elements", NO_TRANS, 3, 1, c, 1, 1, c, 0, 3);
    assertRefused("C and A share elements", NO_TRANS, 3, 3, c, 0, 3, c, 0, 3);
    for (float value : c) {
      assertEquals(3f, value);
    }
  }

  /** The same call on arrays and on segments, by rows and by columns. */
  private static void assertRefused(
      String part,
      Transpose trans,
      int n,
      int k,
      float[] a,
      long offsetA,
      int lda,
      float[] c,
      long offsetC,
      int ldc) {
    assertMessage(
        part,
        () ->
            Syrk.ssyrk(
                ROW_MAJOR,
                UPPER,
                trans,
                n,
                k,
                1f,
                a,
                offsetA,
                lda,
                0f,
                c,
                offsetC,
                ldc,
                Workers.shared()));
    assertMessage(
        part,
        () ->
            Syrk.ssyrk(
                COLUMN_MAJOR,
                UPPER,
                other(trans),
                n,
                k,
                1f,
                MemorySegment.ofArray(a),
                offsetA,
                lda,
                0f,
                MemorySegment.ofArray(c),
                offsetC,
                ldc,
                Workers.shared()));
  }

  @Test
  void segmentsThatCannotBeUsedAreNamed() {
    float[] heap = new float[16];
    MemorySegment a = MemorySegment.ofArray(heap);
    MemorySegment c = MemorySegment.ofArray(new float[16]);
    assertMessage(
        "C lies in a read-only segment",
        () -> Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 1f, a, 4, 0f, c.asReadOnly(), 4));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment odd = arena.allocate(2L * Float.BYTES * 16, 8).asSlice(1, 16L * Float.BYTES);
      String part = "which is not a multiple of " + Float.BYTES;
      assertMessage(part, () -> Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 1f, a, 4, 0f, odd, 4));
      assertMessage(part, () -> Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 1f, odd, 4, 0f, c, 4));
    }
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena.allocate(JAVA_FLOAT, 16);
    }
    assertThrows(
        IllegalStateException.class,
        () -> Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 1f, closed, 4, 0f, c, 4));
    assertThrows(
        IllegalStateException.class,
        () -> Syrk.ssyrk(LOWER, NO_TRANS, 4, 4, 1f, a, 4, 0f, closed, 4));
  }

  @Test
  void aProductAllocatesNothing() {
    int n = 200;
    float[] onHeapA = new float[n * n];
    float[] onHeapC = new float[n * n];
    try (Arena arena = Arena.ofShared()) {
      MemorySegment a = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment c = arena.allocate((long) Float.BYTES * n * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              1000,
              200,
              () -> {
                Syrk.ssyrk(LOWER, NO_TRANS, n, n, 1f, onHeapA, n, 0f, onHeapC, n);
                Syrk.ssyrk(UPPER, TRANS, 50, 20, 0.7f, onHeapA, n, 1.3f, onHeapC, n);
                Syrk.ssyrk(UPPER, NO_TRANS, n, n, 1f, a, n, 0f, c, n);
                Syrk.ssyrk(LOWER, TRANS, 50, 20, 0.7f, a, n, 1.3f, c, n);
              }));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
