package dev.lanewise.jmh.tracker.history;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import dev.lanewise.jmh.tracker.source.Sources;
import dev.lanewise.jmh.tracker.statistics.Fork;
import dev.lanewise.jmh.tracker.statistics.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One line of the history: all forks of one series in one run.
 *
 * @param schema 1
 * @param time of the run, ISO 8601, UTC
 * @param kind {@code run}, which makes trends, or {@code base} or {@code candidate} of a comparison
 * @param session the run that the line belongs to: the name of its raw JMH result
 * @param commit empty where none is known; with a + at the end where files were changed since
 * @param digest SHA-256 of the measured jar
 * @param forks the scores of the iterations of each fork, in {@code unit}
 * @param counters the median over the iterations of each secondary metric, per fork
 */
public record Entry(
    int schema,
    String time,
    String kind,
    String session,
    Machine machine,
    ForkResult.Jvm jvm,
    String label,
    String commit,
    String digest,
    long seed,
    Calibration.Point calibration,
    SeriesKey series,
    String unit,
    List<List<Double>> forks,
    SortedMap<String, List<Double>> counters) {
  static final int SCHEMA = 1;

  /** What all lines of one side of a run have in common. */
  public record Origin(
      String time, String kind, String session, String label, String commit, String digest) {}

  public static Entry of(
      Origin origin,
      Machine machine,
      Calibration.Point calibration,
      long seed,
      List<ForkResult> forks) {
    ForkResult first = forks.get(0);
    SortedMap<String, List<Double>> counters = new TreeMap<>();
    for (ForkResult fork : forks) {
      fork.counters()
          .forEach(
              (name, value) -> counters.computeIfAbsent(name, key -> new ArrayList<>()).add(value));
    }
    return new Entry(
        SCHEMA,
        origin.time(),
        origin.kind(),
        origin.session(),
        machine,
        first.jvm(),
        origin.label(),
        origin.commit(),
        origin.digest(),
        seed,
        calibration,
        first.key(),
        first.unit(),
        forks.stream().map(ForkResult::scores).toList(),
        counters);
  }

  /** What was measured, in short: the commit, or the jar where none is known. */
  @JsonIgnore
  public String code() {
    return commit.isEmpty() ? label : Sources.shortened(commit);
  }

  /** The cost of each fork: the smaller the better. */
  public double[] costs() {
    return forks.stream()
        .mapToDouble(
            scores -> {
              double[] values = scores.stream().mapToDouble(Double::doubleValue).toArray();
              return (series.isThroughput() ? Fork.ofThroughputs(values) : Fork.ofTimes(values))
                  .median();
            })
        .toArray();
  }

  /** The median over the forks of the median over the iterations. */
  @JsonIgnore
  public double score() {
    return Median.of(
        forks.stream()
            .mapToDouble(
                scores -> Median.of(scores.stream().mapToDouble(Double::doubleValue).toArray()))
            .toArray());
  }

  /** The median of a secondary metric, NaN where it was not counted. */
  public double counter(String name) {
    List<Double> values = counters.getOrDefault(name, List.of());
    return values.isEmpty()
        ? Double.NaN
        : Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** What a trend is drawn of: the same series on the same machine and JDK. */
  public Trend trend() {
    return new Trend(machine.id(), jvm.jdk() + " " + jvm.version(), series);
  }

  /** Entries whose numbers may stand in one line. */
  public record Trend(String machine, String jdk, SeriesKey series) implements Comparable<Trend> {
    @Override
    public int compareTo(Trend other) {
      int bySeries = series.compareTo(other.series);
      return bySeries != 0 ? bySeries : (machine + jdk).compareTo(other.machine + other.jdk);
    }
  }

  /** Whether a line of a file makes sense. */
  @JsonIgnore
  boolean isWhole() {
    return schema == SCHEMA
        && !forks.isEmpty()
        && forks.stream().allMatch(scores -> scores != null && !scores.isEmpty())
        && forks.stream()
            .flatMap(List::stream)
            .allMatch(score -> score != null && score > 0 && !score.isInfinite());
  }
}
