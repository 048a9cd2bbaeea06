package dev.lanewise.jmh.tracker.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.jmh.tracker.TrackerException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListingTest {
  private static final String OUTPUT =
      """
      NOTE: Picked up JDK_JAVA_OPTIONS: -Xmx1g
      Benchmarks:\s
      org.sample.Sorting.merge
        param "n" = {10, 1000}
        param "order" = {RANDOM, SORTED}
      org.sample.Hello.world
      """;

  @Test
  void everyCombinationOfParametersIsAConfiguration() {
    assertEquals(
        List.of(
            "Sorting.merge n=10 order=RANDOM",
            "Sorting.merge n=10 order=SORTED",
            "Sorting.merge n=1000 order=RANDOM",
            "Sorting.merge n=1000 order=SORTED",
            "Hello.world"),
        names(Map.of()));
  }

  @Test
  void valuesThatWereAskedForStandInThePlaceOfDeclaredOnes() {
    assertEquals(
        List.of("Sorting.merge n=7 order=RANDOM", "Sorting.merge n=7 order=SORTED", "Hello.world"),
        names(Map.of("n", List.of("7"), "unknown", List.of("1"))));
  }

  @Test
  void outputBeforeTheListIsNoBenchmark() {
    assertEquals(List.of(), Listing.configurations("org.sample.Hello.world\n", Map.of()));
  }

  @Test
  void optionsThatTheTrackerSetsAreRefused() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    for (String option : List.of("-f", "-rff", "-jvm", "-p", "-jvmArgsPrepend")) {
      assertThrows(TrackerException.class, () -> options(java, option));
    }
    assertEquals(List.of("-wi", "1"), options(java, "-wi", "1").extra());
    assertThrows(TrackerException.class, () -> options(Path.of("no", "java")));
  }

  @Test
  void aLongerWarmUpTakesThePlaceOfTheOneThatWasAskedFor() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    assertEquals(
        List.of("-i", "2", "-wi", "20", "-w", "1s"),
        options(java, "-wi", "1", "-i", "2", "-w", "100ms").warmedUpFor(20).extra());
  }

  private static JmhOptions options(Path java, String... extra) {
    return new JmhOptions(
        java, List.of(), List.of(), Map.of(), List.of(), true, List.of(extra), List.of());
  }

  private static List<String> names(Map<String, List<String>> asked) {
    return Listing.configurations(OUTPUT, asked).stream().map(Configuration::toString).toList();
  }
}
