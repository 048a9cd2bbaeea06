package dev.lanewise.kernel.gemm;

import dev.lanewise.simd.Lanes;

/**
 * The register tile and the cache blocks, in the terms of Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (ACM TOMS 2008), and Low et al., "Analytical Modeling Is
 * Enough for High-Performance BLIS" (ACM TOMS 2016).
 *
 * <p>None of these numbers changes a bit of a result: each element of C is one chain of fused
 * multiply-adds over k in ascending order, whatever the tile and the blocks are.
 */
final class Blocking {
  /**
   * Whether the machine word of this JVM is a 512-bit vector. Only then C2 has 32 vector registers
   * for sure, and the tile can be the tall one.
   */
  static final boolean WIDE = Lanes.BITS == 512;

  /**
   * Rows of the register tile. Low et al. ask for MR x NR accumulators that hide the latency of the
   * FMA (2 ports x 4 cycles = 8 vectors at least) and leave room for one strip row of B and the
   * broadcasts. 6 x 2 vectors fill 12 of 16 registers, 12 x 2 fill 24 of 32.
   */
  static final int MR = WIDE ? 12 : 6;

  /** Columns of the register tile: two vectors, so each broadcast of A feeds two multiply-adds. */
  static final int NR = 2 * Lanes.F32_LANES;

  /**
   * Depth of a panel: MR x KC floats of A are 24 KiB at both tile heights, which leaves room for
   * the strips of B in a first-level cache of 32 or 48 KiB, and loading and storing the tile (some
   * 200 cycles) stays below 3 %.
   */
  static final int KC = WIDE ? 512 : 1024;

  /** Rows of A that are packed at a time, a multiple of both tile heights. */
  static final int MC = 1032;

  /**
   * Columns of B that are packed at a time. KC x NC floats stay in the second-level cache: 768 KiB
   * where vectors have 512 bits, whose machines have 1 MiB or more, else 256 KiB.
   */
  static final int NC = WIDE ? 384 : 64;

  private Blocking() {}

  /** Splits {@code size} into blocks of at most {@code limit} that are as equal as possible. */
  static int evenBlock(int size, int limit) {
    int blocks = Math.ceilDiv(size, limit);
    return blocks == 0 ? 0 : Math.ceilDiv(size, blocks);
  }

  /**
   * Floats from one strip of packed B to the next; the gap keeps strips off the same cache sets.
   */
  static int stripStride(int kc) {
    return Math.multiplyExact(kc % 64 == 0 ? kc + 1 : kc, NR);
  }

  /**
   * Floats from one row of a row panel of packed A to the next; the gap keeps rows off the same
   * cache sets.
   */
  static int rowStride(int kc) {
    return kc % 128 == 0 ? kc + 16 : kc;
  }

  /** Floats from one panel of packed A to the next; an interleaved one ends with a gap. */
  static int panelStride(int kc) {
    return WIDE ? Math.multiplyExact(kc, MR) + 16 : Math.multiplyExact(rowStride(kc), MR);
  }
}
