package dev.lanewise.jmh.tracker.lane;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The processors on which Linux lets this process run. */
final class Processors {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  private Processors() {}

  static List<Integer> allowed() {
    if (!Files.isReadable(STATUS)) {
      throw TrackerException.usage("processors can be given out on Linux alone: leave --lanes out");
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(ALLOWED))
          .map(line -> parse(line.substring(ALLOWED.length()).strip()))
          .findFirst()
          .orElseThrow(() -> TrackerException.infrastructure(STATUS + " has no " + ALLOWED));
    } catch (IOException e) {
      throw TrackerException.infrastructure("cannot read " + STATUS + ": " + e, e);
    }
  }

  /** {@code 0-3,8} is 0, 1, 2, 3 and 8. */
  static List<Integer> parse(String list) {
    List<Integer> processors = new ArrayList<>();
    for (String range : list.split(",", -1)) {
      String[] ends = range.split("-", -1);
      IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]))
          .forEach(processors::add);
    }
    return List.copyOf(processors);
  }
}
