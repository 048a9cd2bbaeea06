package dev.lanewise.cli.text;

/** A text as tokens. */
public interface Tokens {
  /** How many there are. */
  int length();

  /** The token at a place, 0 to {@code length() - 1}. */
  int at(int index);

  /** Each byte is a token; the array is shared, not copied. */
  static Tokens ofBytes(byte[] text) {
    return new Tokens() {
      @Override
      public int length() {
        return text.length;
      }

      @Override
      public int at(int index) {
        return text[index] & 0xff;
      }
    };
  }
}
