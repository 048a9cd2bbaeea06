package dev.lanewise.cli.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private static final int DRAWS = 40_000;

  /** Five standard deviations of a part of {@link #DRAWS} draws, which are 1/2 at most. */
  private static final double TOLERANCE = 5 * 0.5 / Math.sqrt(DRAWS);

  private static final float[] LOGITS = logits(0.5, 0.2, 0.15, 0.1, 0.05);

  private static float[] logits(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]);
    }
    return logits;
  }

  private static void assertDraws(Choice choice, double... expected) {
    SplittableRandom random = new SplittableRandom(1);
    int[] counts = new int[expected.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[choice.draw(LOGITS, random)]++;
    }
    for (int token = 0; token < expected.length; token++) {
      double part = (double) counts[token] / DRAWS;
      assertEquals(expected[token], part, expected[token] == 0 ? 0 : TOLERANCE, "token " + token);
    }
  }

  @Property(tries = 200)
  void theFirstOfTopKAndATinyTopPAndNoTemperatureAllTakeTheLikeliest(
      @ForAll @Size(min = 1, max = 50) float @FloatRange(min = -20, max = 20) [] logits,
      @ForAll long seed) {
    int likeliest = 0;
    for (int i = 0; i < logits.length; i++) {
      likeliest = logits[i] > logits[likeliest] ? i : likeliest;
    }
    SplittableRandom random = new SplittableRandom(seed);
    assertEquals(likeliest, new Choice(0, Integer.MAX_VALUE, 1).draw(logits, random));
    assertEquals(likeliest, new Choice(1, 1, 1).draw(logits, random));
    assertEquals(likeliest, new Choice(1, Integer.MAX_VALUE, 1e-12).draw(logits, random));
  }

  @Test
  void withoutCutsTokensAreDrawnByTheirProbabilities() {
    assertDraws(Choice.of(1), 0.5, 0.2, 0.15, 0.1, 0.05);
  }

  @Test
  void theTemperatureIsAPowerOfTheProbabilities() {
    double sum = 0.25 + 0.04 + 0.0225 + 0.01 + 0.0025;
    assertDraws(Choice.of(0.5), 0.25 / sum, 0.04 / sum, 0.0225 / sum, 0.01 / sum, 0.0025 / sum);
  }

  @Test
  void topKLeavesTheLikeliestWhateverTheirNumbers() {
    assertDraws(new Choice(1, 2, 1), 0.5 / 0.7, 0.2 / 0.7, 0, 0, 0);
  }

  @Test
  void topPLeavesTheFewestThatMakeItsPart() {
    assertDraws(new Choice(1, Integer.MAX_VALUE, 0.75), 0.5 / 0.85, 0.2 / 0.85, 0.15 / 0.85, 0, 0);
    assertDraws(new Choice(1, Integer.MAX_VALUE, 0.45), 1, 0, 0, 0, 0);
  }

  @Test
  void topPIsAPartOfWhatTopKHasLeft() {
    // 0.5 of 0.7 is more than 0.7 of it.
    assertDraws(new Choice(1, 2, 0.7), 1, 0, 0, 0, 0);
    assertDraws(new Choice(1, 2, 0.75), 0.5 / 0.7, 0.2 / 0.7, 0, 0, 0);
  }

  @Test
  void aModelThatHasDivergedSaysSo() {
    UserError error =
        assertThrows(
            UserError.class,
            () -> Choice.of(1).draw(new float[] {0, Float.NaN}, new SplittableRandom(1)));
    assertTrue(String.valueOf(error.getMessage()).contains("token 1"), error.getMessage());
  }
}
