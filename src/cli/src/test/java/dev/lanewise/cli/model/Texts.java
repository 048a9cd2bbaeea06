package dev.lanewise.cli.model;

import dev.lanewise.cli.corpus.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small corpora for tests. */
final class Texts {
  static final String LINE = "the quick brown fox jumps over the lazy dog.\n";

  private Texts() {}

  /** One line again and again: what comes next is certain after a few bytes. */
  static Corpus repeatedLine(Path folder) throws IOException {
    return Corpus.load(Files.writeString(folder.resolve("line.txt"), LINE.repeat(200)), 1 << 20);
  }
}
