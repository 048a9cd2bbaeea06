package dev.lanewise.jmh.tracker.history;

import dev.lanewise.jmh.tracker.measure.Calibration;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Histories made up for tests. */
public final class Entries {
  static final Machine MACHINE = new Machine("m1", "Some CPU", 2, "L1 32K", "8 GB", "Linux");

  private Entries() {}

  /**
   * A run a day of a benchmark in nanoseconds, with noise of 1 %.
   *
   * @param levels one for each run
   */
  public static List<Entry> runs(double... levels) {
    SplittableRandom random = new SplittableRandom(1);
    List<Entry> runs = new ArrayList<>();
    for (int i = 0; i < levels.length; i++) {
      List<List<Double>> forks = new ArrayList<>();
      for (int fork = 0; fork < 3; fork++) {
        double score = levels[i] * Math.exp(0.01 * random.nextGaussian());
        forks.add(List.of(score, score * 1.001));
      }
      runs.add(
          new Entry(
              Entry.SCHEMA,
              String.format(Locale.ROOT, "2026-%02d-%02dT00:00:00Z", 1 + i / 28, 1 + i % 28),
              "run",
              "session-" + i,
              MACHINE,
              new ForkResult.Jvm("25", "HotSpot", "25+1", List.of("-Xmx1g")),
              "HEAD",
              String.format(Locale.ROOT, "%040x", i + 1),
              "",
              1,
              new Calibration.Point(100, 20),
              new SeriesKey("org.sample.Sorting.<merge>", "avgt", 1, new TreeMap<>()),
              "ns/op",
              forks,
              new TreeMap<>()));
    }
    return runs;
  }

  /** One run that counts operations and bytes per second, none where it is 0. */
  public static Entry counting(
      String benchmark, Map<String, String> parameters, double flops, double bytes) {
    Entry run = runs(100).get(0);
    TreeMap<String, List<Double>> counters = new TreeMap<>();
    if (flops > 0) {
      counters.put("flops", List.of(flops));
    }
    if (bytes > 0) {
      counters.put("bytes", List.of(bytes));
    }
    return new Entry(
        run.schema(),
        run.time(),
        run.kind(),
        run.session(),
        run.machine(),
        run.jvm(),
        run.label(),
        run.commit(),
        run.digest(),
        run.seed(),
        run.calibration(),
        new SeriesKey(benchmark, "thrpt", 1, new TreeMap<>(parameters)),
        "ops/s",
        run.forks(),
        counters);
  }
}
