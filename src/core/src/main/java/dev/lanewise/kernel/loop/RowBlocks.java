package dev.lanewise.kernel.loop;

/**
 * The blocks of rows over which a backward pass sums the gradients of parameters, each in order of
 * the rows; the caller adds the blocks with {@code ColumnSum}.
 */
public final class RowBlocks {
  /** Rows of a block: what a pass reads twice stays in the second-level cache. */
  public static final int ROWS = 32;

  private RowBlocks() {}

  /** Blocks of {@code rows} rows, the last one possibly shorter. */
  public static long count(long rows) {
    return Math.ceilDiv(rows, (long) ROWS);
  }
}
