package dev.lanewise.kernel.norm.channels;

/**
 * How the rows of a set are cut into blocks, each of which is summed alone: by the sizes alone, so
 * that the bits depend on nothing else. A block stays in the first-level cache while it is read
 * twice; with many channels it has rows enough for its sums to be few beside its elements.
 */
public final class SetBlocks {
  private static final long ELEMENTS = 8_192;
  private static final long FEWEST = 64;
  private static final long MOST = 512;

  private SetBlocks() {}

  /** Rows of a block, the last one of a set apart. */
  static long height(long channels) {
    return Math.clamp(ELEMENTS / Math.max(1, channels), FEWEST, MOST);
  }

  /** Blocks of a set. */
  public static long perSet(long rows, long channels) {
    return Math.ceilDiv(rows, height(channels));
  }

  /** The first row of a block, counted over all sets. */
  static long first(long block, long rows, long channels) {
    long perSet = perSet(rows, channels);
    return block / perSet * rows + block % perSet * height(channels);
  }

  /** Rows of a block. */
  static int count(long block, long rows, long channels) {
    long height = height(channels);
    return (int) Math.min(height, rows - block % perSet(rows, channels) * height);
  }

  /** The set that a block belongs to. */
  static long set(long block, long rows, long channels) {
    return block / perSet(rows, channels);
  }
}
