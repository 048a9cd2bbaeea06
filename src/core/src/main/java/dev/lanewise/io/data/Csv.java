package dev.lanewise.io.data;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A table in comma-separated values (Y. Shafranovich: RFC 4180, 2005), one line after the other: a
 * field may stand in double quotes, within which it may have commas, line breaks and, doubled,
 * quotes. Text is UTF-8; a byte order mark is passed over.
 *
 * <p>Nothing is guessed: all lines have as many fields as the first, a quote that is not where RFC
 * 4180 has it, a byte that is not UTF-8 and a number that is none or does not fit a float are a
 * {@link MalformedTableException}, with line and column. A number is decimal, with or without sign,
 * fraction and exponent, and nothing around it; it becomes the nearest float.
 *
 * <pre>{@code
 * try (Csv table = Csv.withHeader(file)) {
 *   int label = table.column("price");
 *   for (long row = 0; table.next(); row++) {
 *     table.numbers(0, label, inputs, row * label);
 *     targets.setAtIndex(JAVA_FLOAT, row, table.number(label));
 *   }
 * }
 * }</pre>
 */
public final class Csv implements AutoCloseable {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?");

  /** Of a field, in messages. */
  private static final int MOST_QUOTED = 40;

  private final CsvRecords records;
  private final List<String> header;
  private final int columns;

  /** Whether the first record, which has been read to count its fields, is still to be given. */
  private boolean firstIsNext;

  private boolean onRecord;

  private Csv(CsvRecords records, boolean hasHeader) throws IOException {
    this.records = records;
    if (!records.next()) {
      throw records.malformed(1, "the file is empty: want at least one line");
    }
    columns = records.fields();
    header = hasHeader ? names() : List.of();
    firstIsNext = !hasHeader;
  }

  private List<String> names() throws MalformedTableException {
    Set<String> seen = new HashSet<>();
    String[] names = new String[columns];
    for (int i = 0; i < columns; i++) {
      names[i] = records.field(i);
      if (!seen.add(names[i])) {
        throw records.malformed(
            i + 1, "a second column is called \"" + names[i] + "\": give each a name of its own");
      }
    }
    return List.of(names);
  }

  /** Opens a table whose first line has the names of the columns, each another. */
  public static Csv withHeader(Path file) throws IOException {
    return open(file, true);
  }

  /** Opens a table whose first line is data. */
  public static Csv withoutHeader(Path file) throws IOException {
    return open(file, false);
  }

  private static Csv open(Path file, boolean header) throws IOException {
    CsvRecords records = CsvRecords.open(file);
    try {
      return new Csv(records, header);
    } catch (Throwable failure) {
      records.close();
      throw failure;
    }
  }

  /** Fields of each line, at least 1. */
  public int columns() {
    return columns;
  }

  /** The names of the columns; none in a table without a header. */
  public List<String> header() {
    return header;
  }

  /**
   * The column of a name, from 0 on.
   *
   * @throws IllegalArgumentException if there is none
   */
  public int column(String name) {
    int column = header.indexOf(name);
    if (column < 0) {
      throw new IllegalArgumentException(
          records.file()
              + " has no column \""
              + name
              + "\""
              + (header.isEmpty()
                  ? ": it was opened as a table without a header"
                  : ", it has " + String.join(", ", header)));
    }
    return column;
  }

  /**
   * Goes to the next line; the first call goes to the first line of data.
   *
   * @return false if there is none
   */
  public boolean next() throws IOException {
    onRecord = firstIsNext || records.next();
    if (onRecord && !firstIsNext && records.fields() != columns) {
      throw records.malformed(
          Math.min(records.fields(), columns) + 1,
          "the line has "
              + records.fields()
              + " fields, the first line has "
              + columns
              + ": give all lines as many");
    }
    firstIsNext = false;
    return onRecord;
  }

  /** The number of the line, from 1 on: where the record begins. */
  public long line() {
    return records.line();
  }

  /**
   * A field of this line as it stands there, without the quotes around it.
   *
   * @param column from 0 on
   */
  public String text(int column) {
    requireRecord();
    if (column < 0 || column >= columns) {
      throw new IllegalArgumentException(
          "column " + column + " of " + records.file() + ", which has " + columns + " columns");
    }
    return records.field(column);
  }

  /**
   * A field of this line that is a number.
   *
   * @param column from 0 on
   * @throws MalformedTableException if it is none, or too large for a float
   */
  public float number(int column) throws MalformedTableException {
    String text = text(column);
    if (!NUMBER.matcher(text).matches()) {
      throw records.malformed(
          column + 1,
          text.isEmpty()
              ? "the field is empty: a number is wanted"
              : quoted(text) + " is no number: write it with digits, a point and e alone");
    }
    float number = Float.parseFloat(text);
    if (Float.isInfinite(number)) {
      throw records.malformed(
          column + 1, quoted(text) + " is too large for a float, which ends at 3.4e38");
    }
    return number;
  }

  /**
   * Fields of this line that are numbers, into memory.
   *
   * @param begin first column, from 0 on
   * @param end behind the last column
   * @param to float32, in native memory or of an array; overwritten from {@code offset} on with
   *     {@code end - begin} numbers
   * @param offset in elements
   * @throws MalformedTableException if one is no number
   */
  public void numbers(int begin, int end, MemorySegment to, long offset)
      throws MalformedTableException {
    if (begin < 0 || end < begin || end > columns) {
      throw new IllegalArgumentException(
          "columns "
              + begin
              + " to "
              + end
              + " of "
              + records.file()
              + ", which has "
              + columns
              + " columns");
    }
    if (offset < 0 || offset > to.byteSize() / Float.BYTES - (end - begin)) {
      throw new IllegalArgumentException(
          "to has "
              + to.byteSize() / Float.BYTES
              + " elements, "
              + (end - begin)
              + " from "
              + offset
              + " on are wanted: give more memory");
    }
    for (int column = begin; column < end; column++) {
      to.set(JAVA_FLOAT_UNALIGNED, (offset + column - begin) * Float.BYTES, number(column));
    }
  }

  private static String quoted(String text) {
    boolean longer = text.length() > MOST_QUOTED;
    return "\"" + (longer ? text.substring(0, MOST_QUOTED) + "..." : text) + "\"";
  }

  private void requireRecord() {
    if (!onRecord) {
      throw new IllegalStateException(
          "there is no line of " + records.file() + " to read from: call next() first, while true");
    }
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
