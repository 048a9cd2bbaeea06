package dev.lanewise.io.data;

import dev.lanewise.kernel.random.Philox;

/**
 * The order in which a training sees its samples: one epoch after the other, in each of them every
 * sample once, shuffled anew. Nothing is stored and nothing is drawn: the sample at a position is a
 * function of the seed and the position, so that a training goes on anywhere, and any thread finds
 * its samples alone.
 *
 * <p>The permutation of an epoch is a Feistel network over the smallest even number of bits that
 * holds all samples, with Philox as the function of its rounds (M. Luby, C. Rackoff: How to
 * Construct Pseudorandom Permutations, 1988); what lands beyond the last sample goes through it
 * again until it does not (J. Black, P. Rogaway: Ciphers with Arbitrary Finite Domains, 2002,
 * section 4), less than four times on average.
 *
 * @param seed of the training
 * @param samples there are, at least 1
 */
public record ShuffledOrder(long seed, int samples) {
  /** A stream of the generator that neither dropout nor augmentation draws from. */
  private static final int STREAM = (1 << 30) + 2;

  /** Four make it a permutation like any other in theory; the rest is for few samples. */
  private static final int ROUNDS = 8;

  /** Bits of a half of the largest number of samples. */
  private static final int MOST_HALF_BITS = 16;

  /** Checks the number. */
  public ShuffledOrder {
    if (samples < 1) {
      throw new IllegalArgumentException(
          "an order of " + samples + " samples: there has to be at least 1");
    }
  }

  /**
   * The epoch of a position.
   *
   * @param position samples seen before, from 0 on
   */
  public long epoch(long position) {
    requireNotNegative(position);
    return position / samples;
  }

  /**
   * The sample at a position, from 0 to {@link #samples}, exclusive.
   *
   * @param position samples seen before, from 0 on
   */
  public int sample(long position) {
    long epoch = epoch(position);
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(samples - 1);
    int half = Math.max(1, (bits + 1) / 2);
    long place = position % samples;
    do {
      place = permuted(epoch, place, half);
    } while (place >= samples);
    return (int) place;
  }

  private long permuted(long epoch, long place, int half) {
    long mask = (1L << half) - 1;
    long left = place >>> half;
    long right = place & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long element = ((long) round << MOST_HALF_BITS) + right;
      long mixed = left ^ (Philox.word(seed, STREAM, epoch, element) & mask);
      left = right;
      right = mixed;
    }
    return left << half | right;
  }

  private static void requireNotNegative(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position = " + position + ": want 0 or more");
    }
  }
}
