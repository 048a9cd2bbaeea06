package dev.lanewise.jmh.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes the generated parts of RESULTS.md, each between two markers:
 *
 * <pre>{@code
 * <!-- results: gelu, limits -->     a table of jmh/results/gelu.json, its limits from there or from limits.json
 * <!-- machine: gelu -->             the machine of jmh/results/gelu.machine.txt, which Machine writes
 * <!-- power: slow-downs -->       what tracker power found, from jmh/results/slow-downs.json; likewise
 *                                  noise (aa), comparison (compare), gate, history (detect)
 * <!-- end -->
 * }</pre>
 *
 * <p>The limit of arithmetic is PeakFma with as many threads, the limit of memory is Triad with as
 * many threads and the same footprint, both measured on the same machine. Where libraries are
 * compared, they become the columns of tables of their own, see {@link PeersTable}.
 */
public final class ResultsTable {
  private static final Pattern BLOCK =
      Pattern.compile(
          "(<!-- (results|machine|power|noise|comparison|gate|history): ([\\w, .-]+?) -->\n"
              + ").*?(<!-- end -->)",
          Pattern.DOTALL);

  private final Path results;

  ResultsTable(Path results) {
    this.results = results;
  }

  /** Run in the root of the project. */
  public static void main(String[] arguments) throws IOException {
    Path document = Path.of("RESULTS.md");
    String before = Files.readString(document);
    String after = new ResultsTable(Path.of("jmh", "results")).regenerate(before);
    Files.writeString(document, after);
    System.out.println(document + (after.equals(before) ? " is up to date" : " is rewritten"));
  }

  /** The document with each generated part made anew. */
  String regenerate(String document) throws IOException {
    StringBuilder out = new StringBuilder();
    Matcher block = BLOCK.matcher(document);
    while (block.find()) {
      List<String> names = List.of(block.group(3).split(", *", -1));
      String content = content(block.group(2), names);
      block.appendReplacement(
          out, Matcher.quoteReplacement(block.group(1) + content + block.group(4)));
    }
    return block.appendTail(out).toString();
  }

  private String content(String kind, List<String> names) throws IOException {
    return switch (kind) {
      case "results" -> table(names);
      case "machine" -> machine(names.getFirst());
      case "power" -> EvidenceTables.power(json(names.getFirst()));
      case "noise" -> EvidenceTables.noise(json(names.getFirst()));
      case "comparison" -> EvidenceTables.comparison(json(names.getFirst()));
      case "history" -> EvidenceTables.history(json(names.getFirst()));
      default -> EvidenceTables.gate(json(names.getFirst()));
    };
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(results.resolve(name + ".json").toFile());
  }

  private String machine(String name) throws IOException {
    return Files.readAllLines(results.resolve(name + ".machine.txt")).stream()
        .map(line -> "    " + line + "\n")
        .collect(Collectors.joining("", "\n", "\n"));
  }

  private String table(List<String> names) throws IOException {
    List<Measurement> all = read(names.getFirst());
    List<Measurement> rows = all.stream().filter(row -> !PeersTable.compares(row)).toList();
    List<Measurement> limits = new ArrayList<>();
    for (String name : names) {
      limits.addAll(read(name));
    }
    String peers = PeersTable.of(all);
    if (rows.isEmpty()) {
      return peers;
    }
    StringBuilder table = new StringBuilder();
    table.append(
        "\n| benchmark | parameters | median | min .. max | unit | forks | of the limit |\n");
    table.append("|---|---|--:|--:|---|--:|--:|\n");
    for (Measurement row : rows) {
      String parameters =
          row.parameters().entrySet().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue())
              .collect(Collectors.joining(", "));
      table
          .append("| ")
          .append(
              String.join(
                  " | ",
                  row.name(),
                  parameters,
                  number(row.spread().median()),
                  number(row.spread().min()) + " .. " + number(row.spread().max()),
                  row.unit(),
                  String.valueOf(row.forks().size()),
                  limit(row, limits)
                      .map(limit -> percent(row.spread().median() / limit.spread().median()))
                      .orElse("")))
          .append(" |\n");
    }
    return table.append('\n').append(peers.stripLeading()).toString();
  }

  private List<Measurement> read(String name) throws IOException {
    List<Measurement> measurements = new ArrayList<>();
    for (JsonNode result : json(name)) {
      measurements.add(Measurement.of(result));
    }
    return measurements;
  }

  /** The limit that a measurement is held against; the limits themselves have none. */
  private static Optional<Measurement> limit(Measurement row, List<Measurement> candidates) {
    if (isLimit(row)) {
      return Optional.empty();
    }
    return candidates.stream()
        .filter(ResultsTable::isLimit)
        .filter(limit -> limit.unit().equals(row.unit()))
        .filter(limit -> limit.parameter("threads", "ONE").equals(row.parameter("threads", "ONE")))
        .filter(limit -> limit.parameter("footprint", "").equals(row.parameter("footprint", "")))
        .findFirst();
  }

  private static boolean isLimit(Measurement measurement) {
    return measurement.name().startsWith("PeakFma.") || measurement.name().startsWith("Triad.");
  }

  /** Three significant digits. */
  static String number(double value) {
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }
}
