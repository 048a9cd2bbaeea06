package dev.lanewise.blas.f32;

import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.blas.Gemm;
import dev.lanewise.kernel.gemm.f32.Epilogue;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Products that share a packed B against those that pack it themselves: the same bits. */
@SuppressWarnings("cast")
class SharedBTest {
  private static final float[] BETAS = {0f, 1f, 0.7f};

  private static GuardedFloats random(int rows, int columns, int ld, SplittableRandom random) {
    int size =
        rows == 0 || columns == 0 ? 0 : Math.addExact(Math.multiplyExact(rows - 1, ld), columns);
    float[] values = new float[size];
    Arrays.fill(values, Float.NaN);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[i * ld + j] = (float) random.nextDouble(-1, 1);
      }
    }
    return GuardedFloats.copyOf(values);
  }

  /** Two products of other rows with one B, the second with a bias. */
  private static void check(boolean transB, int m, int n, int k, int gap, Workers workers) {
    SplittableRandom random = new SplittableRandom(31L * m + n + k);
    int lda = k + gap;
    int ldb = Math.max(1, (transB ? k : n) + gap);
    int ldc = Math.max(1, n + gap);
    try (GuardedFloats a = random(Math.multiplyExact(2, m), k, lda, random);
        GuardedFloats b = transB ? random(n, k, ldb, random) : random(k, n, ldb, random);
        GuardedFloats bias = random(1, n, Math.max(1, n), random);
        SharedB shared = SharedB.of(transB, k, n, b.segment(), 0, ldb, workers)) {
      for (float beta : BETAS) {
        for (int part = 0; part < 2; part++) {
          long offsetA = (long) part * m * lda;
          try (GuardedFloats c = random(m, n, ldc, random)) {
            float[] array = c.toArray();
            if (beta == 0f) {
              Arrays.fill(array, Float.NaN);
            }
            float[] expected = array.clone();
            Gemm.sgemm(
                NO_TRANS,
                transB ? TRANS : NO_TRANS,
                m,
                n,
                k,
                1f,
                a.segment(),
                offsetA,
                lda,
                b.segment(),
                0,
                ldb,
                beta,
                MemorySegment.ofArray(expected),
                0,
                ldc,
                workers);
            if (part == 1) {
              addBias(bias.toArray(), expected, m, n, ldc);
            }
            MemorySegment.copy(array, 0, c.segment(), JAVA_FLOAT, 0, array.length);
            String what =
                (transB ? "NT " : "NN ")
                    + m
                    + "x"
                    + n
                    + "x"
                    + k
                    + " beta "
                    + beta
                    + " bias "
                    + part;
            for (MemorySegment to :
                new MemorySegment[] {c.segment(), MemorySegment.ofArray(array)}) {
              GemmCall call = GemmCall.borrow();
              call.setA(a.segment(), offsetA, lda, false);
              call.setB(shared);
              call.setC(to, 0, ldc);
              if (part == 1) {
                call.setEpilogue(Epilogue.BIAS, bias.segment(), 0);
              }
              call.run(m, n, k, 1f, beta, 0, 0, 0, 1, workers);
            }
            assertSame(expected, c.toArray(), what + " off-heap");
            assertSame(expected, array, what + " on an array");
            c.assertGuardsIntact();
          }
        }
      }
    }
  }

  private static void addBias(float[] bias, float[] c, int m, int n, int ldc) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        c[i * ldc + j] += bias[j];
      }
    }
  }

  /** The same values, the sign of a zero and NaN included. */
  private static void assertSame(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(expected[i], actual[i]) != 0) {
        assertEquals(expected[i], actual[i], what + ", element " + i);
      }
    }
  }

  @Test
  void everyEdgeGivesTheBitsOfTheProductThatPacksItself() {
    for (int m : AwkwardSizes.edges()) {
      for (int n : AwkwardSizes.edges()) {
        check((m + n) % 2 == 0, m, n, 1 + (m + 2 * n) % 11, n % 3, Workers.shared());
      }
    }
  }

  @Test
  void rowsOfEveryHeightFillTheirTiles() {
    for (int m = 0; m <= 40; m++) {
      check(m % 2 == 0, m, 35, 9, 1, Workers.shared());
    }
  }

  @Test
  void severalBlocksOfRowsAndOfDepthAreChainsInOrder() {
    int[][] shapes = {{5, 37, 2049}, {97, 33, 577}, {205, 70, 1154}, {32, 131, 512}};
    for (int[] shape : shapes) {
      for (boolean transB : new boolean[] {false, true}) {
        check(transB, shape[0], shape[1], shape[2], 1, Workers.shared());
      }
    }
  }

  @Test
  void threadCountsOneTwoThreeAndSevenGiveTheSameBits() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        check(true, 57, 393, 331, 0, workers);
        check(false, 140, 70, 700, 1, workers);
      }
    }
  }

  @Test
  void nothingIsAllocated() {
    int n = 61;
    try (Arena arena = Arena.ofShared();
        Workers workers = Workers.of(1)) {
      MemorySegment a = arena.allocate((long) Float.BYTES * n * n, 64);
      MemorySegment c = arena.allocate((long) Float.BYTES * n * n, 64);
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2000,
              200,
              () -> {
                try (SharedB shared = SharedB.of(true, n, n, a, 0, n, workers)) {
                  GemmCall call = GemmCall.borrow();
                  call.setA(a, 0, n, false);
                  call.setB(shared);
                  call.setC(c, 0, n);
                  call.run(n, n, n, 1f, 0f, 0, 0, 0, 1, workers);
                }
              }));
    }
  }
}
