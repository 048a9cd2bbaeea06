package dev.lanewise.io.data;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Cuts a file into records, and those into fields, by the grammar of RFC 4180, section 2. */
final class CsvRecords implements AutoCloseable {
  private static final int BUFFER = 1 << 14;

  /** Characters of a record: with a quote forgotten, the whole file would be one. */
  private static final int MOST_CHARACTERS = 1 << 24;

  private static final int END = -1;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path file;
  private final Reader reader;
  private final char[] buffer = new char[BUFFER];
  private int at;
  private int filled;

  /** The fields of the record, one behind the other, and where each ends. */
  private final StringBuilder text = new StringBuilder();

  private int[] ends = new int[16];
  private int fields;

  /** Line of the next character, and of the first one of the record. */
  private long line = 1;

  private long recordLine = 1;

  private CsvRecords(Path file, Reader reader) {
    this.file = file;
    this.reader = reader;
  }

  static CsvRecords open(Path file) throws IOException {
    Reader reader =
        new InputStreamReader(
            Files.newInputStream(file),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    CsvRecords records = new CsvRecords(file, reader);
    try {
      if (records.peek() == BYTE_ORDER_MARK) {
        records.at++;
      }
      return records;
    } catch (Throwable failure) {
      records.close();
      throw failure;
    }
  }

  Path file() {
    return file;
  }

  /** Where the record begins. */
  long line() {
    return recordLine;
  }

  int fields() {
    return fields;
  }

  String field(int i) {
    return text.substring(i == 0 ? 0 : ends[i - 1], ends[i]);
  }

  MalformedTableException malformed(int column, String reason) {
    return new MalformedTableException(file, recordLine, column, reason);
  }

  /** An error in the field that is being read, at the line that has been reached. */
  private MalformedTableException here(String reason) {
    return new MalformedTableException(file, line, fields + 1, reason);
  }

  /** Reads the next record; false at the end of the file. */
  boolean next() throws IOException {
    text.setLength(0);
    fields = 0;
    recordLine = line;
    if (peek() == END) {
      return false;
    }
    do {
      if (peek() == '"') {
        quoted();
      } else {
        plain();
      }
      if (fields == ends.length) {
        ends = Arrays.copyOf(ends, Math.multiplyExact(2, fields));
      }
      ends[fields++] = text.length();
    } while (separatorFollows());
    return true;
  }

  /** Passes a comma, or the end of the line. */
  private boolean separatorFollows() throws IOException {
    int c = peek();
    if (c == END) {
      return false;
    }
    at++;
    if (c == ',') {
      return true;
    }
    if (c == '\r') {
      // The caller has seen that a line feed follows.
      at++;
    }
    line++;
    return false;
  }

  private void plain() throws IOException {
    while (true) {
      int c = peek();
      if (c == END || c == ',' || c == '\n') {
        return;
      }
      if (c == '\r') {
        requireLineFeed();
        return;
      }
      if (c == '"') {
        throw here("a quote within a field: put the field in quotes and double this one");
      }
      append(c);
    }
  }

  private void quoted() throws IOException {
    at++;
    while (true) {
      int c = peek();
      if (c == END) {
        throw new MalformedTableException(
            file, recordLine, fields + 1, "the file ends within quotes: close them");
      }
      if (c != '"') {
        append(c);
        line += c == '\n' ? 1 : 0;
        continue;
      }
      at++;
      c = peek();
      if (c == '"') {
        append(c);
        continue;
      }
      if (c == '\r') {
        requireLineFeed();
      } else if (c != END && c != ',' && c != '\n') {
        throw here("text behind a closing quote: double the quotes that are part of the field");
      }
      return;
    }
  }

  /** A carriage return that is peeked at has to have a line feed behind it; it stays there. */
  private void requireLineFeed() throws IOException {
    if (at + 1 == filled) {
      buffer[0] = buffer[at];
      at = 0;
      filled = 1;
      int n = read(1);
      filled += Math.max(0, n);
    }
    if (at + 1 == filled || buffer[at + 1] != '\n') {
      throw here(
          "a carriage return without a line feed: put the field in quotes, or mend the line");
    }
  }

  private void append(int c) throws MalformedTableException {
    if (text.length() == MOST_CHARACTERS) {
      throw malformed(
          fields + 1, "the line has more than 2^24 characters: most likely a quote is not closed");
    }
    text.append((char) c);
    at++;
  }

  /** The next character, which stays the next one, or {@link #END}. */
  private int peek() throws IOException {
    if (at == filled) {
      at = 0;
      filled = Math.max(0, read(0));
      if (filled == 0) {
        return END;
      }
    }
    return buffer[at];
  }

  private int read(int offset) throws IOException {
    try {
      return reader.read(buffer, offset, BUFFER - offset);
    } catch (CharacterCodingException notText) {
      MalformedTableException malformed =
          here("bytes that are not UTF-8 here or soon behind: save the table as UTF-8");
      malformed.initCause(notText);
      throw malformed;
    }
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
