package dev.lanewise.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.TensorLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("once")
class NumpyFilesTest {
  /**
   * NumPy 2.4.6: {@code numpy.savez_compressed(file, weight=numpy.arange(6, dtype='<f4').reshape(2,
   * 3), steps=numpy.array([7], dtype='<i8'))}.
   */
  private static final String COMPRESSED =
      "UEsDBC0AAAAIAAAAIQBP6QAq//////////8KABQAd2VpZ2h0Lm5weQEAEACYAAAAAAAAAFUAAAAAAAAAm+wX"
          + "6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUK"
          + "ZAMuBjBosAcSDkAExA1AvMABAFBLAwQtAAAACAAAACEAuZN7mP//////////CQAUAHN0ZXBzLm5weQEAEACI"
          + "AAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4F"
          + "ihdnJBakAvkahjqaOgq1ChQALnYGCAAAUEsBAi0DLQAAAAgAAAAhAE/pACpVAAAAmAAAAAoAAAAAAAAAAAAA"
          + "AIABAAAAAHdlaWdodC5ucHlQSwECLQMtAAAACAAAACEAuZN7mEgAAACIAAAACQAAAAAAAAAAAAAAgAGRAAAA"
          + "c3RlcHMubnB5UEsFBgAAAAACAAIAbwAAABQBAAAAAA==";

  @TempDir Path folder;

  private static Npy.Entry floats(TensorLayout shape, float... values) {
    return new Npy.Entry(Npy.Type.F32, shape, MemorySegment.ofArray(values));
  }

  private Path npy(String dictionary, int dataBytes) throws IOException {
    byte[] text = dictionary.getBytes(ISO_8859_1);
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.putShort((short) text.length).put(text);
    return Files.write(folder.resolve("made.npy"), bytes.array());
  }

  @Test
  void theBytesAreThoseThatNumpyWrites() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, floats(TensorLayout.of(2, 3), 1, 2, 3, 4, 5, 6));
    byte[] bytes = Files.readAllBytes(file);
    String header = "\u0093NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    assertEquals(
        header + " ".repeat(127 - header.length()) + "\n", new String(bytes, 0, 128, ISO_8859_1));
    ByteBuffer data = ByteBuffer.wrap(bytes, 128, 24).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 1; i <= 6; i++) {
      assertEquals(i, data.getFloat());
    }
    assertEquals(152, bytes.length);
  }

  @Test
  void shapesOfRankZeroAndOneAreTuplesAsPythonWritesThem() {
    assertTrue(header(TensorLayout.of()).contains("'shape': (), }"));
    assertTrue(header(TensorLayout.of(7)).contains("'shape': (7,), }"));
    assertTrue(header(TensorLayout.of(2, 0, 3)).contains("'shape': (2, 0, 3), }"));
  }

  private static String header(TensorLayout shape) {
    return new String(NpyHeader.of(Npy.Type.F64, shape), ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource(Npy.Type.class)
  void everyTypeComesBackBitForBitInManyChunks(Npy.Type type) throws IOException {
    int n = 70_001;
    byte[] bits = new byte[n * type.bytes()];
    new SplittableRandom(1).nextBytes(bits);
    Path file = folder.resolve("x.npy");
    Npy.write(file, new Npy.Entry(type, TensorLayout.of(n, 1), MemorySegment.ofArray(bits)));
    try (Arena arena = Arena.ofConfined();
        Npy npy = Npy.open(file)) {
      assertEquals(type, npy.type());
      assertEquals(TensorLayout.of(n, 1), npy.shape());
      MemorySegment target = arena.allocate(bits.length);
      npy.read(target);
      assertEquals(-1, target.mismatch(MemorySegment.ofArray(bits)));
    }
  }

  @Test
  void anEmptyArrayAndAScalarAreArrays() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, floats(TensorLayout.of(0, 5)));
    try (Npy npy = Npy.open(file)) {
      npy.read(MemorySegment.ofArray(new float[0]));
      assertEquals(TensorLayout.of(0, 5), npy.shape());
    }
    Npy.write(file, floats(TensorLayout.of(), 2.5f));
    float[] scalar = new float[1];
    try (Npy npy = Npy.open(file)) {
      npy.read(MemorySegment.ofArray(scalar));
    }
    assertArrayEquals(new float[] {2.5f}, scalar);
  }

  @Test
  void entriesInAnyOrderWithEitherQuoteAndNoLastCommaAreRead() throws IOException {
    Path file = npy("{\"shape\": (2,), 'fortran_order': True, 'descr': '<i4'}\n", 8);
    try (Npy npy = Npy.open(file)) {
      assertEquals(Npy.Type.I32, npy.type());
      assertEquals(TensorLayout.of(2), npy.shape());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'>f4' | False | (1,) | 4 | its type is \">f4\", which is not supported: convert it to one"
            + " of",
        "'O' | False | (1,) | 4 | its type is \"O\"",
        "'<f2' | False | (1,) | 2 | its type is \"<f2\"",
        "'<f4' | True | (1, 1) | 4 | in the order of Fortran: save numpy.ascontiguousarray",
        "'<f4' | Maybe | (1,) | 4 | its header has no fortran_order",
        "'<f4' | False | (2,) | 4 | takes 8 bytes, 4 follow its header",
        "'<f4' | False | (1,) | 5 | takes 4 bytes, 5 follow its header",
        "'<f4' | False | (4294967296, 4294967296) | 0 | more bytes than a long can count",
        "'<f4' | False | (0, 4294967296, 4294967296) | 0 | more bytes than a long can count",
        "'<f8' | False | (2305843009213693951,) | 0 | more bytes than a long can count",
        "'<f4' | False | (99999999999999999999,) | 0 | larger than a long",
        "'<f4' | False | (-1,) | 4 | a dimension is missing",
        "'<f4' | False | (1) | 4 | its shape is no tuple",
        "'<f4' | False | 1, | 4 | '(' is missing",
        "'<f4' | False | (1,), 'shape': (1,) | 4 | has shape twice",
        "'<f4' | False | (1,), 'more': 'x' | 4 | has an entry \"more\"",
        "'<f4 | False | (1,) | 4 | '}' is missing",
      })
  void aHeaderThatDoesNotHoldIsRefused(
      String descr, String order, String shape, int dataBytes, String reason) throws IOException {
    assertRefused(
        npy(
            "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n",
            dataBytes),
        reason);
  }

  private static void assertRefused(Path file, String reason) {
    String message =
        assertThrows(MalformedTensorFileException.class, () -> Npy.open(file).close()).toString();
    assertTrue(message.contains(reason) && message.contains(file.toString()), message);
  }

  @Test
  void whatIsCutOffOrNoNpyFileIsRefusedWhereverItEnds() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, floats(TensorLayout.of(2), 1, 2));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThrows(MalformedTensorFileException.class, () -> Npy.open(file).close());
    }
    byte[] huge = whole.clone();
    huge[6] = 2;
    Arrays.fill(huge, 8, 12, (byte) 0xff);
    assertRefused(Files.write(file, huge), "its header claims 4294967295 bytes, 10000 are allowed");
    huge[6] = 9;
    assertRefused(Files.write(file, huge), "its version is 9.0");
    assertRefused(Files.writeString(file, "to be or not to be"), "does not begin as a npy file");
    assertRefused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", 4), "follows its");
  }

  @Test
  void aTargetOfAnotherSizeIsRefusedWithBothSides() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, floats(TensorLayout.of(2), 1, 2));
    try (Npy npy = Npy.open(file)) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> npy.read(MemorySegment.ofArray(new float[3])))
              .toString();
      assertTrue(message.contains("has 8 bytes, the memory given 12"), message);
    }
    assertThrows(IllegalArgumentException.class, () -> floats(TensorLayout.of(3), 1, 2));
    assertTrue(
        assertThrows(IOException.class, () -> Npy.open(folder.resolve("nowhere")))
            .toString()
            .contains("there is no such file"));
  }

  @Test
  void arraysByNameComeBackInTheirOrderAndTheSameGiveTheSameBytes() throws IOException {
    SequencedMap<String, Npy.Entry> arrays = new LinkedHashMap<>();
    arrays.put("weight", floats(TensorLayout.of(2, 2), 1, Float.NaN, -0f, 4));
    arrays.put(
        "steps",
        new Npy.Entry(
            Npy.Type.I64, TensorLayout.of(), MemorySegment.ofArray(new long[] {1L << 40})));
    Path file = folder.resolve("x.npz");
    Npz.write(file, arrays);
    byte[] bytes = Files.readAllBytes(file);
    try (Npz npz = Npz.open(file)) {
      assertEquals(List.of("weight", "steps"), List.copyOf(npz.names()));
      assertEquals(TensorLayout.of(2, 2), npz.shape("weight"));
      assertEquals(Npy.Type.I64, npz.type("steps"));
      float[] weight = new float[4];
      npz.read("weight", MemorySegment.ofArray(weight));
      assertArrayEquals(new float[] {1, Float.NaN, -0f, 4}, weight);
      long[] steps = new long[1];
      npz.read("steps", MemorySegment.ofArray(steps));
      assertEquals(1L << 40, steps[0]);
      assertTrue(
          assertThrows(IllegalArgumentException.class, () -> npz.type("bias"))
              .toString()
              .contains("has no array \"bias\", it has [\"weight\", \"steps\"]"));
    }
    Npz.write(file, arrays);
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void whatNumpyHasCompressedIsRead() throws IOException {
    Path file = Files.write(folder.resolve("numpy.npz"), Base64.getDecoder().decode(COMPRESSED));
    try (Npz npz = Npz.open(file)) {
      assertEquals(List.of("weight", "steps"), List.copyOf(npz.names()));
      float[] weight = new float[6];
      npz.read("weight", MemorySegment.ofArray(weight));
      assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, weight);
      long[] steps = new long[1];
      npz.read("steps", MemorySegment.ofArray(steps));
      assertEquals(7, steps[0]);
    }
  }

  @Test
  void noDamagedByteOfAZipIsTakenForANumber() throws IOException {
    SequencedMap<String, Npy.Entry> arrays = new LinkedHashMap<>();
    arrays.put("x", floats(TensorLayout.of(4), 1, 2, 3, 4));
    Path file = folder.resolve("x.npz");
    Npz.write(file, arrays);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      float[] x = new float[4];
      try (Npz npz = Npz.open(file)) {
        npz.read("x", MemorySegment.ofArray(x));
        assertArrayEquals(new float[] {1, 2, 3, 4}, x, "byte " + at);
      } catch (IOException | IllegalArgumentException refused) {
        // Refused is as good as read; another number would not be.
        assertTrue(refused.toString().contains(file.toString()), at + ": " + refused);
      }
    }
  }

  @Test
  void aZipOfSomethingElseIsRefused() throws IOException {
    assertZipRefused("its entry \"x.txt\" is no npy file", "x.txt", new byte[] {1});
    assertZipRefused("does not begin as a npy file", "x.npy", new byte[100]);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    Npy.writeTo(bomb, floats(TensorLayout.of(1), 1));
    bomb.writeBytes(new byte[10_000_000]);
    assertZipRefused("takes 4 bytes, 10000004 follow", "x.npy", bomb.toByteArray());
    Path text = Files.writeString(folder.resolve("x.npz"), "no zip");
    assertThrows(MalformedTensorFileException.class, () -> Npz.open(text).close());
  }

  private void assertZipRefused(String reason, String name, byte[] content) throws IOException {
    Path file = folder.resolve("made.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    String message =
        assertThrows(MalformedTensorFileException.class, () -> Npz.open(file).close()).toString();
    assertTrue(message.contains(reason), message);
  }
}
