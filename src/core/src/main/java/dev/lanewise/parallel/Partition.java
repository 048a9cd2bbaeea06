package dev.lanewise.parallel;

/**
 * The deterministic split of a range into blocks: it depends on the size, the grain and the number
 * of threads alone, never on timing. Which thread computes which block is open, so kernels are
 * written such that the split cannot change a bit of the result.
 */
public final class Partition {
  /** Blocks per thread: enough that a thread which was held up does not hold up the others. */
  private static final int BLOCKS_PER_THREAD = 4;

  private Partition() {}

  /**
   * The size of a block when {@code n} units are split over {@code threads} threads.
   *
   * @param n units in all, at least 0
   * @param grain the smallest block that pays, and the multiple that every block but the last is
   *     of; at least 1
   * @param threads at least 1
   * @return a multiple of {@code grain}, at least {@code grain}; {@code n} or more if one block is
   *     best
   */
  public static long blockSize(long n, long grain, int threads) {
    if (n < 0 || grain < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "n = "
              + n
              + ", grain = "
              + grain
              + ", threads = "
              + threads
              + ": want n >= 0, grain >= 1, threads >= 1");
    }
    if (threads == 1) {
      return Math.max(n, grain);
    }
    long grains = Math.ceilDiv(n, grain);
    long grainsPerBlock =
        Math.max(1, Math.ceilDiv(grains, Math.multiplyExact((long) threads, BLOCKS_PER_THREAD)));
    return Math.multiplyExact(grainsPerBlock, grain);
  }
}
