package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.history.Entry;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.util.List;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * What the machine can do at most, as measured: benchmarks of the history that count {@code flops}
 * or {@code bytes} and whose names say that they are limits.
 */
record Ceilings(List<Ceiling> compute, List<Ceiling> memory) {
  /**
   * One limit.
   *
   * @param parameters of its benchmark, such as the size and the number of threads
   * @param rate per second
   */
  record Ceiling(SortedMap<String, String> parameters, double rate) {
    String label() {
      return String.join(" ", parameters.values());
    }

    /** Whether nothing that both have as a parameter differs. */
    private boolean holdsFor(SeriesKey series) {
      return parameters.entrySet().stream()
          .allMatch(
              parameter ->
                  series
                      .parameters()
                      .getOrDefault(parameter.getKey(), parameter.getValue())
                      .equals(parameter.getValue()));
    }
  }

  /**
   * Finds the limits.
   *
   * @param last the last run of each series
   */
  static Ceilings of(List<Entry> last, Pattern compute, Pattern memory) {
    return new Ceilings(limits(last, compute, "flops"), limits(last, memory, "bytes"));
  }

  private static List<Ceiling> limits(List<Entry> last, Pattern name, String counter) {
    return last.stream()
        .filter(entry -> name.matcher(entry.series().benchmark()).find())
        .filter(entry -> entry.counter(counter) > 0)
        .map(entry -> new Ceiling(entry.series().parameters(), entry.counter(counter)))
        .toList();
  }

  /** The peak of arithmetic, 0 where it is not known. */
  double flops() {
    return compute.stream().mapToDouble(Ceiling::rate).max().orElse(0);
  }

  /** Whether a roofline can be drawn. */
  boolean isKnown() {
    return flops() > 0 && !memory.isEmpty();
  }

  /**
   * The share of its limit that a series reaches, NaN where none is known. Of several that hold the
   * lowest counts: a series that does not tell its threads runs on one.
   */
  double share(Entry entry) {
    double flops = entry.counter("flops");
    return flops > 0
        ? flops / lowest(compute, entry.series())
        : entry.counter("bytes") / lowest(memory, entry.series());
  }

  private static double lowest(List<Ceiling> ceilings, SeriesKey series) {
    return ceilings.stream()
        .filter(ceiling -> ceiling.holdsFor(series))
        .mapToDouble(Ceiling::rate)
        .min()
        .orElse(Double.NaN);
  }
}
