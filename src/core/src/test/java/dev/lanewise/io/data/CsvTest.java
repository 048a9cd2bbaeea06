package dev.lanewise.io.data;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables in comma-separated values, sound and broken ones. */
class CsvTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("table.csv"), text);
  }

  private static List<List<String>> records(Csv table) throws IOException {
    List<List<String>> records = new ArrayList<>();
    while (table.next()) {
      List<String> record = new ArrayList<>();
      for (int column = 0; column < table.columns(); column++) {
        record.add(table.text(column));
      }
      records.add(record);
    }
    return records;
  }

  private List<List<String>> records(String text) throws IOException {
    try (Csv table = Csv.withoutHeader(file(text))) {
      return records(table);
    }
  }

  @Test
  void fieldsMayStandInQuotesWithCommasBreaksAndQuotes() throws IOException {
    assertEquals(
        List.of(
            List.of("aaa", "b,b", "c\"c"), List.of("", "d\r\nd", "e\ne"), List.of(" f ", "", "é")),
        records("aaa,\"b,b\",\"c\"\"c\"\r\n,\"d\r\nd\",\"e\ne\"\n f ,\"\",é"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,2\n3,4", "1,2\n3,4\n", "1,2\r\n3,4\r\n", "\uFEFF1,2\n\"3\",4"})
  void theLastLineMayEndOrNotAndAByteOrderMarkIsPassedOver(String text) throws IOException {
    assertEquals(List.of(List.of("1", "2"), List.of("3", "4")), records(text));
  }

  @Test
  void aLineWithoutACommaIsOneFieldEvenIfItIsEmpty() throws IOException {
    assertEquals(List.of(List.of(""), List.of("1")), records("\n1\n"));
  }

  @Provide
  Arbitrary<List<List<String>>> tables() {
    Arbitrary<String> field =
        Arbitraries.strings()
            .withChars(",\"\r\n a1\u00e9\ud83d\ude00".toCharArray())
            .ofMaxLength(6)
            .filter(CsvTest::isWhole);
    return Arbitraries.integers()
        .between(1, 5)
        .flatMap(columns -> field.list().ofSize(columns).list().ofMinSize(1).ofMaxSize(8));
  }

  /** Whether no half of a pair stands alone: such a text has no UTF-8. */
  private static boolean isWhole(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  @Property(tries = 300)
  void whatIsWrittenInQuotesIsReadAsItWas(@ForAll("tables") List<List<String>> table)
      throws IOException {
    String text =
        table.stream()
            .map(
                record ->
                    record.stream()
                        .map(field -> "\"" + field.replace("\"", "\"\"") + "\"")
                        .collect(Collectors.joining(",")))
            .collect(Collectors.joining("\r\n"));
    Path file = Files.createTempFile("table", ".csv");
    try {
      Files.writeString(file, text);
      try (Csv csv = Csv.withoutHeader(file)) {
        assertEquals(table, records(csv));
      }
    } finally {
      Files.delete(file);
    }
  }

  /** Each border of the buffer falls on each character of a line once. */
  @Test
  void aTableIsReadThroughTheBordersOfTheBuffer() throws IOException {
    String line = "\"a\"\"b\",\"c\r\nd\"\r\n";
    for (int shift = 0; shift < line.length(); shift++) {
      String first = "x".repeat(shift + 1) + ",y\r\n";
      int lines = (1 << 15) / line.length() + 1;
      List<List<String>> records = records(first + line.repeat(lines));
      assertEquals(lines + 1, records.size());
      for (List<String> record : records.subList(1, records.size())) {
        assertEquals(List.of("a\"b", "c\r\nd"), record);
      }
    }
  }

  @Test
  void columnsHaveTheNamesOfTheFirstLine() throws IOException {
    try (Csv table = Csv.withHeader(file("length,\"width, mm\"\n1,2\n"))) {
      assertEquals(List.of("length", "width, mm"), table.header());
      assertEquals(1, table.column("width, mm"));
      assertEquals(
          table("") + " has no column \"depth\", it has length, width, mm",
          assertThrows(IllegalArgumentException.class, () -> table.column("depth")).getMessage());
      assertTrue(table.next());
      assertEquals(2, table.line());
      assertFalse(table.next());
    }
    try (Csv table = Csv.withoutHeader(file("1,2\n"))) {
      assertEquals(List.of(), table.header());
      assertTrue(
          String.valueOf(
                  assertThrows(IllegalArgumentException.class, () -> table.column("depth"))
                      .getMessage())
              .contains("opened as a table without a header"));
    }
  }

  private String table(String place) {
    return folder.resolve("table.csv") + place;
  }

  @Test
  void numbersAreTheNearestFloats() throws IOException {
    try (Csv table = Csv.withoutHeader(file("0,-0,+1.5,.5,5.,1e-3,16777217,3.4028235E38,1e-50"))) {
      assertTrue(table.next());
      float[] expected = {0, -0f, 1.5f, 0.5f, 5, 1e-3f, 16_777_216, Float.MAX_VALUE, 0};
      for (int column = 0; column < expected.length; column++) {
        assertEquals(expected[column], table.number(column));
      }
      float[] some = new float[5];
      table.numbers(2, 5, MemorySegment.ofArray(some), 1);
      assertArrayEquals(new float[] {0, 1.5f, 0.5f, 5, 0}, some);
      try (Slab slab = Slab.open("table", 1 << 16)) {
        MemorySegment memory = slab.allocateFloats(9);
        table.numbers(0, 9, memory, 0);
        assertArrayEquals(expected, memory.toArray(JAVA_FLOAT));
      }
      assertEquals(
          "to has 5 elements, 3 from 3 on are wanted: give more memory",
          refusal(() -> numbers(table, 2, 5, some, 3)));
      assertEquals(
          "to has 5 elements, 3 from -1 on are wanted: give more memory",
          refusal(() -> numbers(table, 2, 5, some, -1)));
      assertEquals(
          "columns 2 to 10 of " + table("") + ", which has 9 columns",
          refusal(() -> numbers(table, 2, 10, some, 0)));
      assertEquals(
          "column 9 of " + table("") + ", which has 9 columns", refusal(() -> table.text(9)));
    }
  }

  private static void numbers(Csv table, int begin, int end, float[] to, long offset) {
    try {
      table.numbers(begin, end, MemorySegment.ofArray(to), offset);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String refusal(Runnable action) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"one", " 1", "1 ", "0x10", "1f", "NaN", "Infinity", "1,", "--1", "1e", "."})
  void whatIsNoNumberIsNamedWithItsPlace(String text) throws IOException {
    try (Csv table = Csv.withHeader(file("a,b\n1,2\n3,\"" + text + "\"\n"))) {
      assertTrue(table.next());
      assertTrue(table.next());
      assertEquals(
          table(", line 3, column 2: \"")
              + text
              + "\" is no number: write it with digits, a point and e alone",
          assertThrows(MalformedTableException.class, () -> table.number(1)).getMessage());
    }
  }

  @Test
  void anEmptyFieldAndATooLargeNumberAreNamed() throws IOException {
    try (Csv table = Csv.withoutHeader(file(",1e39," + "x".repeat(50)))) {
      assertTrue(table.next());
      assertEquals(
          table(", line 1, column 1: the field is empty: a number is wanted"),
          assertThrows(MalformedTableException.class, () -> table.number(0)).getMessage());
      assertEquals(
          table(", line 1, column 2: \"1e39\" is too large for a float, which ends at 3.4e38"),
          assertThrows(MalformedTableException.class, () -> table.number(1)).getMessage());
      assertTrue(
          String.valueOf(
                  assertThrows(MalformedTableException.class, () -> table.number(2)).getMessage())
              .contains("\"" + "x".repeat(40) + "...\" is no number"));
    }
  }

  @Test
  void whatIsNotInTheGrammarIsNamedWithItsPlace() throws IOException {
    malformed(
        ", line 3, column 2: the line has 1 fields, the first line has 2: give all lines as many",
        "a,b\n1,2\n3\n");
    malformed(
        ", line 2, column 3: the line has 4 fields, the first line has 2: give all lines as many",
        "a,b\n1,2,3,4\n");
    malformed(
        ", line 2, column 2: a quote within a field: put the field in quotes and double this one",
        "a,b\n1,2\"\n");
    malformed(
        ", line 3, column 1: text behind a closing quote: double the quotes that are part of the"
            + " field",
        "a,b\n\"1\n2\"3,4\n");
    malformed(
        ", line 2, column 2: the file ends within quotes: close them", "a,b\n1,\"2\n3,4\n5,6\n");
    malformed(
        ", line 1, column 2: a carriage return without a line feed: put the field in quotes, or"
            + " mend the line",
        "a,b\r1,2\r");
    malformed(", line 1, column 1: the file is empty: want at least one line", "");
    malformed(
        ", line 1, column 3: a second column is called \"a\": give each a name of its own",
        "a,b,a\n");
  }

  private void malformed(String message, String text) throws IOException {
    Path file = file(text);
    assertEquals(
        file + message,
        assertThrows(
                MalformedTableException.class,
                () -> {
                  try (Csv table = Csv.withHeader(file)) {
                    records(table);
                  }
                })
            .getMessage());
  }

  @Test
  void bytesThatAreNoTextAndALineWithoutAnEndAreNamed() throws IOException {
    Path bytes = Files.write(folder.resolve("bytes.csv"), new byte[] {'1', '\n', (byte) 0xff});
    assertEquals(
        bytes
            + ", line 1, column 1: bytes that are not UTF-8 here or soon behind: save the table as"
            + " UTF-8",
        assertThrows(MalformedTableException.class, () -> Csv.withoutHeader(bytes)).getMessage());
    char[] many = new char[(1 << 24) + 1];
    Arrays.fill(many, '1');
    Path line = file("\"" + new String(many));
    assertEquals(
        line
            + ", line 1, column 1: the line has more than 2^24 characters: most likely a quote is"
            + " not closed",
        assertThrows(MalformedTableException.class, () -> Csv.withoutHeader(line)).getMessage());
  }

  @Test
  void aFieldIsAskedForOnALineAlone() throws IOException {
    try (Csv table = Csv.withoutHeader(file("1\n"))) {
      String message =
          "there is no line of " + table("") + " to read from: call next() first, while true";
      assertEquals(
          message, assertThrows(IllegalStateException.class, () -> table.text(0)).getMessage());
      assertTrue(table.next());
      assertEquals("1", table.text(0));
      assertFalse(table.next());
      assertEquals(
          message, assertThrows(IllegalStateException.class, () -> table.text(0)).getMessage());
    }
  }
}
