package dev.lanewise.jmh.tracker.compare;

import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.statistics.Median;
import dev.lanewise.jmh.tracker.statistics.RatioInterval;
import dev.lanewise.jmh.tracker.statistics.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What whole comparisons made of slow-downs that were put in on purpose: nothing simulated, nothing
 * drawn twice.
 *
 * @param code the measured jar
 * @param java the measured JVM
 * @param rounds of each comparison, and of its confirmation
 * @param command that was given to the tracker
 */
public record Power(
    Machine machine,
    String time,
    String code,
    String digest,
    String java,
    int rounds,
    String command,
    List<Row> rows) {
  /**
   * All comparisons of one benchmark with one slow-down.
   *
   * @param option the option of the candidate's JVM
   * @param verdicts how many comparisons ended with each
   * @param unconfirmed how many showed a change that fresh rounds did not show again
   * @param ratio the median of the ratios, NaN where there is none
   * @param low the least of them
   */
  public record Row(
      String benchmark,
      String option,
      int comparisons,
      Map<Verdict, Integer> verdicts,
      int unconfirmed,
      double ratio,
      double low,
      double high) {
    /** How many comparisons ended with a verdict. */
    public int count(Verdict verdict) {
      return verdicts.getOrDefault(verdict, 0);
    }
  }

  /** Collects comparisons by benchmark and option. */
  public static final class Tally {
    private final Map<List<String>, List<Comparison>> comparisons = new LinkedHashMap<>();

    public void add(String option, List<Comparison> compared) {
      for (Comparison one : compared) {
        comparisons
            .computeIfAbsent(List.of(one.series().toString(), option), key -> new ArrayList<>())
            .add(one);
      }
    }

    public List<Row> rows() {
      List<Row> rows = new ArrayList<>();
      comparisons.forEach((key, all) -> rows.add(row(key.get(0), key.get(1), all)));
      return List.copyOf(rows);
    }

    private static Row row(String benchmark, String option, List<Comparison> all) {
      Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
      all.forEach(one -> verdicts.merge(one.verdict(), 1, Integer::sum));
      double[] ratios =
          all.stream()
              .map(Comparison::interval)
              .filter(Objects::nonNull)
              .mapToDouble(RatioInterval::ratio)
              .sorted()
              .toArray();
      boolean none = ratios.length == 0;
      return new Row(
          benchmark,
          option,
          all.size(),
          verdicts,
          (int) all.stream().filter(Tally::isUnconfirmed).count(),
          none ? Double.NaN : Median.of(ratios),
          none ? Double.NaN : ratios[0],
          none ? Double.NaN : ratios[ratios.length - 1]);
    }

    private static boolean isUnconfirmed(Comparison comparison) {
      return comparison.confirmation() != null && !comparison.verdict().isChange();
    }
  }

  public void write(Path file) {
    AtomicFile.writeJson(file, this);
  }
}
