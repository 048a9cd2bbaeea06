package dev.lanewise.blas;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GemmTest {
  private static final double U = 0x1p-24;
  private static final Transpose[] BOTH = {NO_TRANS, TRANS};

  /** Rows x columns floats of a matrix with a leading dimension, as it lies in memory. */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  private record Matrix(float[] values, int rows, int columns, int ld) {
    static Matrix random(int rows, int columns, int gap, SplittableRandom random) {
      int ld = Math.max(1, columns + gap);
      int extent =
          rows == 0 || columns == 0 ? 0 : Math.addExact(Math.multiplyExact(rows - 1, ld), columns);
      float[] values = new float[extent];
      Arrays.fill(values, Float.NaN);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          values[i * ld + j] = (float) random.nextDouble(-1, 1);
        }
      }
      return new Matrix(values, rows, columns, ld);
    }

    float at(int i, int j, Transpose trans) {
      return trans == TRANS ? values[j * ld + i] : values[i * ld + j];
    }
  }

  private static Matrix operand(
      Transpose trans, int rows, int columns, int gap, SplittableRandom random) {
    return trans == TRANS
        ? Matrix.random(columns, rows, gap, random)
        : Matrix.random(rows, columns, gap, random);
  }

  /** The specification itself, one element after the other: the kernel has to give these bits. */
  private static float[] reference(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      Matrix a,
      Matrix b,
      float beta,
      Matrix c) {
    float[] expected = c.values.clone();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = beta == 0f ? 0f : beta * c.values[i * c.ld + j];
        for (int p = 0; p < k; p++) {
          sum = Math.fma(alpha * a.at(i, p, transA), b.at(p, j, transB), sum);
        }
        expected[i * c.ld + j] = sum;
      }
    }
    return expected;
  }

  private static void checkAgainstReference(
      Transpose transA,
      Transpose transB,
      int m,
      int n,
      int k,
      float alpha,
      float beta,
      int gap,
      int seed,
      Workers workers) {
    SplittableRandom random = new SplittableRandom(seed);
    Matrix a = operand(transA, m, k, gap, random);
    Matrix b = operand(transB, k, n, gap, random);
    Matrix c = Matrix.random(m, n, gap, random);
    if (beta == 0f) {
      Arrays.fill(c.values, Float.NaN);
    }
    float[] expected = reference(transA, transB, m, n, k, alpha, a, b, beta, c);
    String what =
        transA + " " + transB + " " + m + "x" + n + "x" + k + " alpha " + alpha + " beta " + beta;

    float[] onHeap = c.values.clone();
    Gemm.sgemm(
        transA, transB, m, n, k, alpha, a.values, 0, a.ld, b.values, 0, b.ld, beta, onHeap, 0, c.ld,
        workers);
    assertArrayEquals(bits(expected), bits(onHeap), () -> what + " on arrays");

    try (GuardedFloats na = GuardedFloats.copyOf(a.values);
        GuardedFloats nb = GuardedFloats.copyOf(b.values);
        GuardedFloats nc = GuardedFloats.copyOf(c.values)) {
      Gemm.sgemm(
          transA,
          transB,
          m,
          n,
          k,
          alpha,
          na.segment(),
          0,
          a.ld,
          nb.segment(),
          0,
          b.ld,
          beta,
          nc.segment(),
          0,
          c.ld,
          workers);
      assertArrayEquals(bits(expected), bits(nc.toArray()), () -> what + " off-heap");
      nc.assertGuardsIntact();
      assertArrayEquals(bits(a.values), bits(na.toArray()), "A was written");
      assertArrayEquals(bits(b.values), bits(nb.toArray()), "B was written");
    }
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void everyEdgeOfTheTileGivesTheBitsOfTheDefinition() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        Transpose transA = BOTH[m % 2];
        Transpose transB = BOTH[n % 2];
        checkAgainstReference(transA, transB, m, n, 9, 1f, 0f, 0, m + n, Workers.shared());
        checkAgainstReference(transB, transA, m, n, 17, 1f, 1f, 3, m + n, Workers.shared());
      }
    }
  }

  @Test
  void everyTransposeAlphaAndBetaGiveTheBitsOfTheDefinition() {
    for (Transpose transA : BOTH) {
      for (Transpose transB : BOTH) {
        for (float alpha : new float[] {0f, 1f, 0.7f, -1f}) {
          for (float beta : new float[] {0f, 1f, 1.3f, -1f}) {
            for (int size : new int[] {1, 2, 3, 5, 9, 33}) {
              if (alpha != 0f) {
                checkAgainstReference(
                    transA,
                    transB,
                    size,
                    size + 1,
                    size + 2,
                    alpha,
                    beta,
                    2,
                    size,
                    Workers.shared());
              }
            }
          }
        }
      }
    }
  }

  @Test
  void severalCacheBlocksInEachDirectionGiveTheBitsOfTheDefinition() {
    for (Transpose transA : BOTH) {
      for (Transpose transB : BOTH) {
        checkAgainstReference(transA, transB, 13, 35, 1025, 1f, 0.5f, 1, 1, Workers.shared());
        checkAgainstReference(transA, transB, 13, 35, 2049, 0.7f, 0f, 0, 2, Workers.shared());
        checkAgainstReference(transA, transB, 1033, 37, 5, 1f, 1f, 1, 3, Workers.shared());
        checkAgainstReference(transA, transB, 7, 200, 129, 1f, 1f, 1, 4, Workers.shared());
      }
    }
  }

  @Property(tries = 60)
  void anyShapeOnAnyNumberOfThreadsGivesTheBitsOfTheDefinition(
      @ForAll @IntRange(min = 0, max = 150) int m,
      @ForAll @IntRange(min = 0, max = 150) int n,
      @ForAll @IntRange(min = 0, max = 150) int k,
      @ForAll boolean transA,
      @ForAll boolean transB,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll int seed,
      @ForAll @IntRange(min = 1, max = 3) int threads) {
    try (Workers workers = Workers.of(threads)) {
      checkAgainstReference(
          BOTH[transA ? 1 : 0], BOTH[transB ? 1 : 0], m, n, k, 1f, 1f, gap, seed, workers);
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    SplittableRandom random = new SplittableRandom(7);
    for (int[] shape : new int[][] {{257, 193, 131}, {40, 700, 130}, {700, 40, 130}}) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      Matrix a = Matrix.random(m, k, 0, random);
      Matrix b = Matrix.random(n, k, 0, random);
      int[] first = null;
      for (int threads : new int[] {1, 2, 3, 7}) {
        float[] c = new float[m * n];
        try (Workers workers = Workers.of(threads)) {
          Gemm.sgemm(
              NO_TRANS, TRANS, m, n, k, 1f, a.values, 0, k, b.values, 0, k, 0f, c, 0, n, workers);
        }
        if (first == null) {
          first = bits(c);
        }
        assertArrayEquals(first, bits(c), threads + " threads");
      }
    }
  }

  @Test
  void theErrorStaysWithinTheBoundOfTheDocumentation() {
    SplittableRandom random = new SplittableRandom(11);
    int m = 61;
    int n = 67;
    int k = 1500;
    float alpha = 0.7f;
    float beta = 1.3f;
    Matrix a = Matrix.random(m, k, 0, random);
    Matrix b = Matrix.random(k, n, 0, random);
    Matrix c = Matrix.random(m, n, 0, random);
    float[] result = c.values.clone();
    Gemm.sgemm(NO_TRANS, NO_TRANS, m, n, k, alpha, a.values, k, b.values, n, beta, result, n);
    double gamma = (k + 2) * U / (1 - (k + 2) * U);
    double worst = 0;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double exact = (double) beta * c.values[i * n + j];
        double magnitude = Math.abs(exact);
        for (int p = 0; p < k; p++) {
          double product = (double) alpha * a.values[i * k + p] * b.values[p * n + j];
          exact += product;
          magnitude += Math.abs(product);
        }
        double error = Math.abs(result[i * n + j] - exact);
        assertTrue(
            error <= gamma * magnitude, "error " + error + " over the bound " + gamma * magnitude);
        worst = Math.max(worst, error / (U * magnitude));
      }
    }
    assertTrue(worst < 16, "the testers' ratio of the BLAS is " + worst);
  }

  @Test
  void betaZeroOverwritesNaNAndAlphaZeroReadsNothing() {
    float[] nan = new float[16];
    Arrays.fill(nan, Float.NaN);
    float[] ones = new float[16];
    Arrays.fill(ones, 1f);
    float[] c = nan.clone();
    Gemm.sgemm(NO_TRANS, NO_TRANS, 4, 4, 4, 1f, ones, 4, ones, 4, 0f, c, 4);
    assertEquals(4f, c[5]);
    c = nan.clone();
    Gemm.sgemm(NO_TRANS, NO_TRANS, 4, 4, 4, 0f, nan, 4, nan, 4, 0f, c, 4);
    assertEquals(0f, c[5]);
    c = ones.clone();
    Gemm.sgemm(NO_TRANS, NO_TRANS, 4, 4, 0, 1f, nan, 4, nan, 4, 2f, c, 4);
    assertEquals(2f, c[5]);
  }

  @Test
  void nanInOneRowOfAStaysInThatRowOfC() {
    int n = 40;
    float[] a = new float[n * n];
    float[] b = new float[n * n];
    float[] c = new float[n * n];
    Arrays.fill(a, 1f);
    Arrays.fill(b, 1f);
    a[17 * n + 3] = Float.NaN;
    Gemm.sgemm(NO_TRANS, NO_TRANS, n, n, n, 1f, a, n, b, n, 0f, c, n);
    for (int i = 0; i < n * n; i++) {
      assertEquals(i / n == 17, Float.isNaN(c[i]), "element " + i);
    }
  }

  @Test
  void offsetsSelectABlockOfALargerMatrixAndLeaveTheRestAlone() {
    SplittableRandom random = new SplittableRandom(5);
    Matrix all = Matrix.random(30, 30, 0, random);
    float[] c = all.values.clone();
    // The block at row 2, column 20 is computed from blocks at columns 0 and 10 of the same matrix.
    Gemm.sgemm(
        NO_TRANS, NO_TRANS, 9, 10, 10, 1f, c, 0, 30, c, 10, 30, 0f, c, 80, 30, Workers.shared());
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 30; j++) {
        float expected = all.values[i * 30 + j];
        if (i >= 2 && i < 11 && j >= 20) {
          expected = 0f;
          for (int p = 0; p < 10; p++) {
            expected =
                Math.fma(all.values[(i - 2) * 30 + p], all.values[p * 30 + 10 + j - 20], expected);
          }
        }
        assertEquals(expected, c[i * 30 + j], "row " + i + " column " + j);
      }
    }
  }

  @Test
  void wrongArgumentsAreNamedAndNothingIsWritten() {
    float[] a = new float[12];
    float[] b = new float[20];
    float[] c = new float[15];
    Arrays.fill(c, 3f);
    assertMessage(
        "m = -1", () -> Gemm.sgemm(NO_TRANS, NO_TRANS, -1, 5, 4, 1f, a, 4, b, 5, 0f, c, 5));
    assertMessage(
        "A lies as 3x4 with leading dimension 3: it must be at least 4",
        () -> Gemm.sgemm(NO_TRANS, NO_TRANS, 3, 5, 4, 1f, a, 3, b, 5, 0f, c, 5));
    assertMessage(
        "B lies as 5x4 with leading dimension 3: it must be at least 4",
        () -> Gemm.sgemm(NO_TRANS, TRANS, 3, 5, 4, 1f, a, 4, b, 3, 0f, c, 5));
    assertMessage(
        "needs 17 floats, its segment has 15",
        () -> Gemm.sgemm(NO_TRANS, NO_TRANS, 3, 5, 4, 1f, a, 4, b, 5, 0f, c, 6));
    assertMessage(
        "C and A share elements",
        () ->
            Gemm.sgemm(
                NO_TRANS,
                NO_TRANS,
                3,
                4,
                4,
                1f,
                b,
                0,
                4,
                new float[16],
                0,
                4,
                0f,
                b,
                8,
                4,
                Workers.shared()));
    assertMessage(
        "begins at offset -1",
        () ->
            Gemm.sgemm(
                NO_TRANS, NO_TRANS, 3, 5, 4, 1f, a, -1, 4, b, 0, 5, 0f, c, 0, 5, Workers.shared()));
    MemorySegment readOnly = MemorySegment.ofArray(c).asReadOnly();
    assertMessage(
        "read-only",
        () ->
            Gemm.sgemm(
                NO_TRANS,
                NO_TRANS,
                3,
                5,
                4,
                1f,
                MemorySegment.ofArray(a),
                4,
                MemorySegment.ofArray(b),
                5,
                0f,
                readOnly,
                5));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment odd = arena.allocate(4 * 16, 4).asSlice(1, 60);
      assertMessage(
          "multiple of 4",
          () ->
              Gemm.sgemm(
                  NO_TRANS,
                  NO_TRANS,
                  3,
                  5,
                  4,
                  1f,
                  MemorySegment.ofArray(a),
                  4,
                  MemorySegment.ofArray(b),
                  5,
                  0f,
                  odd,
                  5));
    }
    // Products of sizes that are 0 or negative in 32 bits.
    assertMessage(
        "and so needs 4294967296 floats",
        () ->
            Gemm.sgemm(
                NO_TRANS, NO_TRANS, 65536, 65536, 65536, 1f, a, 65536, b, 65536, 0f, c, 65536));
    for (float value : c) {
      assertEquals(3f, value);
    }
  }

  @Test
  void closedMemoryIsAnIllegalState() {
    MemorySegment a;
    try (Arena arena = Arena.ofShared()) {
      a = arena.allocate(JAVA_FLOAT, 16);
    }
    MemorySegment heap = MemorySegment.ofArray(new float[16]);
    assertThrows(
        IllegalStateException.class,
        () ->
            Gemm.sgemm(
                NO_TRANS,
                NO_TRANS,
                4,
                4,
                4,
                1f,
                a,
                4,
                heap,
                4,
                0f,
                MemorySegment.ofArray(new float[16]),
                4));
  }

  @Test
  void aProductOffHeapAllocatesNothing() {
    try (Arena arena = Arena.ofShared()) {
      int n = 160;
      MemorySegment a = arena.allocate(4L * n * n, 64);
      MemorySegment b = arena.allocate(4L * n * n, 64);
      MemorySegment c = arena.allocate(4L * n * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2000,
              200,
              () -> {
                Gemm.sgemm(NO_TRANS, NO_TRANS, 48, 48, 48, 1f, a, n, b, n, 0f, c, n);
                Gemm.sgemm(TRANS, TRANS, n, n, n, 1f, a, n, b, n, 1f, c, n);
              }));
    }
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
