package dev.lanewise.jmh.tracker.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import dev.lanewise.jmh.tracker.measure.JmhOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AxisTest {
  private static final BenchmarkJar JAR = new BenchmarkJar("a.jar", "a.jar", List.of("-Xmx1g"));
  private static final Configuration SORTING =
      new Configuration("org.sample.Sorting.merge", new TreeMap<>(Map.of("n", "10")));

  @Test
  void anAxisIsAParameterAnOptionOfTheJvmOrOneOfJmh() {
    assertEquals("64", Axis.parse("n=64,128").applied(SORTING, "64").parameters().get("n"));
    assertEquals(
        List.of("-Xmx1g", "-Dwidth=128"),
        Axis.parse("-Dwidth=128,256").applied(JAR, "128").jvmOptions());
    assertEquals(List.of("-t", "2"), Axis.parse("-t=1,2").applied(options(), "2").extra());
  }

  @Test
  void whatAnAxisIsNotStaysAsItIs() {
    assertEquals(JAR, Axis.parse("n=64").applied(JAR, "64"));
    assertEquals(SORTING, Axis.parse("-t=1").applied(SORTING, "1"));
    assertEquals(options(), Axis.NONE.applied(options(), ""));
  }

  @Test
  void aParameterThatABenchmarkDoesNotHaveIsToldWithThoseItHas() {
    TrackerException told =
        assertThrows(TrackerException.class, () -> Axis.parse("size=1").applied(SORTING, "1"));
    assertEquals("Sorting.merge n=10 has no parameter size: it has [n]", told.getMessage());
    assertThrows(TrackerException.class, () -> Axis.parse("size"));
  }

  private static JmhOptions options() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new JmhOptions(
        java, List.of(), List.of(), Map.of(), List.of(), true, List.of(), List.of());
  }
}
