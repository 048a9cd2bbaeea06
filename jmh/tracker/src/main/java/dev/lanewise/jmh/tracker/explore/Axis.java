package dev.lanewise.jmh.tracker.explore;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import java.util.List;
import java.util.Locale;

/**
 * One direction of a grid: a parameter of the benchmarks ({@code n=64,128}), an option of the JVM
 * ({@code -Dname=1,2}, {@code -XX:Name=1,2}) or an option of JMH ({@code -t=1,2}).
 */
public record Axis(String name, List<String> values) {
  /** No axis: one row. */
  public static final Axis NONE = new Axis("", List.of(""));

  public static Axis parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw TrackerException.usage(text + " is no axis: name=value,value is one");
    }
    return new Axis(text.substring(0, equals), List.of(text.substring(equals + 1).split(",")));
  }

  /** Whether each value makes another JVM of the same code. */
  public boolean isOfJvm() {
    return name.startsWith("-D") || name.startsWith("-XX:");
  }

  private boolean isOfJmh() {
    return name.startsWith("-") && !isOfJvm();
  }

  boolean isParameter() {
    return !name.isEmpty() && !name.startsWith("-");
  }

  /** The jar with the option of the JVM, if it is one. */
  public BenchmarkJar applied(BenchmarkJar jar, String value) {
    return isOfJvm() ? jar.with(List.of(name + "=" + value)) : jar;
  }

  JmhOptions applied(JmhOptions options, String value) {
    return isOfJmh() ? options.and(name, value) : options;
  }

  Configuration applied(Configuration configuration, String value) {
    if (!isParameter()) {
      return configuration;
    }
    if (!configuration.parameters().containsKey(name)) {
      throw TrackerException.usage(
          String.format(
              Locale.ROOT,
              "%s has no parameter %s: it has %s",
              configuration,
              name,
              configuration.parameters().keySet()));
    }
    return configuration.with(name, value);
  }
}
