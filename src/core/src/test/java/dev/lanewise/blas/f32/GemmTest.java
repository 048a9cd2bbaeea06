package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Gemm;
import dev.lanewise.blas.Layout;
import dev.lanewise.blas.Transpose;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

@SuppressWarnings("cast")
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
        int terms = alpha == 0f ? 0 : k;
        for (int p = 0; p < terms; p++) {
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
    assertSame(expected, onHeap, () -> what + " on arrays");

    // The same memory read column by column holds the transposes: C' = op(B)' op(A)'.
    float[] byColumns = c.values.clone();
    Gemm.sgemm(
        Layout.COLUMN_MAJOR,
        transB,
        transA,
        n,
        m,
        k,
        alpha,
        b.values,
        0,
        b.ld,
        a.values,
        0,
        a.ld,
        beta,
        byColumns,
        0,
        c.ld,
        workers);
    assertSame(expected, byColumns, () -> what + " column-major");

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
      assertSame(expected, nc.toArray(), () -> what + " off-heap");
      nc.assertGuardsIntact();
      assertSame(a.values, na.toArray(), () -> "A was written");
      assertSame(b.values, nb.toArray(), () -> "B was written");
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

  /** So deep that panels are packed, with a factor, so that operands are not read in place. */
  @Test
  void everyEdgeOfThePackedTileGivesTheBitsOfTheDefinition() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        Transpose transA = BOTH[m % 2];
        Transpose transB = BOTH[n / 2 % 2];
        float beta = (m + n) % 3 == 0 ? 0f : 1f;
        int k = 64 * 64 * 64 / (m * n) + 9;
        checkAgainstReference(transA, transB, m, n, k, 0.5f, beta, 1, m + n, Workers.shared());
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
              checkAgainstReference(
                  transA, transB, size, size + 1, size + 2, alpha, beta, 2, size, Workers.shared());
            }
          }
        }
      }
    }
  }

  @Test
  void rowsAndColumnsOfEveryLengthGiveTheBitsOfTheDefinitionInPlace() {
    float[] betas = {0f, 1f, 0.5f};
    for (int m = 1; m <= 17; m++) {
      for (int n = 1; n <= 6 * Lanes.F32_LANES; n++) {
        float beta = betas[(m + n) % 3];
        checkAgainstReference(
            NO_TRANS, NO_TRANS, m, n, 1 + n % 5, 1f, beta, n % 2, m, Workers.shared());
      }
    }
  }

  /** On either side of the limits up to which 32 registers need no packing: depth and spread. */
  @Test
  void deepOrWidelySpreadOperandsGiveTheBitsOfTheDefinition() {
    for (int k : new int[] {2047, 2048, 2049}) {
      checkAgainstReference(NO_TRANS, NO_TRANS, 37, 150, k, 1f, 0f, 1, k, Workers.shared());
    }
    for (int gap : new int[] {1833, 1834, 1840}) {
      checkAgainstReference(NO_TRANS, NO_TRANS, 19, 70, 1100, 1f, 0f, gap, gap, Workers.shared());
    }
  }

  @Test
  void fewRowsOrColumnsGiveTheBitsOfTheDefinitionAtAnyDepth() {
    for (float beta : new float[] {0f, 0.7f}) {
      checkAgainstReference(NO_TRANS, NO_TRANS, 8, 901, 300, 1f, beta, 1, 1, Workers.shared());
      checkAgainstReference(NO_TRANS, NO_TRANS, 1, 77, 1700, 1f, beta, 0, 2, Workers.shared());
      checkAgainstReference(NO_TRANS, NO_TRANS, 130, 5, 5003, 1f, beta, 3, 3, Workers.shared());
      checkAgainstReference(NO_TRANS, NO_TRANS, 260, 7, 2500, 1f, beta, 0, 4, Workers.shared());
    }
  }

  @Test
  void severalCacheBlocksInEachDirectionGiveTheBitsOfTheDefinition() {
    for (Transpose transA : BOTH) {
      for (Transpose transB : BOTH) {
        checkAgainstReference(transA, transB, 13, 35, 1025, 1f, 0.5f, 1, 1, Workers.shared());
        checkAgainstReference(transA, transB, 13, 35, 2049, 0.7f, 0f, 0, 2, Workers.shared());
        checkAgainstReference(transA, transB, 8, 300, 515, 1f, 1f, 0, 5, Workers.shared());
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
      float[] first = new float[0];
      for (int threads : new int[] {1, 2, 3, 7}) {
        float[] c = new float[m * n];
        try (Workers workers = Workers.of(threads)) {
          Gemm.sgemm(
              NO_TRANS, TRANS, m, n, k, 1f, a.values, 0, k, b.values, 0, k, 0f, c, 0, n, workers);
        }
        if (threads == 1) {
          first = c;
        }
        assertSame(first, c, () -> threads + " threads");
      }
    }
  }

  @Test
  void theErrorStaysWithinTheBoundOfTheDocumentation() {
    SplittableRandom random = new SplittableRandom(11);
    int m = 13;
    int n = 17;
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
        BigDecimal exact = BigDecimal.valueOf(0);
        for (int p = 0; p < k; p++) {
          exact = exact.add(exact(a.values[i * k + p]).multiply(exact(b.values[p * n + j])));
        }
        BigDecimal old = exact(beta).multiply(exact(c.values[i * n + j]));
        exact = exact.multiply(exact(alpha)).add(old);
        double magnitude = Math.abs(old.doubleValue());
        for (int p = 0; p < k; p++) {
          magnitude += Math.abs((double) alpha * a.values[i * k + p] * b.values[p * n + j]);
        }
        double error = exact(result[i * n + j]).subtract(exact).abs().doubleValue();
        assertTrue(
            error <= gamma * magnitude, "error " + error + " over the bound " + gamma * magnitude);
        worst = Math.max(worst, error / (U * magnitude));
      }
    }
    assertTrue(worst < 16, "the testers' ratio of the BLAS is " + worst);
  }

  private static BigDecimal exact(float value) {
    return new BigDecimal((double) value);
  }

  @Test
  void wholeNumbersComeOutExact() {
    SplittableRandom random = new SplittableRandom(13);
    int m = 37;
    int n = 41;
    int k = 300;
    float[] a = new float[m * k];
    float[] b = new float[k * n];
    for (int i = 0; i < a.length; i++) {
      a[i] = random.nextInt(-9, 10);
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = random.nextInt(-9, 10);
    }
    float[] c = new float[m * n];
    Gemm.sgemm(NO_TRANS, NO_TRANS, m, n, k, 2f, a, k, b, n, 0f, c, n);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        long sum = 0;
        for (int p = 0; p < k; p++) {
          sum += 2L * (long) a[i * k + p] * (long) b[p * n + j];
        }
        assertEquals(sum, (long) c[i * n + j]);
      }
    }
  }

  @Test
  void theStepThatFillsAnOddDepthChangesNoZeroAndNoInfinity() {
    float[] c = new float[16 * 16];
    Arrays.fill(c, -0f);
    float[] zeros = new float[16];
    float[] minus = new float[16];
    Arrays.fill(minus, -0f);
    // -0 + 0 * -0 is -0; the zeros that fill the last step must keep it so.
    Gemm.sgemm(NO_TRANS, NO_TRANS, 16, 16, 1, 1f, zeros, 1, minus, 16, 1f, c, 16);
    for (float value : c) {
      assertEquals(-0f, value);
    }
    float[] infinities = new float[16];
    Arrays.fill(infinities, Float.POSITIVE_INFINITY);
    float[] ones = new float[16];
    Arrays.fill(ones, 1f);
    Gemm.sgemm(NO_TRANS, NO_TRANS, 16, 16, 1, -1f, infinities, 1, ones, 16, 0f, c, 16);
    for (float value : c) {
      assertEquals(Float.NEGATIVE_INFINITY, value);
    }
  }

  @Test
  void aBatchGivesTheBitsOfItsProducts() {
    SplittableRandom random = new SplittableRandom(17);
    for (int[] shape :
        new int[][] {{5, 7, 3, 9}, {40, 33, 21, 4}, {1, 1, 1, 100}, {170, 130, 150, 3}}) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      int batch = shape[3];
      int strideA = m * k + 3;
      int strideC = m * n + 1;
      Matrix a = Matrix.random(1, strideA * batch, 0, random);
      Matrix b = Matrix.random(k, n, 0, random);
      float[] expected = new float[strideC * batch];
      for (int i = 0; i < batch; i++) {
        Gemm.sgemm(
            NO_TRANS,
            NO_TRANS,
            m,
            n,
            k,
            1f,
            a.values,
            (long) i * strideA,
            k,
            b.values,
            0,
            n,
            0f,
            expected,
            (long) i * strideC,
            n,
            Workers.shared());
      }
      for (int threads : new int[] {1, 2, 3, 7}) {
        try (Workers workers = Workers.of(threads)) {
          float[] c = new float[strideC * batch];
          Gemm.sgemmStridedBatched(
              Layout.ROW_MAJOR,
              NO_TRANS,
              NO_TRANS,
              m,
              n,
              k,
              1f,
              a.values,
              0,
              k,
              strideA,
              b.values,
              0,
              n,
              0,
              0f,
              c,
              0,
              n,
              strideC,
              batch,
              workers);
          assertSame(expected, c, () -> batch + " products on " + threads + " threads");
          float[] segment = new float[strideC * batch];
          Gemm.sgemmStridedBatched(
              Layout.ROW_MAJOR,
              NO_TRANS,
              NO_TRANS,
              m,
              n,
              k,
              1f,
              MemorySegment.ofArray(a.values),
              0,
              k,
              strideA,
              MemorySegment.ofArray(b.values),
              0,
              n,
              0,
              0f,
              MemorySegment.ofArray(segment),
              0,
              n,
              strideC,
              batch,
              workers);
          assertSame(expected, segment, () -> batch + " products on segments");
        }
      }
    }
  }

  @Test
  void aBatchWhoseItemsDoNotFitOrOverlapIsRefused() {
    float[] a = new float[40];
    float[] b = new float[40];
    float[] c = new float[40];
    assertMessage("C has stride 3 from one product", () -> batch(a, 4, b, c, 3, 2));
    assertMessage("A has 3 items of 4 elements, 19 apart", () -> batch(a, 19, b, c, 4, 3));
    assertMessage("A has stride -1", () -> batch(a, -1, b, c, 4, 3));
    assertMessage("batch = -1", () -> batch(a, 4, b, c, 4, -1));
    assertMessage("the results C and the inputs A", () -> batch(c, 4, b, c, 4, 3));
    batch(a, 4, b, c, 4, 10);
  }

  private static void batch(
      float[] a, long strideA, float[] b, float[] c, long strideC, int batch) {
    Gemm.sgemmStridedBatched(
        Layout.ROW_MAJOR,
        NO_TRANS,
        NO_TRANS,
        2,
        2,
        2,
        1f,
        a,
        0,
        2,
        strideA,
        b,
        0,
        2,
        0,
        0f,
        c,
        0,
        2,
        strideC,
        batch,
        Workers.shared());
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
        "needs 17 elements, its array has 15",
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
      MemorySegment odd = arena.allocate(2L * Float.BYTES * 15, 8).asSlice(1, 15L * Float.BYTES);
      assertMessage(
          "multiple of " + Float.BYTES,
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
        "and so needs 4294967296 elements",
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
      MemorySegment a = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment b = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment c = arena.allocate((long) Float.BYTES * n * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2000,
              200,
              () -> {
                Gemm.sgemm(NO_TRANS, NO_TRANS, 48, 48, 48, 1f, a, n, b, n, 0f, c, n);
                Gemm.sgemm(TRANS, TRANS, n, n, n, 1f, a, n, b, n, 1f, c, n);
                Gemm.sgemm(NO_TRANS, NO_TRANS, 9, 13, 20, 1f, a, n, b, n, 0f, c, n);
                Gemm.sgemm(NO_TRANS, NO_TRANS, 5, n, n, 1f, a, n, b, n, 1f, c, n);
              }));
    }
  }

  @Test
  void aProductOnArraysAllocatesNothing() {
    int n = 50;
    float[] a = new float[n * n];
    float[] b = new float[n * n];
    float[] c = new float[n * n];
    assertEquals(
        0,
        AllocatedBytes.perCall(
            2000,
            200,
            () -> {
              Gemm.sgemm(NO_TRANS, NO_TRANS, n, n, n, 1f, a, n, b, n, 0f, c, n);
              Gemm.sgemm(NO_TRANS, NO_TRANS, 9, 7, n, 1f, a, n, b, n, 1f, c, n);
              Gemm.sgemm(TRANS, TRANS, 7, 3, n, 1f, a, n, b, n, 1f, c, n);
            }));
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
