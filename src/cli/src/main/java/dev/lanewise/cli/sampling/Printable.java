package dev.lanewise.cli.sampling;

import dev.lanewise.cli.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Bytes as text that a terminal can show, as they come: no byte of a model reaches it as a control
 * character. A character whose bytes are not all there yet is held back.
 */
public final class Printable {
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  private byte[] heldBack = new byte[0];
  private boolean carriageReturn;

  /** All of a text. */
  public static String of(byte[] bytes) {
    Printable printable = new Printable();
    return printable.add(bytes) + printable.end();
  }

  /** What can be shown after these further bytes. */
  public String add(byte[] bytes) {
    return decoded(bytes, false);
  }

  /** What was held back, once the text is over. */
  public String end() {
    String text = decoded(new byte[0], true);
    return carriageReturn ? text + picture('\r') : text;
  }

  private String decoded(byte[] bytes, boolean end) {
    ByteBuffer in = ByteBuffer.allocate(heldBack.length + bytes.length);
    in.put(heldBack).put(bytes).flip();
    CharBuffer chars = CharBuffer.allocate(in.remaining() + 2);
    utf8.decode(in, chars, end);
    if (end) {
      utf8.flush(chars);
      utf8.reset();
    }
    heldBack = new byte[in.remaining()];
    in.get(heldBack);
    StringBuilder text = new StringBuilder();
    chars.flip().chars().forEach(c -> append(text, (char) c));
    return text.toString();
  }

  private void append(StringBuilder text, char c) {
    if (carriageReturn && c != '\n') {
      text.append(picture('\r'));
    }
    carriageReturn = c == '\r';
    if (c == Tokenizer.END_OF_FILE) {
      text.append("\n[end of file]\n");
    } else if (c == '\n' || c == '\t') {
      text.append(c);
    } else if (c < ' ') {
      text.append(carriageReturn ? "" : picture(c));
    } else {
      text.append(c >= 0x7f && c < 0xa0 ? '\ufffd' : c);
    }
  }

  /** The picture that Unicode has for a control character. */
  private static String picture(char control) {
    return Character.toString(0x2400 + control);
  }
}
