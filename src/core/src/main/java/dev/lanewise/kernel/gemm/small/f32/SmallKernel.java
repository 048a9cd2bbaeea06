package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;

import dev.lanewise.kernel.gemm.small.f32.full.Tiles;
import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * Products whose operands fit in the caches next to the core, from where they lie: packing would
 * move more than it saves. The bits are those of {@link dev.lanewise.kernel.gemm.f32.MacroKernel}.
 *
 * <p>With neither operand transposed and alpha = 1 by vectors, see {@link ArrayStrips}; otherwise,
 * or with rows shorter than the narrowest vector, a few terms one after the other, see {@link
 * ScalarKernel}.
 */
public final class SmallKernel {
  /** Whether there are 32 vector registers for sure: see the blocking of large products. */
  static final boolean WIDE = Lanes.BITS == 512;

  /** Rows of C shorter than this have no vector narrow enough. */
  static final int SHORTEST = Lanes.F32_QUARTER.length();

  /**
   * Most terms. Where rows are far apart or B outgrows the first-level cache, packed panels are
   * faster: on cubes from about 100 on.
   */
  private static final long MOST_TERMS = 1_400_000;

  private SmallKernel() {}

  /**
   * The height of a tile so many vectors wide.
   *
   * @param wide whether it is one of {@link WideTiles}
   */
  static int height(boolean wide, int vectors) {
    return switch (vectors) {
      case 1 -> Tiles.ROWS_1;
      case 2 -> wide ? WideTiles.ROWS_2 : Tiles.ROWS_2;
      case 3 -> WideTiles.ROWS_3;
      default -> WideTiles.ROWS_4;
    };
  }

  /** Whether a product on arrays is to be computed here. */
  public static boolean serves(boolean transA, boolean transB, int m, int n, int k, float alpha) {
    return byVectors(transA, transB, m, n, k, alpha) || ScalarKernel.serves(m, n, k);
  }

  /** Whether a product on these segments is to be computed here: only on memory of an arena. */
  public static boolean serves(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      MemorySegment b,
      MemorySegment c) {
    return a.getClass() == NATIVE
        && b.getClass() == NATIVE
        && c.getClass() == NATIVE
        && serves(transA, transB, m, n, k, alpha);
  }

  private static boolean byVectors(
      boolean transA, boolean transB, int m, int n, int k, float alpha) {
    return !transA
        && !transB
        && alpha == 1f
        && n >= SHORTEST
        && (long) m * n <= MOST_TERMS
        && (long) m * n * k <= MOST_TERMS;
  }

  /** {@code C = alpha * op(A) * op(B) + beta * C}, row-major; the arguments have been checked. */
  public static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      long offsetA,
      int lda,
      float[] b,
      long offsetB,
      int ldb,
      float beta,
      float[] c,
      long offsetC,
      int ldc) {
    if (byVectors(transA, transB, m, n, k, alpha)) {
      int a0 = (int) offsetA;
      int b0 = (int) offsetB;
      ArrayStrips.run(m, n, k, a, a0, lda, b, b0, ldb, beta, c, (int) offsetC, ldc);
    } else {
      ScalarKernel.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    }
  }

  /** The same on memory of an arena. */
  public static void run(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long offsetA,
      int lda,
      MemorySegment b,
      long offsetB,
      int ldb,
      float beta,
      MemorySegment c,
      long offsetC,
      int ldc) {
    if (byVectors(transA, transB, m, n, k, alpha)) {
      long u = Float.BYTES;
      long a0 = u * offsetA;
      long b0 = u * offsetB;
      SegmentStrips.run(m, n, k, a, a0, u * lda, b, b0, u * ldb, beta, c, u * offsetC, u * ldc);
    } else {
      ScalarKernel.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    }
  }
}
