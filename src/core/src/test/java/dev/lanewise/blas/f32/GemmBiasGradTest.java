package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The product with the sums of its columns against the product and the sums in their order. */
@SuppressWarnings("cast")
class GemmBiasGradTest {
  private static final Transpose[] BOTH = {NO_TRANS, TRANS};
  private static final float[] BETAS = {0f, 1f, 0.7f};

  /** Rows of {@code columns} random elements, NaN between them. */
  private static float[] random(int rows, int columns, int ld, SplittableRandom random) {
    float[] values =
        new float
            [rows == 0 || columns == 0
                ? 0
                : Math.addExact(Math.multiplyExact(rows - 1, ld), columns)];
    Arrays.fill(values, Float.NaN);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[i * ld + j] = (float) random.nextDouble(-1, 1);
      }
    }
    return values;
  }

  /** What is to come out: the sums of a column by the row's number modulo 8, and their tree. */
  private static float[] withSums(float[] dBias, float[] c, int m, int n, int ldc) {
    float[] expected = dBias.clone();
    for (int j = 0; j < n; j++) {
      float[] s = new float[8];
      for (int i = 0; i < m; i++) {
        s[i % 8] += c[i * ldc + j];
      }
      expected[j] += ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
    return expected;
  }

  private static void check(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float beta,
      int gap,
      Workers workers) {
    SplittableRandom random = new SplittableRandom(31L * m + n + k);
    int lda = Math.max(1, (transA == TRANS ? m : k) + gap);
    int ldb = Math.max(1, (transB == TRANS ? k : n) + gap);
    int ldc = Math.max(1, n + gap);
    float[] a = transA == TRANS ? random(k, m, lda, random) : random(m, k, lda, random);
    float[] b = transB == TRANS ? random(n, k, ldb, random) : random(k, n, ldb, random);
    float[] c = random(m, n, ldc, random);
    float[] dBias = random(1, n, Math.max(1, n), random);
    if (beta == 0f) {
      Arrays.fill(c, Float.NaN);
    }
    if (n > 4) {
      dBias[3] = Float.NaN;
      dBias[4] = Float.NEGATIVE_INFINITY;
    }
    float[] product = c.clone();
    Gemm.sgemm(
        transA, transB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, product, 0, ldc, workers);
    float[] expected = withSums(dBias, product, m, n, ldc);
    String what = transA + " " + transB + " " + m + "x" + n + "x" + k + " beta " + beta;

    float[] onHeap = c.clone();
    float[] sums = dBias.clone();
    Gemm.sgemmBiasGrad(
        transA, transB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, onHeap, 0, ldc, sums, 0,
        workers);
    assertSame(product, onHeap, () -> what + " C on arrays");
    assertSame(expected, sums, () -> what + " dBias on arrays");

    try (GuardedFloats na = GuardedFloats.copyOf(a);
        GuardedFloats nb = GuardedFloats.copyOf(b);
        GuardedFloats nc = GuardedFloats.copyOf(c);
        GuardedFloats nSums = GuardedFloats.copyOf(dBias)) {
      Gemm.sgemmBiasGrad(
          transA,
          transB,
          m,
          n,
          k,
          alpha,
          na.segment(),
          0,
          lda,
          nb.segment(),
          0,
          ldb,
          beta,
          nc.segment(),
          0,
          ldc,
          nSums.segment(),
          0,
          workers);
      assertSame(product, nc.toArray(), () -> what + " C off-heap");
      assertSame(expected, nSums.toArray(), () -> what + " dBias off-heap");
      nc.assertGuardsIntact();
      nSums.assertGuardsIntact();
    }
  }

  /** The same values, the sign of a zero and NaN included. */
  private static void assertSame(float[] expected, float[] actual, Supplier<String> what) {
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(expected[i], actual[i]) != 0) {
        assertEquals(expected[i], actual[i], what.get() + ", element " + i);
      }
    }
    assertEquals(expected.length, actual.length);
  }

  @Test
  void everySizeUpToFortyGivesTheBitsOfTheProductAndOfItsSums() {
    for (int m = 0; m <= 40; m++) {
      for (int n = 0; n <= 40; n++) {
        float beta = BETAS[(m + n) % 3];
        check(BOTH[m % 2], BOTH[n % 2], m, n, 9, 1f, beta, n % 3, Workers.shared());
      }
    }
  }

  @Test
  void everyEdgeWithEveryTransposeAndBetaGivesTheBitsOfTheProductAndOfItsSums() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        for (float beta : BETAS) {
          check(NO_TRANS, TRANS, m, n, 5, 1f, beta, 3, Workers.shared());
          check(TRANS, NO_TRANS, m, n, 6, -0.7f, beta, 0, Workers.shared());
          check(NO_TRANS, NO_TRANS, m, n, 300, 1f, beta, 1, Workers.shared());
        }
      }
    }
  }

  @Test
  void severalCacheBlocksInEachDirectionAreSummedOnce() {
    int[][] shapes = {
      {13, 35, 1025},
      {13, 33, 2049},
      {8, 300, 515},
      {1033, 37, 5},
      {1039, 261, 1030},
      {7, 517, 9},
      {67, 1031, 130}
    };
    for (int[] shape : shapes) {
      for (float beta : BETAS) {
        check(NO_TRANS, TRANS, shape[0], shape[1], shape[2], 1f, beta, 1, Workers.shared());
      }
    }
  }

  @Test
  void aProductWithoutTermsIsScaledAndSummed() {
    for (float beta : BETAS) {
      check(NO_TRANS, NO_TRANS, 5, 19, 0, 1f, beta, 2, Workers.shared());
      check(NO_TRANS, NO_TRANS, 11, 777, 3, 0f, beta, 2, Workers.shared());
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        check(NO_TRANS, TRANS, 257, 193, 131, 1f, 0f, 0, workers);
        check(NO_TRANS, TRANS, 40, 700, 130, 1f, 1f, 1, workers);
        check(TRANS, NO_TRANS, 700, 40, 1130, 1f, 0f, 2, workers);
        check(TRANS, TRANS, 40, 1301, 1130, 1f, 0f, 0, workers);
      }
    }
  }

  @Test
  void aSegmentOverBytesGivesTheSameBits() {
    int m = 70;
    int n = 90;
    int k = 80;
    SplittableRandom random = new SplittableRandom(5);
    float[] a = random(m, k, k, random);
    float[] b = random(k, n, n, random);
    float[] product = new float[m * n];
    Gemm.sgemm(NO_TRANS, NO_TRANS, m, n, k, 1f, a, k, b, n, 0f, product, n);
    float[] expected = withSums(new float[n], product, m, n, n);
    MemorySegment c = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(Float.BYTES * (m * n + 1)));
    c = c.asSlice(-c.address() & (Float.BYTES - 1), (long) Float.BYTES * m * n);
    float[] sums = new float[n];
    Gemm.sgemmBiasGrad(
        NO_TRANS,
        NO_TRANS,
        m,
        n,
        k,
        1f,
        MemorySegment.ofArray(a),
        0,
        k,
        MemorySegment.ofArray(b),
        0,
        n,
        0f,
        c,
        0,
        n,
        MemorySegment.ofArray(sums),
        0,
        Workers.shared());
    assertSame(product, c.toArray(JAVA_FLOAT), () -> "C");
    assertSame(expected, sums, () -> "dBias");
  }

  @Test
  void theOffsetSelectsTheSums() {
    float[] a = {1, 2, 3, 4};
    float[] b = {1, 0, 0, 1};
    float[] c = new float[4];
    float[] dBias = {99, 1, 10, 98};
    Gemm.sgemmBiasGrad(
        NO_TRANS, NO_TRANS, 2, 2, 2, 1f, a, 0, 2, b, 0, 2, 0f, c, 0, 2, dBias, 1, Workers.shared());
    assertSame(new float[] {99, 5, 16, 98}, dBias, () -> "dBias");
    assertSame(a, c, () -> "C");
  }

  private static void square(int n, float[] a, float[] b, float[] c, float[] dBias, long offset) {
    Gemm.sgemmBiasGrad(
        NO_TRANS,
        NO_TRANS,
        n,
        n,
        n,
        1f,
        a,
        0,
        4,
        b,
        0,
        4,
        0f,
        c,
        0,
        4,
        dBias,
        offset,
        Workers.shared());
  }

  private static void squareOnSegments(MemorySegment c, MemorySegment dBias) {
    MemorySegment a = MemorySegment.ofArray(new float[16]);
    Gemm.sgemmBiasGrad(
        NO_TRANS, NO_TRANS, 4, 4, 4, 1f, a, 0, 4, a, 0, 4, 0f, c, 0, 4, dBias, 0, Workers.shared());
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[16];
    float[] b = new float[16];
    float[] c = new float[16];
    float[] dBias = new float[4];
    Arrays.fill(c, 3f);
    Arrays.fill(dBias, 3f);
    assertMessage("n = -1", () -> square(-1, a, b, c, dBias, 0));
    assertMessage(
        "dBias has 4 elements from offset 1 with increment 1, its array has room for 3",
        () -> square(4, a, b, c, dBias, 1));
    assertMessage("dBias begins at offset -1", () -> square(4, a, b, c, dBias, -1));
    assertMessage("dBias and C share elements", () -> square(4, a, b, c, c, 12));
    assertMessage("dBias and A share elements", () -> square(4, a, b, c, a, 12));
    assertMessage("dBias and B share elements", () -> square(4, a, b, c, b, 0));
    assertMessage("C and A share elements", () -> square(4, c, b, c, dBias, 0));
    assertMessage("C and B share elements", () -> square(4, a, c, c, dBias, 0));
    MemorySegment sums = MemorySegment.ofArray(dBias);
    MemorySegment inC = MemorySegment.ofArray(c);
    assertMessage("C lies in a read-only segment", () -> squareOnSegments(inC.asReadOnly(), sums));
    assertMessage(
        "dBias lies in a read-only segment", () -> squareOnSegments(inC, sums.asReadOnly()));
    assertMessage("dBias and C share elements", () -> squareOnSegments(inC, inC));
    for (float value : c) {
      assertEquals(3f, value);
    }
    for (float value : dBias) {
      assertEquals(3f, value);
    }
  }

  @Test
  void nothingIsAllocated() {
    int n = 61;
    float[] a = new float[n * n];
    float[] c = new float[n * n];
    float[] sums = new float[n];
    try (Arena arena = Arena.ofShared()) {
      MemorySegment na = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment nc = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment nSums = arena.allocate((long) Float.BYTES * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2000,
              200,
              () -> {
                for (Transpose transB : BOTH) {
                  Gemm.sgemmBiasGrad(
                      TRANS,
                      transB,
                      n,
                      n,
                      n,
                      1f,
                      a,
                      0,
                      n,
                      a,
                      0,
                      n,
                      0f,
                      c,
                      0,
                      n,
                      sums,
                      0,
                      Workers.shared());
                  Gemm.sgemmBiasGrad(
                      TRANS,
                      transB,
                      n,
                      n,
                      n,
                      1f,
                      na,
                      0,
                      n,
                      na,
                      0,
                      n,
                      0f,
                      nc,
                      0,
                      n,
                      nSums,
                      0,
                      Workers.shared());
                }
              }));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
