package dev.lanewise.cli.sampling;

import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.cli.text.Tokens;
import java.io.ByteArrayOutputStream;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Draws text from a model, token by token. */
public final class Sampler {
  private final Predictor predictor;
  private final Tokenizer tokenizer;

  /** Reads with {@code predictor}, from its start. */
  public Sampler(Predictor predictor, Tokenizer tokenizer) {
    this.predictor = predictor;
    this.tokenizer = tokenizer;
  }

  /**
   * Goes on after {@code prompt}.
   *
   * @param count bytes that are wanted at least; the last token may give some more
   * @param sink is given the bytes of each token as it is drawn
   */
  public void generate(byte[] prompt, int count, Choice choice, long seed, Consumer<byte[]> sink) {
    SplittableRandom random = new SplittableRandom(seed);
    predictor.restart();
    float[] logits = predictor.read(tokens(prompt));
    for (int made = 0; made < count; ) {
      int token = choice.draw(logits, random);
      byte[] bytes = tokenizer.bytes(token);
      sink.accept(bytes);
      made += bytes.length;
      if (made < count) {
        logits = predictor.read(token);
      }
    }
  }

  /** The same, all at once. */
  public byte[] generate(byte[] prompt, int count, Choice choice, long seed) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    generate(prompt, count, choice, seed, text::writeBytes);
    return text.toByteArray();
  }

  /** What stands before an empty prompt is the end of a file. */
  private int[] tokens(byte[] prompt) {
    Tokens encoded = tokenizer.encode(prompt);
    if (encoded.length() == 0) {
      return new int[] {Tokenizer.END_OF_FILE};
    }
    int[] tokens = new int[encoded.length()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = encoded.at(i);
    }
    return tokens;
  }
}
