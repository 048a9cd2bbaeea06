package dev.lanewise.ops.call;

import dev.lanewise.kernel.loss.LossBlocks;

/**
 * How much work pays for a thread: elements of the smallest block that is handed to one.
 *
 * <p>A parallel region costs 2 microseconds where the workers still spin and 17 where they have to
 * be woken; a block should take about 4. Measured on operands in the second-level cache, an
 * arithmetic op takes 0.12 ns per element, one with an elementary function about 0.5.
 */
public final class Grain {
  /** For sums, products, comparisons and copies. */
  public static final long ARITHMETIC = 1 << 15;

  /** For what computes an exponential, a logarithm or a division of them for each element. */
  public static final long ELEMENTARY = 1 << 13;

  /** Columns in one block at least: whole cache lines, so that enough rows come with them. */
  private static final long COLUMNS = 64;

  /** Blocks of a loss that are handed to a thread: their sums stay blocks of their own. */
  private static final long LOSS_BLOCKS = ELEMENTARY / LossBlocks.SIZE;

  private Grain() {}

  /** Blocks of the elements of a loss in one block of work. */
  public static long loss() {
    return LOSS_BLOCKS;
  }

  /** Rows of a block whose elements are together a block of {@code elements}. */
  public static long rows(long elements, long cols) {
    return Math.max(1, elements / Math.max(1, cols));
  }

  /** Columns of such a block, a multiple of whole cache lines. */
  public static long columns(long elements, long rows) {
    return Math.ceilDiv(Math.max(1, elements / Math.max(1, rows)), COLUMNS) * COLUMNS;
  }
}
