package dev.lanewise.jmh.report;

import java.util.List;

/** The middle and the range of some measured values. */
record Spread(double min, double median, double max) {
  static Spread of(List<Double> values) {
    List<Double> ascending = values.stream().sorted().toList();
    int n = ascending.size();
    if (n == 0) {
      throw new IllegalArgumentException(
          "a JMH result without measurements: run the benchmark again");
    }
    return new Spread(
        ascending.getFirst(),
        (ascending.get((n - 1) / 2) + ascending.get(n / 2)) / 2,
        ascending.getLast());
  }
}
