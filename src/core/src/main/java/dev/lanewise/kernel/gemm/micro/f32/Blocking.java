package dev.lanewise.kernel.gemm.micro.f32;

import dev.lanewise.simd.Lanes;
import dev.lanewise.simd.Setting;

/**
 * The register tile and the cache blocks, derived from the vector width, the number of registers
 * and the caches in the terms of Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (ACM TOMS 2008), and Low et al., "Analytical Modeling Is Enough for
 * High-Performance BLIS" (ACM TOMS 2016).
 *
 * <p>None of these numbers changes a bit of a result: each element of C is one chain of fused
 * multiply-adds over k in ascending order, whatever the tile and the blocks are. So they can be
 * explored: {@code -Dlanewise.gemm.tileRows}, {@code depth}, {@code rows}, {@code columns} and
 * {@code blockBytes} put other numbers into their places.
 */
public final class Blocking {
  /** Rows of the tile for 32 vector registers. */
  private static final int TALL = 12;

  /** Rows of the tile for 16. */
  private static final int SHORT = 6;

  /**
   * Whether the tile is the tall one: where the machine word of this JVM is a 512-bit vector, since
   * only then C2 has 32 vector registers for sure.
   */
  public static final boolean WIDE =
      Setting.either("lanewise.gemm.tileRows", Lanes.BITS == 512 ? TALL : SHORT, SHORT, TALL)
          == TALL;

  /**
   * Rows of the register tile. Low et al. ask for MR x NR accumulators that hide the latency of the
   * FMA (2 ports x 4 cycles = 8 vectors at least) and leave room for one strip row of B and the
   * broadcasts. 6 x 2 vectors fill 12 of 16 registers, 12 x 2 fill 24 of 32.
   */
  public static final int MR = WIDE ? TALL : SHORT;

  /** Columns of the register tile: two vectors, so each broadcast of A feeds two multiply-adds. */
  public static final int NR = 2 * Lanes.F32_LANES;

  /**
   * What the panel of A that a row of tiles shares may take of the first-level cache: 24 KiB and an
   * eighth more, so that a depth just over a power of two is not split.
   */
  private static final int L1_BYTES = 27 * 1024;

  /**
   * Depth of a panel: MR x KC of A leave room for the strips of B in a first-level cache of 32 or
   * 48 KiB, and moving the tile (some 100 cycles) stays below 3 %.
   */
  public static final int KC =
      Setting.of("lanewise.gemm.depth", L1_BYTES / (Float.BYTES * MR), 2, 8192);

  /**
   * Rows of A that are packed at a time, a multiple of the tile heights. Where each tile's height
   * is packed right before its use only a transposed A has more, so that whole cache lines of it
   * are read: see {@link #panelRows}.
   */
  public static final int MC =
      Math.multiplyExact(Setting.of("lanewise.gemm.rows", WIDE ? 96 : 1032, MR, 4096) / MR, MR);

  private static final int TRANSPOSED_ROWS = Math.min(MC, 96);

  /** Most columns of B that are packed at a time, whole strips. */
  public static final int NC =
      Math.multiplyExact(Setting.of("lanewise.gemm.columns", WIDE ? 512 : 256, NR, 8192) / NR, NR);

  /**
   * What the strips of B that all rows of tiles share may take of the second-level cache: three
   * quarters of the 1 MiB that processors with 512-bit vectors have at least, so that A and C pass
   * by without driving them out.
   */
  private static final int L2_BYTES =
      Setting.of(
          "lanewise.gemm.blockBytes", WIDE ? 768 * 1024 : 256 * 1024, 1024, 64 * 1024 * 1024);

  /** The most that a block of B takes, in elements, without the gaps; one strip at least. */
  private static final int B_ELEMENTS =
      Math.max(L2_BYTES / Float.BYTES, Math.multiplyExact(depth(KC), NR));

  /** Elements of the largest packed block of B. */
  public static final int B_SIZE = B_ELEMENTS + Math.multiplyExact(NC, 2);

  /**
   * Elements from one row of packed A to the next. A constant, so that one index and constant
   * displacements reach all rows of a tile; the gap keeps them off the same cache sets.
   */
  public static final int ROW_STRIDE = KC + 64 / Float.BYTES;

  /** Elements of the largest packed block of A. */
  public static final int A_SIZE = Math.multiplyExact(MC + MR, ROW_STRIDE);

  private Blocking() {}

  /** Columns of B that are packed at a time: as many as the second-level cache holds. */
  public static int columns(int kc) {
    return Math.max(NR, Math.min(NC, B_ELEMENTS / depth(kc) / NR * NR));
  }

  /**
   * Rows of A that are packed next, where that is right before they are used, when {@code left} are
   * to do: one tile's height, or a block of a transposed A. The last one takes what would be less
   * than a tile, so that its tiles can overlap.
   */
  public static int panelRows(int left, boolean transposed) {
    int block = transposed ? TRANSPOSED_ROWS : MR;
    return left < block + MR ? left : block;
  }

  /** Splits {@code size} into blocks of at most {@code limit} that are as equal as possible. */
  public static int evenBlock(int size, int limit) {
    int blocks = Math.ceilDiv(size, limit);
    return blocks == 0 ? 0 : Math.ceilDiv(size, blocks);
  }

  /** The depth of a packed panel: the micro-kernel takes two steps at a time. */
  public static int depth(int kc) {
    return (kc + 1) & ~1;
  }

  /**
   * Elements from one strip of packed B to the next; the gap keeps strips off the same cache sets.
   */
  public static int stripStride(int kc) {
    int depth = depth(kc);
    return Math.multiplyExact(depth % 64 == 0 ? depth + 1 : depth, NR);
  }

  /**
   * Rows of the next tile when {@code left} are to do. With 16 registers 6 and 4 together leave at
   * most one row of a block of 3 or more idle, where 6 alone would leave up to 5; with 32, tiles of
   * 12 begin the block, 8 may follow, and up to 3 rows of the last one can be idle.
   */
  public static int tileRows(int left) {
    if (WIDE && left >= 7) {
      return left >= 9 ? 12 : 8;
    }
    return left >= 9 || left == 6 || left == 5 ? 6 : 4;
  }

  /** The first row of that tile: the last one begins early rather than leaving a row idle. */
  public static int tileBegin(int row, int rows, int mr) {
    return Math.max(0, Math.min(row, rows - mr));
  }
}
