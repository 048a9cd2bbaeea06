package dev.lanewise.jmh.tracker.gate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.history.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Hot loops as they should be: committed beside the benchmarks, checked by every build.
 *
 * @param loops a method may be there once for each width of vectors
 */
public record RecordedLoops(List<Loop> loops) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One loop.
   *
   * @param benchmark with its parameters, as the tracker prints it
   * @param method {@code Class::method} as of {@code -XX:CompileCommand}
   */
  public record Loop(String benchmark, String method, HotLoop counts) {}

  public static RecordedLoops read(Path file) {
    if (!Files.exists(file)) {
      return new RecordedLoops(List.of());
    }
    try {
      return new RecordedLoops(
          JSON.readValue(Files.readAllBytes(file), new TypeReference<List<Loop>>() {}));
    } catch (IOException e) {
      throw TrackerException.usage(file + " holds no recorded loops: " + e.getMessage());
    }
  }

  /** The methods to print for a benchmark. */
  List<String> methods(String benchmark) {
    return loops.stream()
        .filter(loop -> loop.benchmark().equals(benchmark))
        .map(Loop::method)
        .distinct()
        .toList();
  }

  /**
   * Whether a method that C2 made no loop of is recorded for other widths of vectors alone than
   * those that ran: then another one did its work.
   *
   * @param ran the widths of the loops of this benchmark that were found
   */
  boolean isOfOtherWidths(String benchmark, String method, Set<Integer> ran) {
    return !ran.isEmpty()
        && ran.stream().noneMatch(bits -> find(benchmark, method, bits).isPresent());
  }

  Optional<HotLoop> find(String benchmark, String method, int bits) {
    return loops.stream()
        .filter(
            loop ->
                loop.benchmark().equals(benchmark)
                    && loop.method().equals(method)
                    && loop.counts().bits() == bits)
        .map(Loop::counts)
        .findFirst();
  }

  /** The same with one loop more, or in the place of the recorded one. */
  public RecordedLoops with(Loop added) {
    List<Loop> all = new ArrayList<>();
    for (Loop loop : loops) {
      boolean same =
          loop.benchmark().equals(added.benchmark())
              && loop.method().equals(added.method())
              && loop.counts().bits() == added.counts().bits();
      if (!same) {
        all.add(loop);
      }
    }
    all.add(added);
    all.sort(
        Comparator.comparing(Loop::benchmark)
            .thenComparing(Loop::method)
            .thenComparingInt(loop -> loop.counts().bits()));
    return new RecordedLoops(List.copyOf(all));
  }

  public void write(Path file) {
    StringBuilder json = new StringBuilder("[");
    try {
      for (int i = 0; i < loops.size(); i++) {
        json.append(i == 0 ? "\n" : ",\n").append(JSON.writeValueAsString(loops.get(i)));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    AtomicFile.write(file, json.append("\n]\n").toString());
  }
}
