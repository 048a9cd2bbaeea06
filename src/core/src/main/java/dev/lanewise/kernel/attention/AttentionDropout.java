package dev.lanewise.kernel.attention;

import dev.lanewise.kernel.random.Philox;
import dev.lanewise.kernel.random.arrays.Dropout;

/**
 * Which probabilities of an attention are dropped. What a key of a query gets is {@code p / (1 -
 * probability)} or 0: the one is the product with {@code 1 / (1 - probability)}, rounded to float,
 * as {@link Dropout} has it, so off by at most 2 u of itself, u = 2^-24; the sum that divides a row
 * is that of all probabilities, before any is dropped.
 *
 * <p>The mask is a function of {@code (seed, stream, step)} and of the place of the probability
 * alone, see {@link Philox}: the lower half of what Philox calls the step is that of the training,
 * the upper half is {@code ((batch heads + head) queries + query) keyBlocks + key / 512}, the
 * element is {@code key % 512}. So a tile, in whatever pass and on whatever thread, begins at whole
 * counters.
 *
 * @param probability that one is dropped, at least 0 and below 1
 * @param seed of the generator
 * @param stream the place in the model
 */
public record AttentionDropout(float probability, long seed, int stream) {
  /** Nothing is dropped. */
  public static final AttentionDropout NONE = new AttentionDropout(0, 0, 0);

  /** Rows of tiles that a mask can tell apart, and steps: each has half of a counter's long. */
  public static final long MAX = 1L << 32;

  /** Whether anything is. */
  boolean drops() {
    return probability > 0;
  }

  /**
   * Drops from a row of a tile.
   *
   * @param step of the training, below {@link #MAX}
   * @param tileRow number of the row, below {@link #MAX}
   * @param n elements; up to the next whole group of the generator what lies behind is dropped from
   *     as well, which is faster than element by element
   */
  void apply(long step, long tileRow, float[] p, int at, float[] kept, int keptAt, int n) {
    assert 0 <= step && step < MAX && 0 <= tileRow && tileRow < MAX;
    int whole = Math.ceilDiv(n, Philox.GROUP) * Philox.GROUP;
    long place = tileRow << 32 | step;
    Dropout.forward(probability, seed, stream, place, p, at, kept, keptAt, 0, whole);
  }
}
