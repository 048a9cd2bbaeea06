package dev.lanewise.jmh.tracker.compare;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import dev.lanewise.jmh.tracker.history.Machine;
import dev.lanewise.jmh.tracker.measure.SeriesKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * What a machine makes of equal code: the result of comparisons of a jar with itself.
 *
 * @param rounds of each comparison
 */
public record Noise(Machine machine, String time, int rounds, List<OfSeries> series) {
  /** No change below 3 % counts, however quiet the machine. */
  public static final double LEAST_DELTA = 0.03;

  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /**
   * What equal code looked like in one series.
   *
   * @param comparisons of the series with itself that were run
   * @param firstAlarms how many showed a change before the confirmation
   * @param alarms how many showed one that the next comparison confirmed
   * @param rates how often comparisons drawn from the same rounds raise an alarm
   * @param delta the 95th percentile of the relative change that equal code showed
   * @param power for each slow-down, as a fraction, how often it is found and confirmed
   */
  public record OfSeries(
      SeriesKey series,
      int comparisons,
      int firstAlarms,
      int alarms,
      AlarmRates rates,
      double delta,
      SortedMap<Double, Double> power) {}

  /**
   * Shares of comparisons of equal code.
   *
   * @param first those that show a change before the confirmation
   * @param confirmed those that show one which fresh rounds confirm
   */
  public record AlarmRates(double first, double confirmed) {}

  static Path file(Path store, Machine machine) {
    return store.resolve("noise").resolve(machine.id() + ".json");
  }

  /** No series where the machine was never asked. */
  public static Noise read(Path store, Machine machine) {
    Path file = file(store, machine);
    if (!Files.exists(file)) {
      return new Noise(machine, "", 0, List.of());
    }
    try {
      return JSON.readValue(Files.readAllBytes(file), Noise.class);
    } catch (IOException e) {
      throw TrackerException.infrastructure(
          file + " cannot be read (" + e.getMessage() + "): delete it or run aa again", e);
    }
  }

  /** Replaces what was known of the machine. */
  public Path write(Path store) {
    Path file = file(store, machine);
    AtomicFile.writeJson(file, this);
    return file;
  }

  /** The least relative change that counts in a series. */
  public double delta(SeriesKey key) {
    return Math.max(
        LEAST_DELTA,
        series.stream()
            .filter(known -> known.series().equals(key))
            .mapToDouble(OfSeries::delta)
            .findFirst()
            .orElse(LEAST_DELTA));
  }
}
