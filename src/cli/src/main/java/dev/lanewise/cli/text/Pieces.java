package dev.lanewise.cli.text;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts a text into pieces that no token crosses: a run of letters, of digits, of line ends, of
 * blanks or of other signs; one blank before a word belongs to the word. An end of file is a piece
 * of its own. (A. Radford et al.: Language Models are Unsupervised Multitask Learners, 2019, cut
 * text likewise, with a regular expression.)
 */
final class Pieces {
  /** A longer run is cut, so that the work on a piece is bounded. */
  private static final int MOST_BYTES = 32;

  private static final int BLANK = 0;
  private static final int LINE_END = 1;
  private static final int LETTER = 2;
  private static final int DIGIT = 3;
  private static final int SIGN = 4;
  private static final int END_OF_FILE = 5;

  private Pieces() {}

  /** Calls with each piece in turn, its bytes as characters of ISO 8859-1. */
  static void forEach(byte[] text, int begin, int end, Consumer<String> action) {
    for (int at = begin; at < end; ) {
      int next = next(text, at, end);
      action.accept(new String(text, at, next - at, StandardCharsets.ISO_8859_1));
      at = next;
    }
  }

  private static int next(byte[] text, int begin, int end) {
    int at = begin;
    int kind = kind(text[at]);
    if (kind == END_OF_FILE) {
      return at + 1;
    }
    if (kind == BLANK && at + 1 < end && joinsABlank(kind(text[at + 1]))) {
      kind = kind(text[++at]);
    }
    int limit = (int) Math.min(end, (long) begin + MOST_BYTES);
    while (at < limit && kind(text[at]) == kind) {
      at++;
    }
    // The last of several blanks before a word is left to the word.
    boolean blanksBeforeAWord =
        kind == BLANK && at - begin > 1 && at < end && joinsABlank(kind(text[at]));
    return blanksBeforeAWord ? at - 1 : at;
  }

  private static boolean joinsABlank(int kind) {
    return kind == LETTER || kind == DIGIT || kind == SIGN;
  }

  private static int kind(byte b) {
    if (b == ' ' || b == '\t') {
      return BLANK;
    }
    if (b == '\n' || b == '\r') {
      return LINE_END;
    }
    if (b < 0 || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_') {
      return LETTER;
    }
    if (b >= '0' && b <= '9') {
      return DIGIT;
    }
    return b == 0 ? END_OF_FILE : SIGN;
  }
}
