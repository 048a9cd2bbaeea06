package dev.lanewise.cli.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  private static final long NO_LIMIT = 1L << 30;

  @TempDir Path folder;

  /**
   * Two hundred files whose every line names the file, so that each byte tells where it comes from.
   */
  private Path manyFiles() throws IOException {
    Path root = folder.resolve("many");
    for (int i = 0; i < 200; i++) {
      Path file = root.resolve("dir" + i % 7).resolve("file" + i + ".txt");
      Files.createDirectories(root.resolve("dir" + i % 7));
      Files.writeString(file, ("line of file " + i + "\n").repeat(20));
    }
    return root;
  }

  private static List<String> files(byte[] text) {
    return List.of(new String(text, UTF_8).split("\0", 0));
  }

  @Test
  void wholeFilesAreHeldOutAndNoFileIsOnBothSides() throws IOException {
    Corpus corpus = Corpus.load(manyFiles(), NO_LIMIT);
    List<String> training = files(corpus.training());
    List<String> heldOut = files(corpus.heldOut());
    assertEquals(200, training.size() + heldOut.size());
    assertTrue(heldOut.size() >= 4 && heldOut.size() <= 24, "held-out files: " + heldOut.size());
    assertTrue(training.stream().noneMatch(heldOut::contains));
    assertTrue(
        heldOut.stream().allMatch(file -> file.lines().distinct().count() == 1), "a file was cut");
  }

  @Test
  void theSameFilesGiveTheSameBytesFromAFolderAndFromAZipInAnyOrder() throws IOException {
    Path root = manyFiles();
    Path zip = folder.resolve("many.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        var paths = Files.walk(root)) {
      for (Path file :
          paths.filter(Files::isRegularFile).sorted((a, b) -> b.compareTo(a)).toList()) {
        out.putNextEntry(new ZipEntry(root.relativize(file).toString().replace('\\', '/')));
        out.write(Files.readAllBytes(file));
      }
    }
    Corpus fromFolder = Corpus.load(root, NO_LIMIT);
    Corpus fromZip = Corpus.load(zip, NO_LIMIT);
    assertArrayEquals(fromFolder.training(), fromZip.training());
    assertArrayEquals(fromFolder.heldOut(), fromZip.heldOut());
  }

  @Test
  void aFileStaysOnItsSideWhenALimitLeavesOthersOut() throws IOException {
    Path root = manyFiles();
    Corpus all = Corpus.load(root, NO_LIMIT);
    Corpus some = Corpus.load(root, 30_000);
    assertTrue(some.files() > 50 && some.files() < 150, "files: " + some.files());
    assertTrue(some.training().length + some.heldOut().length <= 30_000 + some.files());
    assertTrue(files(all.heldOut()).containsAll(files(some.heldOut())));
    assertTrue(files(all.training()).containsAll(files(some.training())));
  }

  @Test
  void aSingleFileIsSplitNearItsEnd() throws IOException {
    Path file = Files.writeString(folder.resolve("one.txt"), "0123456789".repeat(1_000));
    Corpus corpus = Corpus.load(file, NO_LIMIT);
    assertEquals(10_001, corpus.training().length + corpus.heldOut().length);
    assertEquals(1_000, corpus.heldOut().length, 2);
    assertEquals("the last tenth of the text", corpus.splitRule());
  }

  @Test
  void aSingleFileBeyondTheLimitIsReadUpToIt() throws IOException {
    Path file = Files.writeString(folder.resolve("one.txt"), "0123456789".repeat(1_000));
    Corpus corpus = Corpus.load(file, 5_000);
    assertEquals(5_001, corpus.training().length + corpus.heldOut().length);
  }

  @Test
  void binaryEmptyAndHiddenFilesAreNoText() throws IOException {
    Path root = manyFiles();
    Corpus before = Corpus.load(root, NO_LIMIT);
    Files.write(root.resolve("image.bin"), new byte[50_000]);
    byte[] lateNul = "text ".repeat(4_000).getBytes(UTF_8);
    lateNul[lateNul.length - 1] = 0;
    Files.write(root.resolve("late.bin"), lateNul);
    Files.createFile(root.resolve("empty.txt"));
    Files.writeString(
        Files.createDirectories(root.resolve(".git")).resolve("config"), "secret".repeat(100));
    Files.writeString(root.resolve(".hidden"), "secret".repeat(100));
    Corpus after = Corpus.load(root, NO_LIMIT);
    assertArrayEquals(before.training(), after.training());
    assertArrayEquals(before.heldOut(), after.heldOut());
    assertEquals(200, after.files());
  }

  @Test
  void theDefaultIsTheSourceOfTheRunningJdk() {
    Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    Corpus corpus = Corpus.load(null, 1 << 20);
    assertEquals(Files.exists(sources), corpus.name().equals(sources.toString()));
    assertTrue(corpus.training().length > 100_000);
  }

  @Test
  void theSourcesOfTheProjectAreBundled() {
    Corpus corpus = Corpus.bundled(NO_LIMIT);
    String text = new String(corpus.training(), UTF_8) + new String(corpus.heldOut(), UTF_8);
    assertTrue(text.contains("class Lanes"));
    assertTrue(text.contains("class Corpus"));
  }

  @Test
  void aMissingCorpusIsOneSentence() {
    assertFailure(folder.resolve("nowhere"), "does not exist");
  }

  @Test
  void anEmptyFolderAndAnEmptyFileAndAnEmptyZipAreOneSentence() throws IOException {
    assertFailure(Files.createDirectories(folder.resolve("empty")), "holds no file");
    assertFailure(Files.createFile(folder.resolve("empty.txt")), "holds no text");
    Path zip = folder.resolve("empty.zip");
    new ZipOutputStream(Files.newOutputStream(zip)).close();
    assertFailure(zip, "holds no file");
  }

  @Test
  void aFewBytesAreOneSentence() throws IOException {
    assertFailure(
        Files.writeString(folder.resolve("few.txt"), "to be"),
        "has 5 bytes of text and training needs at least 1,024");
    assertFailure(
        Files.writeString(folder.resolve("most.txt"), "x".repeat(1_023)), "has 1,023 bytes");
    assertEquals(
        1,
        Corpus.load(Files.writeString(folder.resolve("enough.txt"), "x".repeat(1_024)), NO_LIMIT)
            .files());
  }

  @Test
  void aBinaryCorpusIsOneSentence() throws IOException {
    assertFailure(Files.write(folder.resolve("zeros"), new byte[10_000]), "holds no text");
  }

  @Test
  void aDamagedZipIsOneSentenceWhereverItIsDamaged() throws IOException {
    Path zip = folder.resolve("damaged.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("a.txt"));
      byte[] noise = new byte[20_000];
      new Random(1).nextBytes(noise);
      for (int i = 0; i < noise.length; i++) {
        noise[i] |= 1;
      }
      out.write(noise);
    }
    byte[] good = Files.readAllBytes(zip);
    assertEquals(1, Corpus.load(zip, NO_LIMIT).files());
    Files.write(zip, Arrays.copyOf(good, good.length / 2));
    assertFailure(zip, "cannot read the corpus");
    byte[] flipped = good.clone();
    Arrays.fill(flipped, 2_000, 2_500, (byte) 0xff);
    Files.write(zip, flipped);
    assertFailure(zip, "cannot read the corpus");
  }

  private static void assertFailure(Path corpus, String part) {
    UserError error = assertThrows(UserError.class, () -> Corpus.load(corpus, NO_LIMIT));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(corpus.toString()), message);
    assertFalse(message.contains("\n"), message);
  }
}
