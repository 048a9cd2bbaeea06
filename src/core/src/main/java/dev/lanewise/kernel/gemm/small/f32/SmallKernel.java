package dev.lanewise.kernel.gemm.small.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;

import dev.lanewise.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * Products from where their operands lie, where packing would move more than it saves: small ones,
 * those of few rows, and with 32 registers nearly all that need no more than their operands. The
 * bits are those of {@link dev.lanewise.kernel.gemm.f32.MacroKernel}.
 *
 * <p>With neither operand transposed and alpha = 1 by vectors, see {@link ArrayStrips}; otherwise,
 * or with rows of less than four elements, a few terms one after the other, see {@link
 * ScalarKernel}.
 */
public final class SmallKernel {
  /** Whether there are 32 vector registers for sure: see the blocking of large products. */
  static final boolean WIDE = Lanes.BITS == 512;

  /**
   * Rows of C shorter than this go term by term: a mask is no gain, and where a vector has four
   * lanes or fewer masks are slow.
   */
  static final int SHORTEST = 4;

  /**
   * Most terms of a product that asks for no threads. With 16 registers packed panels are faster
   * beyond, on cubes from about 110 on.
   */
  private static final long MOST_TERMS = 1_400_000;

  /**
   * Most rows of B for 32 registers: a strip of four vectors takes half of a second-level cache of
   * 1 MiB then.
   */
  private static final int MOST_DEPTH = 2048;

  /**
   * What the rows of B may spread over: 2,048 pages of 4 KiB, about as many as a processor keeps
   * the addresses of. Each strip of B visits them all.
   */
  private static final long MOST_SPREAD = 8L * 1024 * 1024;

  /** Rows of C up to which B is read about once, so that packing it cannot pay. */
  private static final int THIN_ROWS = 8;

  /**
   * Elements of a block of B for 16 registers, 256 KiB: each few rows of C read it again, from the
   * second-level cache.
   */
  private static final int BLOCK = 256 * 1024 / Float.BYTES;

  /** Fewer rows than these are not worth adding to C once more. */
  private static final int LEAST_DEPTH = 64;

  /** Terms from which copies of short rows in segments are faster than term by term. */
  private static final long FEW_TERMS = 27;

  private SmallKernel() {}

  /** Whether a product on arrays is to be computed here. */
  public static boolean serves(
      boolean transA, boolean transB, int m, int n, int k, float alpha, float beta) {
    return byVectors(transA, transB, m, n, k, alpha, beta) || ScalarKernel.serves(m, n, k);
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
      float beta,
      MemorySegment c) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE || c.getClass() != NATIVE) {
      return false;
    }
    if (n >= Lanes.F32_LANES && inPlaceOffHeap(m)) {
      return serves(transA, transB, m, n, k, alpha, beta);
    }
    return ScalarKernel.serves(m, n, k) && (n < SHORTEST || (long) m * n * k <= FEW_TERMS);
  }

  /**
   * Whether a product of any size, or a block of one, is to be computed here: also where few rows
   * make packing a waste, or with 32 registers, where a strip of B stays in the second-level cache
   * as it lies.
   */
  public static boolean servesBlock(
      boolean transA, boolean transB, int m, int n, int k, float alpha, int ldb, float beta) {
    if (serves(transA, transB, m, n, k, alpha, beta)) {
      return true;
    }
    boolean near = k <= MOST_DEPTH && (long) k * ldb * Float.BYTES <= MOST_SPREAD;
    return inPlace(transA, transB, n, alpha, beta)
        && (m <= THIN_ROWS || (WIDE && beta == 0f && near));
  }

  /** Whether so many rows of C are too few for copies of the operands to pay. */
  public static boolean inPlaceOffHeap(int m) {
    return WIDE || m <= THIN_ROWS;
  }

  private static boolean byVectors(
      boolean transA, boolean transB, int m, int n, int k, float alpha, float beta) {
    return inPlace(transA, transB, n, alpha, beta)
        && (long) m * n <= MOST_TERMS
        && (long) m * n * k <= MOST_TERMS;
  }

  private static boolean inPlace(boolean transA, boolean transB, int n, float alpha, float beta) {
    return !transA
        && !transB
        && alpha == 1f
        && n >= SHORTEST
        && (n >= Lanes.F32_LANES || beta == 0f);
  }

  /**
   * Vectors of the next strip when so many are to do, for 32 registers: four in the end, and before
   * them what is left over, of which one alone would wait for loads.
   */
  static int strip(int vectors) {
    int rest = vectors % 4;
    if (rest == 0) {
      return 4;
    }
    return rest == 1 && vectors > 1 ? 2 : rest;
  }

  /**
   * The depth of a block of B; each after the first adds to C, which short rows cannot. Tiles for
   * 32 registers are wide enough to read all of B at once, however large it is.
   */
  private static int depth(int n, int k, float beta) {
    boolean inOne = n < Lanes.F32_LANES || (WIDE && beta == 0f);
    return inOne ? k : Math.clamp(BLOCK / n, LEAST_DEPTH, Panel.DEPTH);
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
    if (inPlace(transA, transB, n, alpha, beta)) {
      int depth = depth(n, k, beta);
      int a0 = (int) offsetA;
      int b0 = (int) offsetB;
      float start = beta;
      int p = 0;
      do {
        int kc = Math.min(depth, k - p);
        ArrayStrips.run(m, n, kc, a, a0 + p, lda, b, b0, ldb, start, c, (int) offsetC, ldc);
        b0 += kc * ldb;
        start = 1f;
        p += kc;
      } while (p < k);
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
    if (n >= Lanes.F32_LANES && inPlace(transA, transB, n, alpha, beta)) {
      long u = Float.BYTES;
      int depth = depth(n, k, beta);
      long b0 = u * offsetB;
      float start = beta;
      int p = 0;
      do {
        int kc = Math.min(depth, k - p);
        long a0 = u * (offsetA + p);
        SegmentStrips.run(m, n, kc, a, a0, u * lda, b, b0, u * ldb, start, c, u * offsetC, u * ldc);
        b0 += u * kc * ldb;
        start = 1f;
        p += kc;
      } while (p < k);
    } else {
      ScalarKernel.run(
          transA, transB, m, n, k, alpha, a, offsetA, lda, b, offsetB, ldb, beta, c, offsetC, ldc);
    }
  }
}
