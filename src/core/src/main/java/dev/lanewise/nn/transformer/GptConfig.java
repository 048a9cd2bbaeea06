package dev.lanewise.nn.transformer;

import java.util.Objects;

/**
 * The hyper-parameters of a {@link Gpt}.
 *
 * @param vocabulary kinds of tokens, at least 1
 * @param context tokens that the model sees at most, at least 1
 * @param layers blocks, at least 1
 * @param heads heads of queries of a block, at least 1
 * @param keyHeads heads of keys and of values, a divisor of {@code heads}
 * @param width elements of the vector of a token, a multiple of {@code heads}; an even multiple
 *     with rotary positions
 * @param dropout the probability that an element of the embedding or of a branch is dropped in
 *     training, at least 0 and below 1
 * @param attentionDropout the same for a probability of attention
 * @param positions how the model knows where a token stands
 * @param tiedWeights whether the logits are products with the embeddings of the tokens (O. Press,
 *     L. Wolf: Using the Output Embedding to Improve Language Models, 2017), or with a matrix of
 *     their own
 */
public record GptConfig(
    int vocabulary,
    int context,
    int layers,
    int heads,
    int keyHeads,
    int width,
    float dropout,
    float attentionDropout,
    Positions positions,
    boolean tiedWeights) {
  /** Elements of the hidden layer of a block for each one of its width, as in GPT-2. */
  static final int EXPANSION = 4;

  /** Checks every range, and what has to divide what. */
  public GptConfig {
    Objects.requireNonNull(positions, "positions");
    requireAtLeastOne("vocabulary", vocabulary);
    requireAtLeastOne("context", context);
    requireAtLeastOne("layers", layers);
    requireAtLeastOne("heads", heads);
    requireAtLeastOne("keyHeads", keyHeads);
    requireAtLeastOne("width", width);
    if (width > Integer.MAX_VALUE / EXPANSION) {
      throw new IllegalArgumentException(
          "width = " + width + ": at most " + Integer.MAX_VALUE / EXPANSION + " is possible");
    }
    if (heads % keyHeads != 0) {
      throw new IllegalArgumentException(
          "keyHeads = " + keyHeads + ": a divisor of heads = " + heads + " is wanted");
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "width = " + width + ": a multiple of heads = " + heads + " is wanted");
    }
    if (positions == Positions.ROTARY && width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "width = "
              + width
              + " with heads = "
              + heads
              + " has "
              + width / heads
              + " elements a head: rotary positions turn pairs, an even number is wanted");
    }
    requireProbability("dropout", dropout);
    requireProbability("attentionDropout", attentionDropout);
  }

  /** The same with all probabilities of attention kept. */
  public GptConfig(
      int vocabulary,
      int context,
      int layers,
      int heads,
      int keyHeads,
      int width,
      float dropout,
      Positions positions,
      boolean tiedWeights) {
    this(vocabulary, context, layers, heads, keyHeads, width, dropout, 0, positions, tiedWeights);
  }

  /**
   * A GPT-2 of these sizes: as many heads of keys as of queries, learned positions, tied weights;
   * no dropout.
   */
  public static GptConfig of(int vocabulary, int context, int layers, int heads, int width) {
    return new GptConfig(
        vocabulary, context, layers, heads, heads, width, 0, Positions.LEARNED, true);
  }

  /** The same model with other dropout, that of GPT-2 is 0.1 for both. */
  public GptConfig withDropout(float dropout, float attentionDropout) {
    return new GptConfig(
        vocabulary,
        context,
        layers,
        heads,
        keyHeads,
        width,
        dropout,
        attentionDropout,
        positions,
        tiedWeights);
  }

  private static void requireProbability(String name, float value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          name + " = " + value + ": a probability of at least 0 and below 1 is wanted");
    }
  }

  private static void requireAtLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " = " + value + ": at least 1 is wanted");
    }
  }

  /** Elements of a head. */
  public int headWidth() {
    return width / heads;
  }
}
