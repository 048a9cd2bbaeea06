package dev.lanewise.jmh.report;

import static dev.lanewise.jmh.report.ResultsTable.number;
import static dev.lanewise.jmh.report.ResultsTable.percent;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Tables of benchmarks whose parameter {@code library} says who computes: one for each benchmark
 * and number of threads, a row for each problem, a column for each library, in it the median over
 * the rounds. Then come ours beside the FMA peak, the best native library and the best one in Java.
 *
 * <p>A ratio is taken within each round, where the forks are neighbours in time; the table has the
 * median of these ratios and their range. The best of several libraries is the one with which ours
 * compares worst.
 */
final class PeersTable {
  private static final String LIBRARY = "library";
  private static final String THREADS = "threads";

  /** Ours: on segments if they were measured, otherwise on arrays. */
  private static final List<String> OURS = List.of("LANEWISE", "LANEWISE_ARRAY");

  private static final String PEAK = "PEAK_FMA";
  private static final List<String> JAVA = List.of("NETLIB", "F2J", "EJML", "OJALGO");

  private final SequencedSet<String> libraries = new LinkedHashSet<>();

  /** By the parameters that make the problem, by library. */
  private final SequencedMap<SequencedMap<String, String>, Map<String, Measurement>> problems =
      new LinkedHashMap<>();

  private PeersTable() {}

  /** Whether a measurement belongs into such a table. */
  static boolean compares(Measurement measurement) {
    return measurement.parameters().containsKey(LIBRARY);
  }

  /** The tables of those that compare, or nothing. */
  static String of(List<Measurement> measurements) {
    SequencedMap<String, PeersTable> tables = new LinkedHashMap<>();
    for (Measurement measurement : measurements) {
      if (compares(measurement)) {
        String title = measurement.name() + ", threads " + measurement.parameter(THREADS, "ONE");
        tables.computeIfAbsent(title, name -> new PeersTable()).add(measurement);
      }
    }
    StringBuilder text = new StringBuilder();
    tables.forEach((title, table) -> table.write(title, text));
    return tables.isEmpty() ? "" : text.append('\n').toString();
  }

  private void add(Measurement measurement) {
    SequencedMap<String, String> problem = new TreeMap<>(measurement.parameters());
    String library = problem.remove(LIBRARY);
    problem.remove(THREADS);
    libraries.add(library);
    problems
        .computeIfAbsent(problem, parameters -> new LinkedHashMap<>())
        .put(library, measurement);
  }

  private void write(String title, StringBuilder out) {
    List<String> parameters = varying();
    Map<String, String> constant = new TreeMap<>(problems.firstEntry().getKey());
    constant.keySet().removeAll(parameters);
    List<String> columns = libraries.stream().filter(name -> !name.equals(PEAK)).toList();
    boolean natives = columns.stream().anyMatch(PeersTable::isNative);
    boolean java = columns.stream().anyMatch(JAVA::contains);
    boolean ours = columns.stream().anyMatch(OURS::contains);

    out.append("\n**").append(title);
    constant.forEach((name, value) -> out.append(", ").append(name).append(' ').append(value));
    out.append("**, ").append(unit()).append(", ").append(rounds()).append("\n\n");

    List<String> header = new ArrayList<>(parameters);
    header.addAll(columns);
    if (ours && libraries.contains(PEAK)) {
      header.add("of the FMA peak");
    }
    if (ours && natives) {
      header.add("to the best native");
    }
    if (ours && java) {
      header.add("to the best in Java");
    }
    row(header, out);
    out.append("|---".repeat(parameters.size()))
        .append("|--:".repeat(header.size() - parameters.size()))
        .append("|\n");
    problems.forEach(
        (problem, results) -> {
          List<String> cells = new ArrayList<>();
          parameters.forEach(name -> cells.add(problem.getOrDefault(name, "")));
          columns.forEach(
              name ->
                  cells.add(
                      Optional.ofNullable(results.get(name))
                          .map(result -> number(result.spread().median()))
                          .orElse("")));
          if (ours && libraries.contains(PEAK)) {
            cells.add(
                worst(results, List.of(PEAK))
                    .map(ratio -> percent(ratio.of().median()))
                    .orElse(""));
          }
          if (ours && natives) {
            cells.add(cell(worst(results, columns.stream().filter(PeersTable::isNative).toList())));
          }
          if (ours && java) {
            cells.add(cell(worst(results, JAVA)));
          }
          row(cells, out);
        });
  }

  /** The parameters that are not the same everywhere; the name of the size if all are. */
  private List<String> varying() {
    SequencedMap<String, String> first = problems.firstEntry().getKey();
    List<String> varying =
        first.keySet().stream()
            .filter(
                name ->
                    problems.keySet().stream()
                            .map(problem -> problem.getOrDefault(name, ""))
                            .distinct()
                            .count()
                        > 1)
            .toList();
    return varying.isEmpty() && !first.isEmpty() ? List.of(first.lastEntry().getKey()) : varying;
  }

  private String unit() {
    return problems.firstEntry().getValue().values().iterator().next().unit();
  }

  private String rounds() {
    List<Integer> rounds =
        problems.values().stream()
            .flatMap(results -> results.values().stream())
            .map(result -> result.forks().size())
            .distinct()
            .sorted()
            .toList();
    return "medians of "
        + (rounds.getFirst().equals(rounds.getLast())
            ? rounds.getFirst()
            : rounds.getFirst() + " to " + rounds.getLast())
        + (rounds.getLast() == 1 ? " round" : " rounds");
  }

  private static boolean isNative(String library) {
    return !OURS.contains(library) && !JAVA.contains(library) && !library.equals(PEAK);
  }

  /** Ours divided by another library, over the rounds. */
  private record Ratio(String library, Spread of) {}

  /** The ratio of ours to the one of the given libraries with which it compares worst. */
  private static Optional<Ratio> worst(Map<String, Measurement> results, List<String> others) {
    return OURS.stream()
        .filter(results::containsKey)
        .findFirst()
        .map(results::get)
        .flatMap(
            ours ->
                others.stream()
                    .flatMap(
                        name ->
                            Stream.ofNullable(results.get(name))
                                .map(other -> ratio(ours, name, other)))
                    .min(Comparator.comparingDouble(ratio -> ratio.of().median())));
  }

  private static Ratio ratio(Measurement ours, String name, Measurement other) {
    int rounds = ours.forks().size();
    if (rounds != other.forks().size()) {
      throw new IllegalArgumentException(
          ours.name()
              + " "
              + ours.parameters()
              + " has "
              + rounds
              + " rounds, "
              + name
              + " has "
              + other.forks().size());
    }
    return new Ratio(
        name,
        Spread.of(
            IntStream.range(0, rounds)
                .mapToObj(round -> ours.forks().get(round) / other.forks().get(round))
                .toList()));
  }

  private static String cell(Optional<Ratio> ratio) {
    return ratio
        .map(
            found ->
                String.format(
                    Locale.ROOT,
                    "%.2f (%.2f .. %.2f) %s",
                    found.of().median(),
                    found.of().min(),
                    found.of().max(),
                    found.library()))
        .orElse("");
  }

  private static void row(List<String> cells, StringBuilder out) {
    out.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }
}
