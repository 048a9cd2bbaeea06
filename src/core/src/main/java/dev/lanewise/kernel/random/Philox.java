package dev.lanewise.kernel.random;

/**
 * Philox 4x32-10, the counter-based generator of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E.
 * Shaw: Parallel Random Numbers: As Easy as 1, 2, 3, 2011, section 3.3: ten rounds turn a counter
 * of four words and a key of two into four random words.
 *
 * <p>The key is the seed, the counter (group of elements, stream, step): the random word of an
 * element is a function of {@code (seed, stream, step, element)} alone, whoever computes it and in
 * whatever order. 64 elements share 16 counters. With {@code e} the place of an element among them,
 * its counter is {@code e % 32 / 2} and its word {@code 2 (e / 32) + e % 2}: so the vectors of a
 * kernel, with one counter in every second lane, hold the words of neighbouring elements at every
 * width.
 */
public final class Philox {
  /** Elements that share {@link #COUNTERS} counters. */
  public static final int GROUP = 64;

  /** Counters of a group. */
  public static final int COUNTERS = GROUP / 4;

  /** The first word of a counter has 32 bits: beyond it elements would share random words. */
  public static final long MAX_ELEMENTS = 1L << 34;

  /** Rounds; 7 are enough for statistical tests, 10 leave a margin. */
  public static final int ROUNDS = 10;

  /** The factor of the first word. */
  public static final long M0 = 0xD2511F53L;

  /** The factor of the third word. */
  public static final long M1 = 0xCD9E8D57L;

  /** What the first word of the key grows by from round to round: the golden ratio. */
  public static final int W0 = 0x9E3779B9;

  /** The same for the second word: sqrt(3) - 1. */
  public static final int W1 = 0xBB67AE85;

  /** The lower half of a long. */
  public static final long LOW = 0xFFFF_FFFFL;

  private Philox() {}

  /**
   * The random word of an element.
   *
   * @param seed the key
   * @param stream tells apart the places of a model that draw
   * @param step tells apart the steps of a training
   * @param element from 0 to {@link #MAX_ELEMENTS}, exclusive
   */
  public static int word(long seed, int stream, long step, long element) {
    assert 0 <= element && element < MAX_ELEMENTS;
    int place = (int) (element % GROUP);
    int counter = (int) (element / GROUP * COUNTERS) + place % 32 / 2;
    int word = place / 32 * 2 + place % 2;
    return word(
        word, counter, stream, (int) step, (int) (step >>> 32), (int) seed, (int) (seed >>> 32));
  }

  /**
   * One of the four words for a counter and a key.
   *
   * @param word 0 to 3
   */
  static int word(int word, int c0, int c1, int c2, int c3, int k0, int k1) {
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = (c0 & LOW) * M0;
      long p1 = (c2 & LOW) * M1;
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    return switch (word) {
      case 0 -> c0;
      case 1 -> c1;
      case 2 -> c2;
      default -> c3;
    };
  }
}
