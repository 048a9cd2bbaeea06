package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.model.lstm.LstmShape;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.text.Tokens;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.parallel.Workers;
import java.util.List;
import org.junit.jupiter.api.Test;

class LstmModelTest {
  private static final int CONTEXT = 8;
  private static final LstmShape SHAPE = new LstmShape(256, CONTEXT, 5, 19, 2);

  @Test
  void theNamesAndLayoutsOfAShapeAreThoseOfItsModel() {
    try (Slab slab = Slab.open("lstm")) {
      LanguageModel model = SHAPE.random(slab, 1);
      List<String> names = model.parameters().stream().map(Parameter::name).toList();
      assertEquals(names, List.copyOf(SHAPE.layouts().keySet()));
      for (Parameter parameter : model.parameters()) {
        assertEquals(SHAPE.layouts().get(parameter.name()), parameter.layout());
      }
      assertEquals(4, model.hiddenMatrices().size());
      assertTrue(names.containsAll(model.decayed().stream().map(Parameter::name).toList()));
      assertEquals(CONTEXT, SHAPE.predictions());
    }
  }

  /** The same chains of sums: a step knows nothing of the other steps of its product. */
  @Test
  void tokensThatAreReadOneByOneGiveTheLogitsOfThoseReadAtOnce() {
    int[] text = new int[1100];
    for (int i = 0; i < text.length; i++) {
      text[i] = i * i % 251;
    }
    try (Slab slab = Slab.open("lstm");
        Predictor one = SHAPE.random(slab, 1).predictor(slab, Workers.shared());
        Predictor all = SHAPE.random(slab, 1).predictor(slab, Workers.shared())) {
      float[] logits = new float[0];
      for (int token : text) {
        logits = one.read(token);
      }
      assertArrayEquals(all.read(text), logits);
      one.restart();
      all.restart();
      assertArrayEquals(all.read(7), one.read(7));
    }
  }

  /** What the training computes at once is what the predictor says token by token. */
  @Test
  void theLossIsTheMeanOverTheLogitsOfThePredictor() {
    byte[] text = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2};
    Tokens tokens = Tokens.ofBytes(text);
    try (Slab slab = Slab.open("lstm")) {
      LanguageModel model = SHAPE.random(slab, 1);
      Batch batch = Batch.of(slab, 2, SHAPE);
      batch.set(0, tokens, 8);
      batch.set(1, tokens, 16);
      double sum = 0;
      try (Predictor predictor = model.predictor(slab, Workers.shared())) {
        for (int row = 0; row < 2; row++) {
          predictor.restart();
          for (int i = 8 * row; i < 8 * row + CONTEXT; i++) {
            sum += loss(predictor.read(text[i]), text[i + 1]);
          }
        }
      }
      try (Tape tape = Tape.noGrad(slab)) {
        float mean = model.loss(tape, batch, 2, DropoutStep.EVALUATION).data().get(JAVA_FLOAT, 0);
        assertEquals(sum / (2 * CONTEXT), mean, 1e-5);
      }
    }
  }

  private static double loss(float[] logits, int target) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    return Math.log(sum) - logits[target];
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertThrows(UserError.class, () -> new LstmShape(256, 7, 5, 19, 2));
    assertThrows(UserError.class, () -> new LstmShape(256, CONTEXT, 0, 19, 2));
    assertThrows(UserError.class, () -> new LstmShape(256, CONTEXT, 5, 19, 17));
  }
}
