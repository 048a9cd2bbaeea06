package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Activation;
import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Transpose;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The product with a bias and an activation against the product, the sum and the activation. */
@SuppressWarnings("cast")
class GemmBiasTest {
  private static final Transpose[] BOTH = {NO_TRANS, TRANS};
  private static final float[] BETAS = {0f, 1f, 0.7f};

  /** In both precisions. */
  private static final Activation[] EXACT = {Activation.NONE, Activation.RELU};

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

  private static void check(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float beta,
      int gap,
      Activation activation,
      Workers workers) {
    SplittableRandom random = new SplittableRandom(31L * m + n + k);
    int lda = Math.max(1, (transA == TRANS ? m : k) + gap);
    int ldb = Math.max(1, (transB == TRANS ? k : n) + gap);
    int ldc = Math.max(1, n + gap);
    float[] a = transA == TRANS ? random(k, m, lda, random) : random(m, k, lda, random);
    float[] b = transB == TRANS ? random(n, k, ldb, random) : random(k, n, ldb, random);
    float[] c = random(m, n, ldc, random);
    float[] bias = random(1, n, Math.max(1, n), random);
    if (beta == 0f) {
      Arrays.fill(c, Float.NaN);
    }
    if (n > 4) {
      bias[3] = Float.NaN;
      bias[4] = Float.NEGATIVE_INFINITY;
    }
    float[] expected = c.clone();
    Gemm.sgemm(
        transA, transB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, expected, 0, ldc, workers);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = expected[i * ldc + j] + bias[j];
        expected[i * ldc + j] = activation == Activation.RELU && sum <= 0 ? 0f : sum;
      }
    }
    String what =
        transA + " " + transB + " " + m + "x" + n + "x" + k + " beta " + beta + " " + activation;

    float[] onHeap = c.clone();
    Gemm.sgemmBias(
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        0,
        lda,
        b,
        0,
        ldb,
        beta,
        onHeap,
        0,
        ldc,
        bias,
        0,
        activation,
        workers);
    assertSame(expected, onHeap, () -> what + " on arrays");

    try (GuardedFloats na = GuardedFloats.copyOf(a);
        GuardedFloats nb = GuardedFloats.copyOf(b);
        GuardedFloats nc = GuardedFloats.copyOf(c);
        GuardedFloats nBias = GuardedFloats.copyOf(bias)) {
      Gemm.sgemmBias(
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
          nBias.segment(),
          0,
          activation,
          workers);
      assertSame(expected, nc.toArray(), () -> what + " off-heap");
      nc.assertGuardsIntact();
      assertSame(bias, nBias.toArray(), () -> "the bias was written");
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
  void everySizeUpToFortyGivesTheBitsOfTheProductAndTheSum() {
    for (int m = 0; m <= 40; m++) {
      for (int n = 0; n <= 40; n++) {
        Transpose transA = BOTH[m % 2];
        Transpose transB = BOTH[n % 2];
        float beta = BETAS[(m + n) % 3];
        Activation activation = EXACT[(m + n / 2) % 2];
        check(transA, transB, m, n, 9, 1f, beta, n % 3, activation, Workers.shared());
      }
    }
  }

  @Test
  void everyEdgeWithEveryTransposeBetaAndActivationGivesTheBitsOfTheProductAndTheSum() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        for (float beta : BETAS) {
          for (Activation activation : EXACT) {
            check(NO_TRANS, TRANS, m, n, 5, 1f, beta, 3, activation, Workers.shared());
            check(TRANS, NO_TRANS, m, n, 6, -0.7f, beta, 0, activation, Workers.shared());
          }
        }
      }
    }
    for (Transpose transA : BOTH) {
      for (Transpose transB : BOTH) {
        for (float beta : BETAS) {
          check(transA, transB, 33, 35, 17, 0.7f, beta, 2, Activation.RELU, Workers.shared());
        }
      }
    }
  }

  @Test
  void severalCacheBlocksInEachDirectionAreFinishedOnce() {
    int[][] shapes = {
      {13, 35, 1025}, {13, 33, 2049}, {8, 300, 515}, {1033, 37, 5}, {1039, 261, 1030}, {7, 517, 9}
    };
    for (int[] shape : shapes) {
      for (float beta : BETAS) {
        for (Activation activation : EXACT) {
          check(
              NO_TRANS,
              TRANS,
              shape[0],
              shape[1],
              shape[2],
              1f,
              beta,
              1,
              activation,
              Workers.shared());
        }
      }
    }
  }

  @Test
  void aProductWithoutTermsIsTheScaledMatrixAndTheBias() {
    for (float beta : BETAS) {
      for (Activation activation : EXACT) {
        check(NO_TRANS, NO_TRANS, 5, 19, 0, 1f, beta, 2, activation, Workers.shared());
        check(NO_TRANS, NO_TRANS, 5, 777, 3, 0f, beta, 2, activation, Workers.shared());
      }
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        check(NO_TRANS, TRANS, 257, 193, 131, 1f, 0f, 0, Activation.RELU, workers);
        check(NO_TRANS, TRANS, 40, 700, 130, 1f, 1f, 1, Activation.NONE, workers);
        check(TRANS, NO_TRANS, 700, 40, 1130, 1f, 0f, 2, Activation.RELU, workers);
        check(TRANS, TRANS, 40, 701, 1130, 1f, 0f, 0, Activation.NONE, workers);
      }
    }
  }

  @Test
  void offsetsAndAHeapSegmentSelectTheBias() {
    float[] a = {1, 2, 3, 4};
    float[] b = {1, 0, 0, 1};
    float[] bias = {99, -2, 10};
    float[] expected = {7, 7, 0, 12, 1, 14};
    float[] c = {7, 7, 7, 7, 7, 7};
    Gemm.sgemmBias(
        NO_TRANS,
        NO_TRANS,
        2,
        2,
        2,
        1f,
        a,
        0,
        2,
        b,
        0,
        2,
        0f,
        c,
        2,
        2,
        bias,
        1,
        Activation.RELU,
        Workers.shared());
    assertSame(expected, c, () -> "arrays");
    Arrays.fill(c, 7f);
    Gemm.sgemmBias(
        NO_TRANS,
        NO_TRANS,
        2,
        2,
        2,
        1f,
        MemorySegment.ofArray(a),
        0,
        2,
        MemorySegment.ofArray(b),
        0,
        2,
        0f,
        MemorySegment.ofArray(c),
        2,
        2,
        MemorySegment.ofArray(bias),
        1,
        Activation.RELU,
        Workers.shared());
    assertSame(expected, c, () -> "segments");
  }

  @Test
  void theNextProductWithoutABiasHasNone() {
    float[] one = {1};
    float[] c = new float[1];
    Gemm.sgemmBias(
        NO_TRANS,
        NO_TRANS,
        1,
        1,
        1,
        1f,
        one,
        0,
        1,
        one,
        0,
        1,
        0f,
        c,
        0,
        1,
        one,
        0,
        Activation.NONE,
        Workers.shared());
    assertEquals(2f, c[0]);
    Gemm.sgemm(NO_TRANS, NO_TRANS, 1, 1, 1, 1f, one, 1, one, 1, 0f, c, 1);
    assertEquals(1f, c[0]);
  }

  private static void square(
      int n, float[] a, int lda, float[] b, float[] c, int ldc, float[] bias, long offsetBias) {
    Gemm.sgemmBias(
        NO_TRANS,
        NO_TRANS,
        n,
        n,
        n,
        1f,
        a,
        0,
        lda,
        b,
        0,
        n,
        0f,
        c,
        0,
        ldc,
        bias,
        offsetBias,
        Activation.NONE,
        Workers.shared());
  }

  private static void squareOnSegments(MemorySegment c, MemorySegment bias) {
    MemorySegment a = MemorySegment.ofArray(new float[16]);
    Gemm.sgemmBias(
        NO_TRANS,
        NO_TRANS,
        4,
        4,
        4,
        1f,
        a,
        0,
        4,
        a,
        0,
        4,
        0f,
        c,
        0,
        4,
        bias,
        0,
        Activation.NONE,
        Workers.shared());
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[16];
    float[] c = new float[40];
    Arrays.fill(c, 3f);
    float[] bias = new float[4];
    assertMessage("n = -1", () -> square(-1, a, 4, a, c, 4, bias, 0));
    assertMessage(
        "A lies as 4x4 with leading dimension 3", () -> square(4, a, 3, a, c, 4, bias, 0));
    assertMessage("needs 16 elements, its array has 4", () -> square(4, a, 4, bias, c, 4, bias, 0));
    assertMessage(
        "bias has 4 elements from offset 1 with increment 1, its array has room for 3",
        () -> square(4, a, 4, a, c, 4, bias, 1));
    assertMessage("bias begins at offset -1", () -> square(4, a, 4, a, c, 4, bias, -1));
    assertMessage("C and bias share elements", () -> square(4, a, 4, a, c, 4, c, 15));
    assertMessage("C and A share elements", () -> square(4, c, 4, a, c, 4, bias, 0));
    assertMessage("C and B share elements", () -> square(4, a, 4, c, c, 4, bias, 0));
    MemorySegment good = MemorySegment.ofArray(bias);
    MemorySegment inC = MemorySegment.ofArray(c);
    assertMessage("read-only", () -> squareOnSegments(inC.asReadOnly(), good));
    assertMessage("C and bias share elements", () -> squareOnSegments(inC, inC));
    assertMessage("bias has 4 elements", () -> squareOnSegments(inC, good.asSlice(Float.BYTES)));
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment odd = arena.allocate(8L * Float.BYTES, 8).asSlice(1, 4L * Float.BYTES);
      assertMessage("bias lies at address", () -> squareOnSegments(inC, odd));
      closed = arena.allocate(JAVA_FLOAT, 4);
    }
    assertThrows(IllegalStateException.class, () -> squareOnSegments(inC, closed));
    for (float value : c) {
      assertEquals(3f, value);
    }
    // A bias beside C in one larger matrix is no element of it.
    square(4, a, 4, a, c, 9, c, 4);
    assertEquals(3f, c[0]);
    assertEquals(3f, c[8]);
  }

  @Test
  void nothingIsAllocated() {
    int n = 61;
    float[] a = new float[n * n];
    float[] c = new float[n * n];
    try (Arena arena = Arena.ofShared()) {
      MemorySegment na = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment nc = arena.allocate((long) Float.BYTES * n * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2000,
              200,
              () -> {
                for (Activation activation : EXACT) {
                  Gemm.sgemmBias(
                      NO_TRANS,
                      TRANS,
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
                      a,
                      0,
                      activation,
                      Workers.shared());
                  Gemm.sgemmBias(
                      NO_TRANS,
                      TRANS,
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
                      na,
                      0,
                      activation,
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
