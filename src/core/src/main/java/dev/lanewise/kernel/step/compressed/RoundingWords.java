package dev.lanewise.kernel.step.compressed;

import dev.lanewise.kernel.random.Philox;

/**
 * Random words for stochastic rounding, a function of {@code (seed, step, element)} alone: whoever
 * computes them, in whatever order and at whatever width.
 *
 * <p>Two words of {@link Philox} are the keys of a block of {@link #BLOCK} elements; within it the
 * place of an element goes through an integer hash with both. Philox for every element would cost
 * more than the step: rounding asks for bits that are even and not correlated, no more. The hash is
 * lowbias32 (C. Wellons: Prospecting for Hash Functions, 2018), whose flipped input bits flip each
 * output bit with a probability that is off one half by less than 2^-9, with a second key between
 * its multiplications.
 */
public final class RoundingWords {
  /** Elements that share two keys. */
  public static final int BLOCK = 4096;

  /** The multipliers of the hash. */
  public static final int M0 = 0x7feb352d;

  /** The second one. */
  public static final int M1 = 0x846ca68b;

  private RoundingWords() {}

  /**
   * A key of a block.
   *
   * @param seed of the training
   * @param step its step
   * @param block the elements {@code [block BLOCK, (block + 1) BLOCK)}
   * @param which 0 or 1
   */
  public static int key(long seed, long step, long block, int which) {
    return Philox.word(seed, 0, step, 2 * block + which);
  }

  /**
   * The word of an element.
   *
   * @param key0 of its block
   * @param key1 of its block
   * @param place in its block
   */
  public static int word(int key0, int key1, int place) {
    int x = place + key0;
    x = (x ^ x >>> 16) * M0;
    x = ((x ^ x >>> 15) + key1) * M1;
    return x ^ x >>> 16;
  }

  /**
   * A float to bfloat16, up or down with probabilities that make the mean exact: {@code bits} are
   * added below the last bit that is kept. NaN stays NaN; what is larger than the largest bfloat16
   * may become an infinity.
   *
   * @param x a result of arithmetic: a NaN is a quiet one
   * @param bits 0 to 65,535
   */
  public static short round(float x, int bits) {
    int raw = Float.floatToRawIntBits(x);
    return (short) ((Float.isNaN(x) ? raw : raw + bits) >>> 16);
  }
}
