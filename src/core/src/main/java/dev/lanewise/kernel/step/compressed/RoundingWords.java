package dev.lanewise.kernel.step.compressed;

import dev.lanewise.kernel.random.Philox;

/**
 * Random words for stochastic rounding, a function of {@code (seed, step, element)} alone: whoever
 * computes them, in whatever order and at whatever width.
 *
 * <p>Two words of {@link Philox} are the keys of a block of {@link #BLOCK} elements; within it the
 * place of an element goes through an integer hash with both. Philox for every element would cost
 * more than the step: rounding asks for bits that are even and next to uncorrelated, no more. The
 * hash is a Weyl sequence, multiples of 2^32 divided by the golden ratio, through one and a half
 * rounds of shift, exclusive or and multiplication, with the second key between them (the
 * multiplier is that of lowbias32, C. Wellons: Prospecting for Hash Functions, 2018). Over 512
 * blocks no correlation of the same half of two words was above 0.02, whatever their distance in a
 * block, and none of a lower and an upper half beyond chance.
 */
public final class RoundingWords {
  /** Elements that share two keys. */
  public static final int BLOCK = 4096;

  /** The step of the sequence. */
  public static final int M0 = 0x9e3779b9;

  /** The multiplier of the hash. */
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
    int x = (place + key0) * M0;
    x = ((x ^ x >>> 14) + key1) * M1;
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
