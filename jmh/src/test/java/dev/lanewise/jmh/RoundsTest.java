package dev.lanewise.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.jmh.Rounds.Configuration;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void theLibrariesOfOneProblemAreNeighboursWhateverTheNamesOfTheParameters() {
    SequencedMap<String, List<String>> values = new TreeMap<>();
    values.put("library", List.of("OURS", "THEIRS"));
    values.put("n", List.of("64", "128"));
    assertEquals(
        List.of("OURS 64", "THEIRS 64", "OURS 128", "THEIRS 128"),
        names(Rounds.neighbours(Rounds.combinations("Gemm.sgemm", values))));
  }

  @Test
  void everyOtherRoundGoesTheOtherWay() {
    SequencedMap<String, List<String>> values = new TreeMap<>();
    values.put("library", List.of("OURS", "THEIRS"));
    values.put("n", List.of("64"));
    List<Configuration> configurations = Rounds.combinations("Gemm.sgemm", values);
    assertEquals(List.of("OURS 64", "THEIRS 64"), names(Rounds.inRound(configurations, 0)));
    assertEquals(List.of("THEIRS 64", "OURS 64"), names(Rounds.inRound(configurations, 1)));
    assertEquals(List.of("OURS 64", "THEIRS 64"), names(Rounds.inRound(configurations, 2)));
  }

  @Test
  void aBenchmarkWithoutParametersIsOneConfiguration() {
    assertEquals(1, Rounds.combinations("Gemm.sgemm", new TreeMap<>()).size());
  }

  private static List<String> names(List<Configuration> configurations) {
    return configurations.stream()
        .map(
            configuration ->
                configuration.parameters().get("library")
                    + " "
                    + configuration.parameters().get("n"))
        .toList();
  }
}
