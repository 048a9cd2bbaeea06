package dev.lanewise.cli.text;

import dev.lanewise.cli.report.UserError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Byte pair encoding (R. Sennrich, B. Haddow, A. Birch: Neural Machine Translation of Rare Words
 * with Subword Units, 2016): the pairs of tokens that were most frequent in the text learnt from
 * are tokens as well, and in each piece of a text the pair that was learnt first is merged first.
 */
public final class BytePairs implements Tokenizer {
  static final String NAME = "bpe";

  /** The most tokens, also of a file. */
  public static final int MOST_TOKENS = 8_192;

  static final int BYTES = 256;

  /** No token of a text that was learnt is longer: it would not fit into a piece. */
  private static final int MOST_TOKEN_BYTES = 64;

  /** Encoded pieces that are kept: names and words come again. */
  private static final int CACHED_PIECES = 1 << 17;

  /** The two tokens of each merge, in the order in which they were learnt. */
  private final int[] pairs;

  private final Map<Long, Integer> tokenOfPair = new HashMap<>();
  private final byte[][] bytes;

  /** Merges that are known to be sound. */
  BytePairs(int[] pairs) {
    this.pairs = pairs;
    bytes = Arrays.copyOf(bytesOfBytes(), BYTES + pairs.length / 2);
    for (int i = 0; i < pairs.length; i += 2) {
      int token = BYTES + i / 2;
      byte[] left = bytes[pairs[i]];
      byte[] right = bytes[pairs[i + 1]];
      bytes[token] = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, bytes[token], left.length, right.length);
      tokenOfPair.put(key(pairs[i], pairs[i + 1]), token);
    }
  }

  private static byte[][] bytesOfBytes() {
    byte[][] bytes = new byte[BYTES][];
    for (int b = 0; b < BYTES; b++) {
      bytes[b] = new byte[] {(byte) b};
    }
    return bytes;
  }

  static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  /** From the text of a file. */
  static BytePairs parse(String merges) {
    String[] numbers = merges.isBlank() ? new String[0] : merges.strip().split(" ", -1);
    int most = 2 * (MOST_TOKENS - BYTES);
    if (numbers.length % 2 != 0 || numbers.length > most) {
      throw unsound("it has " + numbers.length + " numbers, an even number up to " + most);
    }
    int[] pairs = new int[numbers.length];
    int[] lengths = new int[BYTES + numbers.length / 2];
    Arrays.fill(lengths, 0, BYTES, 1);
    for (int i = 0; i < pairs.length; i++) {
      int token = BYTES + i / 2;
      pairs[i] = number(numbers[i]);
      if (pairs[i] < 0 || pairs[i] >= token) {
        throw unsound("merge " + i / 2 + " names token " + numbers[i] + ", an earlier one");
      }
      lengths[token] += lengths[pairs[i]];
      if (lengths[token] > MOST_TOKEN_BYTES) {
        throw unsound("token " + token + " is longer than " + MOST_TOKEN_BYTES + " bytes, less");
      }
    }
    return new BytePairs(pairs);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException notANumber) {
      return -1;
    }
  }

  private static UserError unsound(String reason) {
    return new UserError(
        "the list of merges of the tokenizer is not sound: " + reason + " is wanted");
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int vocabulary() {
    return bytes.length;
  }

  @Override
  public byte[] bytes(int token) {
    return bytes[token];
  }

  @Override
  public String merges() {
    StringBuilder text = new StringBuilder();
    for (int token : pairs) {
      text.append(text.isEmpty() ? "" : " ").append(token);
    }
    return text.toString();
  }

  @Override
  public Tokens encode(byte[] text) {
    Encoded encoded = new Encoded(text.length);
    Map<String, char[]> cache = new HashMap<>();
    Pieces.forEach(
        text,
        0,
        text.length,
        piece -> {
          char[] tokens = cache.get(piece);
          if (tokens == null) {
            tokens = merged(piece);
            if (cache.size() < CACHED_PIECES) {
              cache.put(piece, tokens);
            }
          }
          encoded.append(tokens);
        });
    return encoded;
  }

  private char[] merged(String piece) {
    byte[] raw = piece.getBytes(StandardCharsets.ISO_8859_1);
    int[] tokens = new int[raw.length];
    for (int i = 0; i < raw.length; i++) {
      tokens[i] = raw[i] & 0xff;
    }
    int length = tokens.length;
    while (true) {
      int first = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < length; i++) {
        first = Math.min(first, merge(tokens[i], tokens[i + 1]));
      }
      if (first == Integer.MAX_VALUE) {
        break;
      }
      length =
          replace(
              tokens, length, pairs[2 * (first - BYTES)], pairs[2 * (first - BYTES) + 1], first);
    }
    char[] result = new char[length];
    for (int i = 0; i < length; i++) {
      result[i] = (char) tokens[i];
    }
    return result;
  }

  private int merge(int left, int right) {
    Integer token = tokenOfPair.get(key(left, right));
    return token == null ? Integer.MAX_VALUE : token;
  }

  /** Replaces a pair from left to right; the new length. */
  static int replace(int[] tokens, int length, int left, int right, int merged) {
    int kept = 0;
    for (int i = 0; i < length; i++) {
      boolean pair = i + 1 < length && tokens[i] == left && tokens[i + 1] == right;
      tokens[kept++] = pair ? merged : tokens[i];
      i += pair ? 1 : 0;
    }
    return kept;
  }

  /** Grows from the left; a text has at most as many tokens as bytes. */
  private static final class Encoded implements Tokens {
    private char[] tokens;
    private int length;

    Encoded(int bytes) {
      tokens = new char[bytes / 3 + 16];
    }

    void append(char[] more) {
      if (length + more.length > tokens.length) {
        tokens = Arrays.copyOf(tokens, length + more.length + tokens.length / 2);
      }
      System.arraycopy(more, 0, tokens, length, more.length);
      length += more.length;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public int at(int index) {
      return tokens[index];
    }
  }
}
