package dev.lanewise.optim.step;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Rows of numbers that others published: a name, a step, values. */
record PublishedNumbers(String name, int step, List<Double> values) {
  static List<PublishedNumbers> read(String file) {
    String resource = "/dev/lanewise/vectors/" + file + ".txt";
    try (InputStream in =
        Objects.requireNonNull(PublishedNumbers.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(PublishedNumbers::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Double> row(List<PublishedNumbers> rows, String name, int step) {
    return rows.stream()
        .filter(row -> row.name.equals(name) && row.step == step)
        .findAny()
        .orElseThrow()
        .values;
  }

  private static PublishedNumbers parse(String line) {
    List<String> words = List.of(line.split(" ", -1));
    List<Double> values = words.stream().skip(2).map(Double::valueOf).toList();
    return new PublishedNumbers(words.get(0), Integer.parseInt(words.get(1)), values);
  }
}
