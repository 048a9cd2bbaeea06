package dev.lanewise.cli.text;

import dev.lanewise.cli.report.UserError;

/**
 * Cuts a text into tokens, and puts it together again: the bytes of the tokens of a text, one after
 * the other, are the text. Tokens 0 to 255 are the bytes.
 */
public sealed interface Tokenizer permits ByteTokenizer, BytePairs {
  /** The mark of the end of a file, and what stands before the first token of a text. */
  int END_OF_FILE = 0;

  /** The names there are, for messages. */
  String NAMES = ByteTokenizer.NAME + ", " + BytePairs.NAME;

  /** What the command line calls it. */
  String name();

  /** How many tokens there are. */
  int vocabulary();

  /** The tokens of a text. */
  Tokens encode(byte[] text);

  /** The bytes of a token: the array itself, not to be written. */
  byte[] bytes(int token);

  /** What {@link #of} needs beside the name, as one line of text. */
  String merges();

  /**
   * A tokenizer by its name.
   *
   * @param vocabulary tokens it is to have; the bytes are 256 always
   * @param text to learn from, where there is something to learn
   */
  static Tokenizer learn(String name, int vocabulary, byte[] text) {
    return switch (name) {
      case ByteTokenizer.NAME -> new ByteTokenizer();
      case BytePairs.NAME -> BytePairLearner.learn(text, vocabulary);
      default -> throw unknown(name);
    };
  }

  /**
   * A tokenizer that was saved; what the file says is not trusted.
   *
   * @param merges what {@link #merges} gave
   */
  static Tokenizer of(String name, String merges) {
    return switch (name) {
      case ByteTokenizer.NAME -> new ByteTokenizer();
      case BytePairs.NAME -> BytePairs.parse(merges);
      default -> throw unknown(name);
    };
  }

  /** Checks a name. */
  static void require(String name) {
    if (!name.equals(ByteTokenizer.NAME) && !name.equals(BytePairs.NAME)) {
      throw unknown(name);
    }
  }

  private static UserError unknown(String name) {
    return new UserError("there is no tokenizer \"" + name + "\": give one of " + NAMES);
  }
}
