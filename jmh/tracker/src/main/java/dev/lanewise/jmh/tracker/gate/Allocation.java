package dev.lanewise.jmh.tracker.gate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.jmh.tracker.measure.ForkResult;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Allocation per operation, from JMH's {@code gc} profiler. The least of the iterations counts:
 * code that is not compiled yet allocates what compiled code does not.
 */
final class Allocation {
  private static final String PER_OPERATION = "gc.alloc.rate.norm";
  private static final String RATE = "gc.alloc.rate";

  /** What JMH itself allocates, with room to spare; a boxed kernel allocates a thousandfold. */
  private static final double HARNESS_MEGABYTES_PER_SECOND = 1;

  private static final double HARNESS_BYTES = 1;

  private Allocation() {}

  /** What is wrong, nothing where an operation allocates no more than allowed. */
  static Optional<String> complaint(ForkResult fork, double allowedBytes) {
    Optional<Double> bytes = least(fork, PER_OPERATION);
    Optional<Double> rate = least(fork, RATE);
    if (bytes.isEmpty() || rate.isEmpty()) {
      return Optional.of("JMH's gc profiler tells no allocation: is it as old as 1.21?");
    }
    boolean fine =
        bytes.get() <= allowedBytes + HARNESS_BYTES
            || (allowedBytes == 0 && rate.get() <= HARNESS_MEGABYTES_PER_SECOND);
    return fine
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%.0f bytes are allocated per operation (%.0f MB/s), allowed are %.0f",
                bytes.get(),
                rate.get(),
                allowedBytes));
  }

  private static Optional<Double> least(ForkResult fork, String name) {
    for (Map.Entry<String, JsonNode> metric : fork.raw().path("secondaryMetrics").properties()) {
      if (metric.getKey().replace("\u00b7", "").equals(name)) {
        double least = metric.getValue().path("score").asDouble(Double.NaN);
        for (JsonNode iterations : metric.getValue().path("rawData")) {
          for (JsonNode iteration : iterations) {
            least = Math.min(least, iteration.asDouble(Double.NaN));
          }
        }
        return Double.isNaN(least) ? Optional.empty() : Optional.of(least);
      }
    }
    return Optional.empty();
  }
}
