package dev.lanewise.nn.transformer;

/** How a model knows where in its context a token stands. */
public enum Positions {
  /** A learned vector for each position, added to that of the token, as in GPT-2. */
  LEARNED,
  /** {@link Rotary} embedding of queries and keys in every layer. */
  ROTARY
}
