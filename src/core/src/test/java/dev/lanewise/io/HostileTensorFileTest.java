package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileTensorFileTest {
  @TempDir Path folder = Path.of(".");

  private void assertRejected(byte[] content, String reason) {
    MalformedTensorFileException rejected =
        assertThrows(
            MalformedTensorFileException.class, () -> TensorFiles.open(folder, content).close());
    assertTrue(rejected.toString().contains(reason), rejected.toString());
    assertTrue(
        rejected.toString().contains("made.safetensors is not a tensor file"), rejected.toString());
  }

  @Test
  void theHandMadeFileIsAcceptedWhenNothingIsWrongWithIt() throws IOException {
    String header =
        " {\n\t\"x\" : {\"shape\":[2, 3], \"data_offsets\":[0,24],\r\"dtype\":\"F32\"} } ".strip()
            + "   ";
    try (Safetensors file = TensorFiles.open(folder, TensorFiles.bytes(header, 24))) {
      assertEquals(TensorLayout.of(2, 3), file.layout("x"));
      assertArrayEquals(new float[6], TensorFiles.read(file, "x"));
    }
  }

  static Stream<Arguments> hostileHeaders() {
    String x = "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    return Stream.of(
        // Shapes, types and offsets that disagree.
        Arguments.of(
            TensorFiles.header("F32", "[4294967296,4294967296]", "[0,0]"),
            0,
            "more bytes than a long can count"),
        Arguments.of(
            TensorFiles.header("F32", "[0,4294967296,4294967296]", "[0,0]"),
            0,
            "more bytes than a long can count"),
        Arguments.of(
            TensorFiles.header("F32", "[4611686018427387904]", "[0,0]"),
            0,
            "more bytes than a long can count"),
        Arguments.of(
            TensorFiles.header("F32", "[2]", "[0,4]"),
            4,
            "has 8 bytes by its shape, 4 by its data_offsets"),
        Arguments.of(TensorFiles.header("F32", "[]", "[0,0]"), 0, "has 4 bytes by its shape, 0"),
        Arguments.of(TensorFiles.header("F99", "[1]", "[0,4]"), 4, "has the unknown type \"F99\""),
        Arguments.of(TensorFiles.header("f32", "[1]", "[0,4]"), 4, "has the unknown type \"f32\""),
        Arguments.of(
            TensorFiles.header("BF16", "[2]", "[0,4]"),
            4,
            "type BF16, which is not supported: convert it to F32"),
        Arguments.of(
            TensorFiles.header("I64", "[1]", "[0,8]"), 8, "type I64, which is not supported"),
        Arguments.of(TensorFiles.header("F32", "[1]", "[4,0]"), 4, "not a begin and an end"),
        Arguments.of(TensorFiles.header("F32", "[1]", "[0,4,8]"), 4, "not a begin and an end"),
        Arguments.of(TensorFiles.header("F32", "[1]", "[4]"), 4, "not a begin and an end"),
        Arguments.of(
            TensorFiles.header("F32", "[1]", "[9223372036854775804,9223372036854775808]"),
            4,
            "larger than a long"),
        Arguments.of(
            TensorFiles.header("F32", "[1]", "[9223372036854775803,9223372036854775807]"),
            4,
            "begins at byte"),
        Arguments.of(TensorFiles.header("F32", "[-1]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "[1.0]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "[1e0]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "[01]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "[+1]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "[true]", "[0,4]"), 4, "digits alone"),
        Arguments.of(TensorFiles.header("F32", "null", "[0,4]"), 4, "'[' is missing"),
        Arguments.of(TensorFiles.header("F32", "[1,]", "[0,4]"), 4, "digits alone"),
        // Cover of the data.
        Arguments.of(TensorFiles.header("F32", "[1]", "[0,4]"), 5, "take 4 bytes, the file has 5"),
        Arguments.of(TensorFiles.header("F32", "[1]", "[0,4]"), 3, "take 4 bytes, the file has 3"),
        Arguments.of(TensorFiles.header("F32", "[1]", "[4,8]"), 8, "begins at byte 4 of the data"),
        Arguments.of("{" + x + "," + x.replace("x", "y") + "}", 4, "begins at byte 0 of the data"),
        Arguments.of(
            "{" + x + "," + x.replace("x", "y").replace("[0,4]", "[2,6]") + "}",
            6,
            "begins at byte 2"),
        Arguments.of(
            "{" + x + "," + x.replace("x", "y").replace("[0,4]", "[8,12]") + "}", 12, "end at 4"),
        Arguments.of(
            "{"
                + x
                + ","
                + x.replace("x", "y").replace("[1]", "[0]").replace("[0,4]", "[2,2]")
                + "}",
            4,
            "begins at"),
        Arguments.of("{}", 1, "take 0 bytes, the file has 1"),
        // Twice, missing, unknown.
        Arguments.of("{" + x + "," + x + "}", 4, "tensor \"x\" is there twice"),
        Arguments.of(
            "{" + x + "," + x.replace("\"x\"", "\"\\u0078\"") + "}",
            4,
            "tensor \"x\" is there twice"),
        Arguments.of("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ is there twice"),
        Arguments.of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "key \"a\" is there twice"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            4,
            "dtype twice"),
        Arguments.of("{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "has no dtype"),
        Arguments.of("{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "has no shape"),
        Arguments.of("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "has no data_offsets"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"stride\":[1]}}",
            4,
            "a field \"stride\" unknown to the format"),
        Arguments.of("{\"x\":{}}", 0, "'\"' is missing"),
        Arguments.of("{\"__metadata__\":{\"a\":1}}", 0, "'\"' is missing"),
        Arguments.of("{\"__metadata__\":[]}", 0, "'{' is missing"),
        // JSON that is not strict, or not the format's.
        Arguments.of("", 0, "does not start with '{'"),
        Arguments.of(" {}", 0, "does not start with '{'"),
        Arguments.of("[]", 0, "does not start with '{'"),
        Arguments.of("{", 0, "'\"' is missing"),
        Arguments.of("{}x", 0, "something other than spaces"),
        Arguments.of("{}\n", 0, "something other than spaces"),
        Arguments.of("{}{}", 0, "something other than spaces"),
        Arguments.of("{} \0", 0, "something other than spaces"),
        Arguments.of("{" + x + ",}", 4, "'\"' is missing"),
        Arguments.of("{" + x + " " + x + "}", 4, "',' or '}' is missing"),
        Arguments.of("{x:1}", 4, "'\"' is missing"),
        Arguments.of("{\"x", 0, "a string does not end"),
        Arguments.of("{\"x\\", 0, "an escape in a string is unknown"),
        Arguments.of("{\"\\q\":{}}", 0, "an escape in a string is unknown"),
        Arguments.of("{\"a\nb\":{}}", 0, "a control character stands in a string"),
        Arguments.of("{\"\\ud800\":{}}", 0, "half a surrogate pair"),
        Arguments.of("{\"\\udc00\":{}}", 0, "half a surrogate pair"),
        Arguments.of("{\"\\ud800\\u0041\":{}}", 0, "half a surrogate pair"),
        Arguments.of("{\"\\u00g0\":{}}", 0, "four hexadecimal digits"),
        Arguments.of("{\"\\u00", 0, "four hexadecimal digits"),
        Arguments.of("{\"x\":" + "[".repeat(1_000_000), 0, "'{' is missing"),
        Arguments.of("{\"x\":".repeat(200_000), 0, "unknown to the format"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"shape\":" + "[".repeat(1_000_000), 0, "digits alone"));
  }

  @ParameterizedTest
  @MethodSource("hostileHeaders")
  void aHeaderThatDoesNotHoldIsRejectedWithItsReason(String header, int dataBytes, String reason) {
    assertRejected(TensorFiles.bytes(header, dataBytes), reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "c0af", "eda080", "f4908080", "e282", "80"})
  void aNameThatIsNotUtf8IsRejected(String hex) {
    String[] parts = TensorFiles.header("F32", "[1]", "[0,4]").split("x", 2);
    byte[] name = HexFormat.of().parseHex(hex);
    ByteBuffer header = ByteBuffer.allocate(parts[0].length() + name.length + parts[1].length());
    header
        .put(parts[0].getBytes(StandardCharsets.UTF_8))
        .put(name)
        .put(parts[1].getBytes(StandardCharsets.UTF_8));
    assertRejected(TensorFiles.bytes(header.array(), 4), "a string is not UTF-8");
  }

  @Test
  void escapesAndUnicodeInNamesAreRead() throws IOException {
    String header =
        TensorFiles.header("F32", "[1]", "[0,4]")
            .replace("\"x\"", "\"\\u0041\\n\\/\\\"\\\\\\ud83d\\ude00 \u00fc \ud83d\ude00\"");
    try (Safetensors file = TensorFiles.open(folder, TensorFiles.bytes(header, 4))) {
      assertEquals("A\n/\"\\\ud83d\ude00 \u00fc \ud83d\ude00", file.names().getFirst());
    }
  }

  @Test
  void tensorsMayLieInAnyOrderAndWithoutElementsAtAnyBorder() throws IOException {
    String header =
        """
        {"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},\
        "a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"f":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]}}\
        """;
    try (Safetensors file = TensorFiles.open(folder, TensorFiles.bytes(header, 8))) {
      assertEquals(4, file.names().size());
      assertEquals("b", file.names().getFirst());
      assertEquals(0, TensorFiles.read(file, "f").length);
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1L << 32, Long.MAX_VALUE - 7})
  void aHeaderLengthPastTheCapIsRejectedWithoutAllocatingIt(long length) {
    byte[] bytes = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    assertRejected(bytes, "the format allows 100000000");
  }

  @Test
  void aHeaderLengthPastTheEndOfTheFileIsRejectedWithoutAllocatingIt() {
    byte[] bytes =
        ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN).putLong(99_999_999).array();
    assertRejected(bytes, "claims 99999999 bytes, the file has 92 left");
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThrows(
        MalformedTensorFileException.class,
        () -> Safetensors.open(folder.resolve("made.safetensors")).close());
    assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 1_000_000);
  }

  @Test
  void aHeaderOfAHundredMegabytesOfNothingIsRejected() throws IOException {
    Path path = folder.resolve("sparse.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(8 + 100_000_000);
      file.write(
          ByteBuffer.allocate(9)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(100_000_000)
              .put((byte) '{')
              .array());
    }
    String message =
        assertThrows(MalformedTensorFileException.class, () -> Safetensors.open(path).close())
            .toString();
    assertTrue(message.contains("'\"' is missing (byte 1 of the header)"), message);
  }

  @Test
  void aNameInAMessageIsShortAndHoldsNothingATerminalObeys() {
    String name = "\\u001b[31m" + "n".repeat(10_000);
    String header = TensorFiles.header("F99", "[1]", "[0,4]").replace("\"x\"", "\"" + name + "\"");
    String message =
        assertThrows(
                MalformedTensorFileException.class,
                () -> TensorFiles.open(folder, TensorFiles.bytes(header, 4)).close())
            .toString();
    assertTrue(message.length() < 600 && message.indexOf('\u001b') < 0, message);
  }

  private static byte[] smallFile(Path folder) throws IOException {
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put("w", TensorFiles.entry(TensorLayout.of(2, 3)));
    tensors.put("e", TensorFiles.entry(TensorLayout.of(0)));
    tensors.put("b\u00fc", TensorFiles.entry(TensorLayout.of(3)));
    Path path = folder.resolve("small");
    Safetensors.write(path, tensors, Map.of("k\n", "v"));
    return Files.readAllBytes(path);
  }

  @Test
  void aFileCutAtAnyByteIsRejected() throws IOException {
    byte[] whole = smallFile(folder);
    TensorFiles.open(folder, whole).close();
    for (int length = 0; length < whole.length; length++) {
      assertRejected(Arrays.copyOf(whole, length), "");
    }
    assertRejected(Arrays.copyOf(whole, whole.length + 1), "the file has 37 after the header");
  }

  @Test
  void anySingleBitFlippedBeforeTheDataIsEitherReadOrRejected() throws IOException {
    byte[] whole = smallFile(folder);
    int headerEnd = whole.length - 36;
    for (int bit = 0; bit < 8 * headerEnd; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      readOrReject(flipped);
    }
  }

  @Property(tries = 300)
  void randomBytesChangedInTheHeaderAreEitherReadOrRejected(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Path own = Files.createTempDirectory("hostile");
    folder = own;
    try {
      byte[] changed = smallFile(own);
      String alphabet = "{}[]:,\"\\ 0123456789-+.eEuF\0\u007f";
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        int at = random.nextInt(changed.length - 36);
        changed[at] =
            random.nextBoolean()
                ? (byte) random.nextInt()
                : (byte) alphabet.charAt(random.nextInt(alphabet.length()));
      }
      readOrReject(changed);
    } finally {
      try (Stream<Path> files = Files.list(own)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(own);
    }
  }

  /** Success, with every tensor readable, or the one exception. */
  private void readOrReject(byte[] content) throws IOException {
    try (Safetensors file = TensorFiles.open(folder, content)) {
      long elements = 0;
      for (String name : file.names()) {
        elements += TensorFiles.read(file, name).length;
      }
      assertEquals(9, elements, "what was accepted covers the data exactly");
    } catch (MalformedTensorFileException rejected) {
      assertTrue(rejected.toString().contains("is not a tensor file"));
    }
  }
}
