package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  private static final SequencedMap<String, Safetensors.Entry> SMALL = small();

  private static SequencedMap<String, Safetensors.Entry> small() {
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", TensorFiles.entry(TensorLayout.of(3, 4)));
    tensors.put("a.bias", TensorFiles.entry(TensorLayout.of(5)));
    tensors.put("empty", TensorFiles.entry(TensorLayout.of(2, 0, 3)));
    tensors.put("scalar", TensorFiles.entry(TensorLayout.of()));
    return tensors;
  }

  @Test
  void whatWasWrittenIsReadInTheSameOrder(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model.safetensors");
    Safetensors.write(path, SMALL, Map.of("step", "17", "format", "pt"));
    try (Safetensors file = Safetensors.open(path)) {
      assertEquals(List.copyOf(SMALL.keySet()), List.copyOf(file.names()));
      assertEquals(Map.of("step", "17", "format", "pt"), file.metadata());
      for (Map.Entry<String, Safetensors.Entry> tensor : SMALL.entrySet()) {
        assertEquals(tensor.getValue().layout(), file.layout(tensor.getKey()));
        assertArrayEquals(
            TensorFiles.floats(tensor.getValue()), TensorFiles.read(file, tensor.getKey()));
      }
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(path), left.toList());
    }
  }

  @Test
  void theBytesAreThoseOfTheFormat(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model.safetensors");
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put("x", TensorFiles.entry(TensorLayout.of(1, 2)));
    Safetensors.write(path, tensors, Map.of("k", "v"));
    String json =
        "{\"__metadata__\":{\"k\":\"v\"},\"x\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
    String padded = json + " ".repeat((8 - json.length() % 8) % 8);
    ByteBuffer expected =
        ByteBuffer.allocate(8 + padded.length() + 8).order(ByteOrder.LITTLE_ENDIAN);
    expected
        .putLong(padded.length())
        .put(padded.getBytes(StandardCharsets.UTF_8))
        .putFloat(0.5f)
        .putFloat(1.5f);
    assertArrayEquals(expected.array(), Files.readAllBytes(path));
  }

  @Test
  void aFileWithoutTensorsIsLegal(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("none.safetensors");
    Safetensors.write(path, new LinkedHashMap<>(), Map.of());
    try (Safetensors file = Safetensors.open(path)) {
      assertEquals(0, file.names().size());
      assertEquals(Map.of(), file.metadata());
    }
  }

  @Test
  void tensorsInASlabOfManyChunksKeepEveryBitAlsoThatOfANan(@TempDir Path folder)
      throws IOException {
    Path path = folder.resolve("large.safetensors");
    int n = (1 << 18) + 12_345;
    try (Slab slab = Slab.open("large", 1 << 20)) {
      MemorySegment data = slab.allocateFloats(n);
      for (int i = 0; i < n; i++) {
        data.setAtIndex(JAVA_INT, i, i * 0x9E3779B9);
      }
      data.setAtIndex(JAVA_INT, 7, 0x7f80_dead);
      SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
      tensors.put("small", TensorFiles.entry(TensorLayout.of(3)));
      tensors.put("large", new Safetensors.Entry(TensorLayout.of(n), data));
      Safetensors.write(path, tensors, Map.of());
      MemorySegment target = slab.allocateFloats(n);
      try (Safetensors file = Safetensors.open(path)) {
        file.read("large", target);
      }
      assertEquals(-1, data.mismatch(target));
    }
  }

  @Provide
  Arbitrary<List<List<Integer>>> shapes() {
    return Arbitraries.integers().between(0, 6).list().ofMaxSize(4).list().ofMaxSize(6);
  }

  @Provide
  Arbitrary<Map<String, String>> texts() {
    Arbitrary<String> text =
        Arbitraries.strings()
            .all()
            .ofMaxLength(12)
            .filter(s -> StandardCharsets.UTF_8.newEncoder().canEncode(s));
    return Arbitraries.maps(text, text).ofMaxSize(4);
  }

  @Property(tries = 100)
  void anyShapesNamesAndMetadataSurviveTheRoundTrip(
      @ForAll("shapes") List<List<Integer>> shapes, @ForAll("texts") Map<String, String> texts)
      throws IOException {
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(texts.values());
    for (int i = 0; i < shapes.size(); i++) {
      long[] dims = shapes.get(i).stream().mapToLong(Integer::longValue).toArray();
      tensors.put(
          i + (i < names.size() ? names.get(i) : ""), TensorFiles.entry(TensorLayout.of(dims)));
    }
    Path path = Files.createTempFile("round-trip", ".safetensors");
    try {
      Safetensors.write(path, tensors, texts);
      byte[] bytes = Files.readAllBytes(path);
      try (Safetensors file = Safetensors.open(path)) {
        assertEquals(texts, file.metadata());
        assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.names()));
        for (String name : tensors.keySet()) {
          Safetensors.Entry written =
              tensors.getOrDefault(name, TensorFiles.entry(TensorLayout.of()));
          assertEquals(written.layout(), file.layout(name));
          assertArrayEquals(TensorFiles.floats(written), TensorFiles.read(file, name));
        }
      }
      Safetensors.write(path, tensors, new TreeMap<>(texts));
      assertArrayEquals(bytes, Files.readAllBytes(path), "the same content gives the same bytes");
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void readingChecksNameAndTargetBeforeTheFirstByte(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model.safetensors");
    Safetensors.write(path, SMALL, Map.of());
    try (Safetensors file = Safetensors.open(path)) {
      float[] target = new float[13];
      String size =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> file.read("z.weight", MemorySegment.ofArray(target)))
              .toString();
      assertTrue(size.contains("tensor \"z.weight\" of 3x4 has 48 bytes, its target 52"), size);
      assertArrayEquals(new float[13], target);
      MemorySegment readOnly = MemorySegment.ofArray(new float[12]).asReadOnly();
      assertThrows(IllegalArgumentException.class, () -> file.read("z.weight", readOnly));
      String name = assertThrows(IllegalArgumentException.class, () -> file.layout("w")).toString();
      assertTrue(name.contains("no tensor \"w\", it has [\"z.weight\", \"a.bias\""), name);
    }
  }

  @Test
  void anEntryWhoseDataHasAnotherSizeThanItsLayoutIsRejected() {
    MemorySegment data = MemorySegment.ofArray(new float[5]);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Safetensors.Entry(TensorLayout.of(2, 3), data))
            .toString();
    assertTrue(message.contains("2x3 has 24 bytes, its data 20"), message);
  }

  @Test
  void namesThatTheFormatCannotHoldAreRejectedBeforeAnythingIsWritten(@TempDir Path folder)
      throws IOException {
    Path path = folder.resolve("model.safetensors");
    for (String name : new String[] {"__metadata__", "half \ud800 pair"}) {
      SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
      tensors.put(name, TensorFiles.entry(TensorLayout.of(1)));
      assertThrows(
          IllegalArgumentException.class, () -> Safetensors.write(path, tensors, Map.of()));
    }
    try (var left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }

  // ---- failed writes

  private static void assertWriteFailsAndLeavesTheFolderAsItIs(
      Path path,
      SequencedMap<String, Safetensors.Entry> tensors,
      Class<? extends Exception> expected,
      String reason)
      throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    Map<Path, List<Byte>> before = content(folder);
    String message =
        assertThrows(expected, () -> Safetensors.write(path, tensors, Map.of())).toString();
    assertTrue(message.contains(reason), message);
    assertEquals(before, content(folder));
  }

  private static Map<Path, List<Byte>> content(@Nullable Path folder) throws IOException {
    Map<Path, List<Byte>> content = new TreeMap<>();
    if (folder != null && Files.isDirectory(folder)) {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          List<Byte> bytes = new ArrayList<>();
          if (Files.isRegularFile(file)) {
            for (byte b : Files.readAllBytes(file)) {
              bytes.add(b);
            }
          }
          content.put(file, bytes);
        }
      }
    }
    return content;
  }

  @Test
  void aTargetThatIsAFolderIsRefused(@TempDir Path folder) throws IOException {
    Path target = Files.createDirectory(folder.resolve("model"));
    assertWriteFailsAndLeavesTheFolderAsItIs(
        target,
        SMALL,
        IOException.class,
        "cannot write " + target + ": it is a folder, give the name of a file");
  }

  @Test
  void aMissingFolderIsRefused(@TempDir Path folder) throws IOException {
    Path target = folder.resolve("missing").resolve("model");
    assertWriteFailsAndLeavesTheFolderAsItIs(
        target,
        SMALL,
        IOException.class,
        "cannot write " + target + ": there is no folder " + folder.resolve("missing"));
  }

  @Test
  void aFolderThatIsAFileIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "text");
    assertWriteFailsAndLeavesTheFolderAsItIs(
        file.resolve("model"), SMALL, IOException.class, "there is no folder " + file);
    assertEquals("text", Files.readString(file));
  }

  @Test
  void aFolderThatMayNotBeWrittenIsRefused(@TempDir Path folder) throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Path old = Files.writeString(locked.resolve("model"), "old");
    assertTrue(locked.toFile().setWritable(false));
    try {
      Assumptions.assumeFalse(Files.isWritable(locked), "this user may write everywhere");
      assertWriteFailsAndLeavesTheFolderAsItIs(
          old, SMALL, IOException.class, "no permission to write to its folder");
    } finally {
      assertTrue(locked.toFile().setWritable(true));
    }
  }

  @Test
  void aTensorWhoseMemoryIsClosedLeavesTheOldFile(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model");
    Safetensors.write(path, SMALL, Map.of("version", "old"));
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>(SMALL);
    try (Slab slab = Slab.open("closed", 4096)) {
      tensors.put("closed", new Safetensors.Entry(TensorLayout.of(10), slab.allocateFloats(10)));
    }
    assertWriteFailsAndLeavesTheFolderAsItIs(path, tensors, IllegalStateException.class, "");
  }

  @Test
  void aFullDiskAtAnyByteLeavesTheOldFileAndSaysWhy(@TempDir Path folder) throws IOException {
    Path path = Files.writeString(folder.resolve("model"), "old");
    byte[] header = Safetensors.header(SMALL, Map.of());
    List<MemorySegment> data = SMALL.values().stream().map(Safetensors.Entry::data).toList();
    for (int room = 0; room < header.length + 72; room += 7) {
      int bytes = room;
      String message =
          assertThrows(
                  IOException.class,
                  () ->
                      CrashSafeFile.replace(
                          path,
                          channel ->
                              Safetensors.writeTo(new SmallDisk(channel, bytes), header, data)))
              .toString();
      assertTrue(message.endsWith("cannot write " + path + ": No space left on device"), message);
      assertEquals("old", Files.readString(path));
    }
    CrashSafeFile.replace(
        path, channel -> Safetensors.writeTo(new SmallDisk(channel, 1 << 20), header, data));
    try (Safetensors file = Safetensors.open(path)) {
      assertArrayEquals(
          new float[] {0.5f, 1.5f, 2.5f, 3.5f, 4.5f},
          TensorFiles.read(file, "a.bias"),
          "short writes go on");
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(path), left.toList());
    }
  }

  /** Takes at most three bytes a call, and then no more at all. */
  private static final class SmallDisk implements WritableByteChannel {
    private final WritableByteChannel channel;
    private int room;

    SmallDisk(WritableByteChannel channel, int room) {
      this.channel = channel;
      this.room = room;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int count = Math.min(3, Math.min(bytes.remaining(), room));
      if (count == 0) {
        throw new IOException("No space left on device");
      }
      byte[] taken = new byte[count];
      bytes.get(taken);
      ByteBuffer copy = ByteBuffer.wrap(taken);
      while (copy.hasRemaining()) {
        int ignored = channel.write(copy);
      }
      room -= count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void aSymbolicLinkStaysAndTheFileBehindItIsReplaced(@TempDir Path folder) throws IOException {
    Path real =
        Files.writeString(Files.createDirectory(folder.resolve("real")).resolve("model"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    Safetensors.write(link, SMALL, Map.of());
    assertTrue(Files.isSymbolicLink(link));
    try (Safetensors file = Safetensors.open(real)) {
      assertEquals(4, file.names().size());
    }
  }

  @Test
  void readersOfTheOldFileKeepItWhileItIsReplaced(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model");
    Safetensors.write(path, SMALL, Map.of());
    try (Safetensors old = Safetensors.open(path)) {
      Safetensors.write(path, new LinkedHashMap<>(), Map.of());
      assertArrayEquals(
          new float[] {0.5f, 1.5f, 2.5f, 3.5f, 4.5f}, TensorFiles.read(old, "a.bias"));
    }
  }

  @Test
  void openingWhatIsNotThereOrAFolderIsOneSentence(@TempDir Path folder) {
    Path missing = folder.resolve("missing");
    assertEquals(
        "java.io.IOException: cannot read " + missing + ": there is no such file",
        assertThrows(IOException.class, () -> Safetensors.open(missing)).toString());
    assertEquals(
        "java.io.IOException: cannot read " + folder + ": it is a folder, give the name of a file",
        assertThrows(IOException.class, () -> Safetensors.open(folder)).toString());
  }

  @Test
  void aFileCutWhileItIsReadIsAnErrorNotGarbage(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("model");
    Safetensors.write(path, SMALL, Map.of());
    try (Safetensors file = Safetensors.open(path)) {
      byte[] bytes = Files.readAllBytes(path);
      Files.write(path, Arrays.copyOf(bytes, bytes.length - 10));
      assertThrows(MalformedTensorFileException.class, () -> TensorFiles.read(file, "scalar"));
    }
  }
}
