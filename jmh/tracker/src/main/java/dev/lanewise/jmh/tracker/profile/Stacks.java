package dev.lanewise.jmh.tracker.profile;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collapsed stacks, {@code frame;frame;frame count} a line, with the frame of the method that the
 * processor was in at the end. A frame ends with {@code _[j]} where it is code that the compiler
 * made by itself, {@code _[i]} where it was compiled into its caller.
 */
final class Stacks {
  /** In every JVM that JMH forks. */
  private static final String FORK = "org/openjdk/jmh/runner/ForkedMain";

  /** Around the calls of the benchmark: warm-up and measurement, no set-up and nothing of JMH's. */
  private static final String STUB = "_jmhStub";

  private final Map<String, Long> counts = new LinkedHashMap<>();

  private Stacks() {}

  static Stacks parse(String collapsed) {
    Stacks stacks = new Stacks();
    for (String line : collapsed.split("\n", -1)) {
      int space = line.lastIndexOf(' ');
      if (space > 0) {
        stacks.counts.merge(
            line.substring(0, space), Long.parseLong(line.substring(space + 1).strip()), Long::sum);
      }
    }
    return stacks;
  }

  boolean isOfFork() {
    return counts.keySet().stream().anyMatch(stack -> stack.contains(FORK))
        || counts.keySet().stream().anyMatch(stack -> stack.contains(STUB));
  }

  /**
   * The stacks of the benchmark without the frames below its stub: small and the same each time.
   */
  Stacks ofBenchmark() {
    Stacks benchmark = new Stacks();
    counts.forEach(
        (stack, count) -> {
          List<String> frames = List.of(stack.split(";"));
          for (int i = 0; i < frames.size(); i++) {
            if (frames.get(i).contains(STUB)) {
              benchmark.counts.merge(
                  String.join(";", frames.subList(i, frames.size())), count, Long::sum);
              return;
            }
          }
        });
    return benchmark;
  }

  long samples() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The compiled code in which most samples lie, as {@code Class::method}. */
  Optional<String> hottestCode() {
    Map<String, Long> byCode = new TreeMap<>();
    counts.forEach(
        (stack, count) ->
            Arrays.stream(stack.split(";"))
                .filter(frame -> frame.endsWith("_[j]"))
                .reduce((outer, inner) -> inner)
                .ifPresent(frame -> byCode.merge(frame, count, Long::sum)));
    return byCode.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .map(Stacks::method);
  }

  private static String method(String frame) {
    String name = frame.substring(0, frame.length() - "_[j]".length()).replace('/', '.');
    int dot = name.lastIndexOf('.');
    return name.substring(0, dot) + "::" + name.substring(dot + 1);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach((stack, count) -> text.append(stack).append(' ').append(count).append('\n'));
    return text.toString();
  }
}
