package dev.lanewise.cli.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.cli.model.gpt.GptShape;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GptModelTest {
  private static final int CONTEXT = 8;

  /** Both ways of computing a row differ in the order of sums: some 2^-24 for each of 32 terms. */
  private static final float TOLERANCE = 1e-5f;

  private static final GptShape SHAPE = new GptShape(256, CONTEXT, 2, 2, 16, 0, 0);

  @Test
  void theNamesAndLayoutsOfAShapeAreThoseOfItsModel() {
    try (Slab slab = Slab.open("gpt")) {
      LanguageModel model = SHAPE.random(slab, 1);
      List<String> names = model.parameters().stream().map(Parameter::name).toList();
      assertEquals(names, List.copyOf(SHAPE.layouts().keySet()));
      for (Parameter parameter : model.parameters()) {
        assertEquals(SHAPE.layouts().get(parameter.name()), parameter.layout());
      }
      assertEquals(8, model.hiddenMatrices().size());
      assertTrue(names.containsAll(model.decayed().stream().map(Parameter::name).toList()));
      assertEquals(CONTEXT, SHAPE.predictions());
    }
  }

  @Test
  void aShapeIsReadAsItsSettingsTellItWithOrWithoutTheYoungestOfThem() {
    GptShape shape = new GptShape(256, CONTEXT, 2, 2, 16, 0.25, 0.5);
    assertEquals(shape, GptShape.KIND.shape(shape.settings()));
    Map<String, String> before = new HashMap<>(shape.settings());
    before.remove("attention-dropout");
    assertEquals(new GptShape(256, CONTEXT, 2, 2, 16, 0.25, 0), GptShape.KIND.shape(before));
  }

  @Test
  void tokensThatAreReadOneByOneGiveTheLogitsOfThoseReadAtOnce() {
    int[] text = {3, 1, 4, 1, 5, 9, 2};
    try (Slab slab = Slab.open("gpt");
        Predictor one = SHAPE.random(slab, 1).predictor(slab, Workers.shared());
        Predictor all = SHAPE.random(slab, 1).predictor(slab, Workers.shared())) {
      for (int length = 1; length <= text.length; length++) {
        all.restart();
        assertArrayEquals(
            all.read(Arrays.copyOf(text, length)).clone(), one.read(text[length - 1]), TOLERANCE);
      }
    }
  }

  @Test
  void aTextLongerThanTheContextGoesOnFromTheLastHalfOfIt() {
    int[] text = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9};
    try (Slab slab = Slab.open("gpt");
        Predictor one = SHAPE.random(slab, 1).predictor(slab, Workers.shared());
        Predictor all = SHAPE.random(slab, 1).predictor(slab, Workers.shared())) {
      for (int i = 0; i < text.length; i++) {
        float[] logits = one.read(text[i]);
        // 8 tokens fit; with the 9th the last 4 before it are kept, and again 4 tokens later.
        int begin = i < CONTEXT ? 0 : 4 * ((i - 4) / 4);
        all.restart();
        assertArrayEquals(
            all.read(Arrays.copyOfRange(text, begin, i + 1)).clone(), logits, TOLERANCE, "" + i);
      }
    }
  }

  @Test
  void ofAPromptLongerThanTheContextTheEndCounts() {
    int[] text = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};
    try (Slab slab = Slab.open("gpt");
        Predictor all = SHAPE.random(slab, 1).predictor(slab, Workers.shared())) {
      float[] logits = all.read(text).clone();
      all.restart();
      assertArrayEquals(all.read(Arrays.copyOfRange(text, 3, 11)), logits);
      all.restart();
      assertFalse(Arrays.equals(all.read(Arrays.copyOfRange(text, 4, 11)), logits));
    }
  }

  @Test
  void sizesThatDoNotFitAreOneSentence() {
    UserError error =
        assertThrows(UserError.class, () -> new GptShape(256, CONTEXT, 2, 3, 16, 0, 0));
    assertEquals("width = 16 is no multiple of heads = 3: give one that is", error.getMessage());
    assertThrows(UserError.class, () -> new GptShape(256, 7, 2, 2, 16, 0, 0));
    assertThrows(UserError.class, () -> new GptShape(256, 8, 2, 2, 16, 1, 0));
    assertThrows(UserError.class, () -> new GptShape(256, 8, 2, 2, 16, 0, 1));
  }
}
