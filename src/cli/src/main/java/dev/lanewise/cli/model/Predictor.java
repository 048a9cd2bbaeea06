package dev.lanewise.cli.model;

/**
 * Reads a text token by token, and tells after each part of it what may come next. What it keeps of
 * the text is given back at close; tapes of its slab are opened after it and closed before it.
 */
public interface Predictor extends AutoCloseable {
  /** Forgets the text. */
  void restart();

  /**
   * Reads more of the text.
   *
   * @param tokens at least one
   * @return the logits of the token after them; the array is written again by the next call
   */
  float[] read(int... tokens);

  @Override
  void close();
}
