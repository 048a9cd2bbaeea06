package dev.lanewise.cli.corpus;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text to learn from, in two parts that share no file: training bytes and held-out bytes. Each
 * file is followed by one NUL, the mark of its end, which a text does not contain otherwise. What
 * is read, the split and the order depend on names and contents alone.
 */
public final class Corpus {
  /** The mark between two files, and what stands before the first byte of a text. */
  public static final byte END_OF_FILE = 0;

  /** The least text that can be split and learnt from. */
  public static final int LEAST_BYTES = 1_024;

  private static final String BUNDLED = "lanewise-sources/";

  /** Files whose hash lies in this fraction of all hashes are held out. */
  private static final double HELD_OUT_FILES = 0.05;

  /** The end of the text that is held out where whole files would give too much or too little. */
  private static final double HELD_OUT_TAIL = 0.10;

  /** Whole files are held out if they make between these fractions of the bytes. */
  private static final double LEAST_HELD_OUT = 0.02;

  private static final double MOST_HELD_OUT = 0.20;

  /** Salts: which files are read and which are held out are independent choices. */
  private static final long SALT_OF_LIMIT = 1;

  private static final long SALT_OF_SPLIT = 2;

  private final String name;
  private final String splitRule;
  private final int files;
  private final int filesSeen;
  private final byte[] training;
  private final byte[] heldOut;

  private Corpus(
      String name, String splitRule, int files, int filesSeen, byte[] training, byte[] heldOut) {
    this.name = name;
    this.splitRule = splitRule;
    this.files = files;
    this.filesSeen = filesSeen;
    this.training = training;
    this.heldOut = heldOut;
  }

  private static final class TextFile {
    private final String name;
    private final byte[] bytes;

    TextFile(String name, byte[] bytes) {
      this.name = name;
      this.bytes = bytes;
    }

    boolean isHeldOut() {
      // The upper 53 bits of a well mixed hash, as a fraction of all such values.
      return (hash(name, SALT_OF_SPLIT) >>> 11) * 0x1p-53 < HELD_OUT_FILES;
    }
  }

  /**
   * The text below {@code path}, or the default where it is null: {@code lib/src.zip} of the
   * running JDK, and where that is missing the sources of this project, which lie in the jar.
   *
   * @param limitBytes more text than this is not read: whole files are picked by the hash of their
   *     names
   */
  public static Corpus load(@Nullable Path path, long limitBytes) {
    if (path != null) {
      return read(path.toString(), FileSet.of(path), limitBytes);
    }
    Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (Files.isReadable(sources)) {
      return read(sources.toString(), FileSet.of(sources), limitBytes);
    }
    return bundled(limitBytes);
  }

  /** The sources of this project, as they were when the jar was built. */
  static Corpus bundled(long limitBytes) {
    String what = "the sources of Lanewise in its own jar";
    try {
      return read(what, bundledFiles(), limitBytes);
    } catch (IOException failure) {
      throw FileSet.unreadable(what, failure);
    }
  }

  private static FileSet bundledFiles() throws IOException {
    URL url = Corpus.class.getClassLoader().getResource(BUNDLED + "cli/dev/lanewise/cli/Main.java");
    if (url == null) {
      throw new IOException("they are not there; give --corpus a folder, a text file or a zip");
    }
    if (url.openConnection() instanceof JarURLConnection jar) {
      return FileSet.zip(pathOf(jar.getJarFileURL()), BUNDLED);
    }
    return FileSet.folder(pathOf(url).resolve("../../../../..").normalize());
  }

  private static Path pathOf(URL url) throws IOException {
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new IOException(url.toString(), impossible);
    }
  }

  private static Corpus read(String name, FileSet set, long limitBytes) {
    try (set) {
      List<TextFile> texts = readTexts(name, set, limitBytes);
      return split(name, texts, set.files().size());
    } catch (IOException failure) {
      throw FileSet.unreadable(name, failure);
    }
  }

  /** Whole text files in the order of their hashes until the limit is reached, then by name. */
  private static List<TextFile> readTexts(String name, FileSet set, long limitBytes)
      throws IOException {
    List<Map.Entry<String, FileSet.Content>> order = new ArrayList<>(set.files().entrySet());
    order.sort(Comparator.comparingLong(file -> hash(file.getKey(), SALT_OF_LIMIT)));
    List<TextFile> texts = new ArrayList<>();
    long left = limitBytes;
    for (var file : order) {
      byte[] bytes = readText(name + ", " + file.getKey(), file.getValue(), left + 1);
      if (bytes.length > left) {
        if (texts.isEmpty()) {
          texts.add(new TextFile(file.getKey(), Arrays.copyOf(bytes, (int) left)));
        }
        break;
      }
      if (bytes.length > 0) {
        texts.add(new TextFile(file.getKey(), bytes));
        left -= bytes.length;
      }
    }
    texts.sort(Comparator.comparing(text -> text.name));
    return texts;
  }

  /** At most {@code limit} bytes of a file, none of one that is not a text: a text has no NUL. */
  private static byte[] readText(String what, FileSet.Content content, long limit) {
    try (InputStream in = content.open()) {
      byte[] head = in.readNBytes((int) Math.min(limit, 8_192));
      if (hasNul(head)) {
        return new byte[0];
      }
      byte[] rest = in.readNBytes((int) Math.min(limit - head.length, Integer.MAX_VALUE - 16));
      if (hasNul(rest)) {
        return new byte[0];
      }
      byte[] all = Arrays.copyOf(head, head.length + rest.length);
      System.arraycopy(rest, 0, all, head.length, rest.length);
      return all;
    } catch (IOException failure) {
      throw FileSet.unreadable(what, failure);
    }
  }

  private static boolean hasNul(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }

  private static Corpus split(String name, List<TextFile> texts, int filesSeen) {
    long total = texts.stream().mapToLong(text -> text.bytes.length).sum();
    if (filesSeen == 0) {
      throw new UserError(
          "the corpus "
              + name
              + " holds no file: give --corpus a folder, a text file or a zip with text");
    }
    if (texts.isEmpty()) {
      throw new UserError(
          "the corpus "
              + name
              + " holds no text (empty files and files with NUL bytes do not count): "
              + "give --corpus a folder, a text file or a zip with text");
    }
    if (total < LEAST_BYTES) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "the corpus %s has %,d bytes of text and training needs at least %,d: give --corpus"
                  + " more text",
              name,
              total,
              LEAST_BYTES));
    }
    long inHeldOutFiles =
        texts.stream().filter(TextFile::isHeldOut).mapToLong(text -> text.bytes.length).sum();
    if (inHeldOutFiles >= LEAST_HELD_OUT * total && inHeldOutFiles <= MOST_HELD_OUT * total) {
      long heldOutFiles = texts.stream().filter(TextFile::isHeldOut).count();
      return new Corpus(
          name,
          heldOutFiles + " whole files, chosen by the hash of their names",
          texts.size(),
          filesSeen,
          concatenate(texts.stream().filter(text -> !text.isHeldOut()).toList()),
          concatenate(texts.stream().filter(TextFile::isHeldOut).toList()));
    }
    byte[] all = concatenate(texts);
    int cut = (int) Math.round(all.length * (1 - HELD_OUT_TAIL));
    return new Corpus(
        name,
        "the last tenth of the text",
        texts.size(),
        filesSeen,
        Arrays.copyOf(all, cut),
        Arrays.copyOfRange(all, cut, all.length));
  }

  private static byte[] concatenate(List<TextFile> texts) {
    long length = texts.stream().mapToLong(text -> text.bytes.length + 1L).sum();
    byte[] all = new byte[Math.toIntExact(length)];
    int at = 0;
    for (TextFile text : texts) {
      System.arraycopy(text.bytes, 0, all, at, text.bytes.length);
      at += text.bytes.length;
      all[at++] = END_OF_FILE;
    }
    return all;
  }

  /**
   * FNV-1a over the characters, then the finaliser of MurmurHash3: FNV alone mixes its upper bits
   * badly.
   */
  private static long hash(String name, long salt) {
    long h = 0xcbf29ce484222325L ^ salt;
    for (int i = 0; i < name.length(); i++) {
      h = (h ^ name.charAt(i)) * 0x100000001b3L;
    }
    h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
    h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }

  /** Where the text comes from. */
  public String name() {
    return name;
  }

  /** How the held-out bytes were chosen. */
  public String splitRule() {
    return splitRule;
  }

  /** Text files that were read. */
  public int files() {
    return files;
  }

  /** All files that are there, text or not, read or beyond the limit. */
  public int filesSeen() {
    return filesSeen;
  }

  /** The bytes to learn from: the array itself, not to be written. */
  public byte[] training() {
    return training;
  }

  /** The bytes that no training sees: the array itself, not to be written. */
  public byte[] heldOut() {
    return heldOut;
  }
}
