package dev.lanewise.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Strict JSON (RFC 8259) as far as the header of a tensor file needs it: objects, arrays, strings
 * and counts.
 *
 * <p>The caller asks for what the format has at each place and anything else is an error there, so
 * nothing is skipped, nothing recurses, and how deep a value may nest is decided by the caller's
 * code, not by the file. What a value takes in memory is bounded by the bytes it has in the file.
 */
final class HeaderReader {
  private final Path file;
  private final byte[] json;
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private int position;

  /** Reads all of {@code json}; {@code file} is for errors alone. */
  HeaderReader(Path file, byte[] json) {
    this.file = file;
    this.json = json;
  }

  /** The error for this place. */
  MalformedTensorFileException error(String reason) {
    return new MalformedTensorFileException(
        file, reason + " (byte " + position + " of the header)");
  }

  /** Takes {@code symbol} if it comes next, white space before it aside. */
  boolean take(char symbol) {
    skipWhiteSpace();
    if (position < json.length && json[position] == symbol) {
      position++;
      return true;
    }
    return false;
  }

  /** Takes {@code symbol}, which has to come next. */
  void expect(char symbol) throws MalformedTensorFileException {
    if (!take(symbol)) {
      throw error("'" + symbol + "' is missing");
    }
  }

  /**
   * Takes the comma between two members; false at the end of the object or array, which is taken
   * too.
   */
  boolean takeCommaOr(char end) throws MalformedTensorFileException {
    if (take(',')) {
      return true;
    }
    if (!take(end)) {
      throw error("',' or '" + end + "' is missing");
    }
    return false;
  }

  /** Takes what is left: spaces, which pad the header, and nothing else. */
  void end() throws MalformedTensorFileException {
    for (; position < json.length; position++) {
      if (json[position] != ' ') {
        throw error("something other than spaces follows the JSON");
      }
    }
  }

  /** Takes a number that is a count: an integer of 0 or more that fits in a {@code long}. */
  long count() throws MalformedTensorFileException {
    skipWhiteSpace();
    int start = position;
    long value = 0;
    while (position < json.length && json[position] >= '0' && json[position] <= '9') {
      int digit = json[position] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw error("a number is larger than a long");
      }
      value = value * 10 + digit;
      position++;
    }
    boolean leadingZero = position > start + 1 && json[start] == '0';
    boolean goesOn = position < json.length && ".eE+-".indexOf(json[position]) >= 0;
    if (position == start || leadingZero || goesOn) {
      throw error("a number of digits alone is missing");
    }
    return value;
  }

  /** Takes a string. */
  String string() throws MalformedTensorFileException {
    expect('"');
    StringBuilder text = new StringBuilder();
    while (true) {
      int start = position;
      while (position < json.length && json[position] != '"' && json[position] != '\\') {
        if (json[position] >= 0 && json[position] < ' ') {
          throw error("a control character stands in a string");
        }
        position++;
      }
      text.append(decoded(start, position));
      if (position == json.length) {
        throw error("a string does not end");
      }
      if (json[position++] == '"') {
        return text.toString();
      }
      appendEscape(text);
    }
  }

  private CharSequence decoded(int start, int end) throws MalformedTensorFileException {
    try {
      return utf8.decode(ByteBuffer.wrap(json, start, end - start));
    } catch (CharacterCodingException notUtf8) {
      throw error("a string is not UTF-8");
    }
  }

  private void appendEscape(StringBuilder text) throws MalformedTensorFileException {
    char kind = position < json.length ? (char) json[position++] : ' ';
    switch (kind) {
      case '"', '\\', '/' -> text.append(kind);
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'n' -> text.append('\n');
      case 'r' -> text.append('\r');
      case 't' -> text.append('\t');
      case 'u' -> appendCodeUnit(text);
      default -> throw error("an escape in a string is unknown");
    }
  }

  private void appendCodeUnit(StringBuilder text) throws MalformedTensorFileException {
    char unit = hex4();
    text.append(unit);
    if (Character.isHighSurrogate(unit)) {
      boolean escaped =
          position + 1 < json.length && json[position] == '\\' && json[position + 1] == 'u';
      position += escaped ? 2 : 0;
      char low = escaped ? hex4() : ' ';
      if (!Character.isLowSurrogate(low)) {
        throw error("half a surrogate pair stands in a string");
      }
      text.append(low);
    } else if (Character.isLowSurrogate(unit)) {
      throw error("half a surrogate pair stands in a string");
    }
  }

  private char hex4() throws MalformedTensorFileException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit =
          position < json.length && json[position] >= 0 ? Character.digit(json[position], 16) : -1;
      if (digit < 0) {
        throw error("four hexadecimal digits are missing after \\u");
      }
      value = value << 4 | digit;
      position++;
    }
    return (char) value;
  }

  private void skipWhiteSpace() {
    while (position < json.length && " \t\n\r".indexOf(json[position]) >= 0) {
      position++;
    }
  }
}
