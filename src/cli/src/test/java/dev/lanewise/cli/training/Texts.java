package dev.lanewise.cli.training;

import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small corpora for tests. */
final class Texts {
  static final String LINE = "the quick brown fox jumps over the lazy dog.\n";

  private Texts() {}

  /** One line again and again: what comes next is certain after a few bytes. */
  static Lesson repeatedLine(Path folder) throws IOException {
    return Lesson.of(
        Corpus.load(Files.writeString(folder.resolve("line.txt"), LINE.repeat(200)), 1 << 20),
        new ByteTokenizer());
  }

  /** A plan for a small model, with more options as "name=value". */
  static Plan plan(String... more) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option :
        "model=mlp context=16 embedding=8 hidden=32 batch=64 lr=0.01".split(" ", -1)) {
      put(options, option);
    }
    for (String option : more) {
      put(options, option);
    }
    return Plan.of(options);
  }

  private static void put(Map<String, String> options, String option) {
    int at = option.indexOf('=');
    options.put(option.substring(0, at), option.substring(at + 1));
  }
}
