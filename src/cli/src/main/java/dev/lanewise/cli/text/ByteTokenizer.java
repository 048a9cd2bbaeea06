package dev.lanewise.cli.text;

/** Each byte is a token. */
public final class ByteTokenizer implements Tokenizer {
  static final String NAME = "bytes";

  private static final int BYTES = 256;

  private final byte[][] bytes = new byte[BYTES][];

  /** There is nothing to learn. */
  public ByteTokenizer() {
    for (int b = 0; b < BYTES; b++) {
      bytes[b] = new byte[] {(byte) b};
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int vocabulary() {
    return BYTES;
  }

  @Override
  public Tokens encode(byte[] text) {
    return Tokens.ofBytes(text);
  }

  @Override
  public byte[] bytes(int token) {
    return bytes[token];
  }

  @Override
  public String merges() {
    return "";
  }
}
