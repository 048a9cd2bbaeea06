package dev.lanewise.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
  @Test
  void aPlanComesBackFromItsText() {
    Plan plan = Texts.plan("steps=7", "optimizer=lion", "schedule=wsd", "tokenizer=bpe");
    assertEquals(plan.values(), Plan.of(plan.values()).values());
    assertEquals(new Budget.Steps(7), plan.budget());
    assertEquals("1024", plan.text("vocabulary"));
  }

  @Test
  void theLearningRateOfAnOptimizerIsAMultipleOfAdamsOnTheSameModel() {
    assertEquals(0.003, Plan.of(Map.of("model", "mlp")).number("lr"));
    assertEquals(0.01, Plan.of(Map.of("model", "lstm")).number("lr"));
    assertEquals(0.0006, Plan.of(Map.of("model", "mlp", "optimizer", "lion")).number("lr"), 1e-12);
  }

  @Test
  void aModelMayWantOtherDefaultsThanTheRest() {
    Plan gpt = Plan.of(Map.of("model", "gpt"));
    assertEquals("muon", gpt.text("optimizer"));
    assertEquals(0.02, gpt.number("lr"), 1e-9);
    assertEquals("linear", gpt.text("schedule"));
    assertEquals("bpe", gpt.text("tokenizer"));
    assertEquals("1024", gpt.text("vocabulary"));
    Plan bytes = Plan.of(Map.of("model", "gpt", "tokenizer", "bytes", "optimizer", "adamw"));
    assertEquals("256", bytes.text("vocabulary"));
    assertEquals(0.001, bytes.number("lr"), 1e-9);
    Plan mlp = Plan.of(Map.of("model", "mlp"));
    assertEquals("adamw", mlp.text("optimizer"));
    assertEquals("256", mlp.text("vocabulary"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimizer=adamx | there is no optimizer \"adamx\": give one of adamw, adam, lion, muon",
        "schedule=cos | there is no schedule \"cos\": give one of cosine, linear, wsd, constant",
        "tokenizer=words | there is no tokenizer \"words\": give one of bytes, bpe",
        "state=f16 | there is no state \"f16\": give one of float32, bfloat16, block8",
        "model=rnn | there is no model \"rnn\": give one of",
        "heads=4 | --heads is no option of the model mlp: leave it out",
        "vocabulary=300 | --vocabulary = 300 is out of range: give 256 to 256",
        "clip=-1 | --clip = -1.0 is out of range",
        "warmup=1.5 | --warmup = 1.5 is out of range",
        "lr=fast | --lr = fast is not a number",
        "seed=x | --seed = x is not a whole number",
        "batch=1.5 | --batch = 1.5 is not a whole number"
      })
  void whatIsNotThereIsToldWhatIs(String option, String sentence) {
    UserError error = assertThrows(UserError.class, () -> Texts.plan(option));
    assertTrue(String.valueOf(error.getMessage()).startsWith(sentence), error.getMessage());
  }

  @Test
  void aSmallStateOfAMethodThatHasNoneIsOneSentence() {
    try (Slab slab = Slab.open("state")) {
      UserError error =
          assertThrows(
              UserError.class,
              () -> {
                Plan plan = Texts.plan("optimizer=lion", "state=bfloat16");
                new Stepper(
                    plan.shape(256).random(slab, 1), plan, Schedule.constant(), Workers.shared());
              });
      assertTrue(
          String.valueOf(error.getMessage())
              .startsWith("--state bfloat16 is for adamw and adam, --optimizer is lion"),
          error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cosine", "linear", "wsd", "constant", "inverse-sqrt", "restarts"})
  void everyScheduleRisesToOneInItsWarmUpAndIsNowhereAboveIt(String name) {
    Schedule schedule = LearningRates.of(name, 0.1, 100);
    assertEquals(1 / 11.0, schedule.at(0), 1e-12, "the first step is not lost");
    for (int step = 1; step < 10; step++) {
      assertTrue(schedule.at(step) > schedule.at(step - 1));
    }
    assertEquals(1, schedule.at(10), 1e-12);
    for (int step = 10; step < 100; step++) {
      assertTrue(schedule.at(step) > 0 && schedule.at(step) <= 1, name + " at " + step);
    }
  }

  @Test
  void schedulesEndWhereTheyShould() {
    assertEquals(0, LearningRates.of("cosine", 0.02, 1_000).at(1_000), 1e-12);
    assertEquals(0.5, LearningRates.of("cosine", 0, 1_000).at(500), 1e-12);
    assertEquals(1, LearningRates.of("wsd", 0.02, 1_000).at(800));
    assertEquals(0, LearningRates.of("linear", 0.02, 1_000).at(1_000), 1e-12);
    assertEquals(1, LearningRates.of("constant", 0.02, 1_000).at(1_000));
  }

  @Test
  void aScheduleFollowsTheClockWhereTheLengthIsATime() {
    Budget budget = new Budget.Seconds(50);
    Schedule schedule = LearningRates.of("cosine", 0, budget.scheduleLength());
    assertEquals(0.5, schedule.at(budget.scheduleStep(3, 25)), 1e-6);
    assertEquals(0, schedule.at(budget.scheduleStep(9, 50)), 1e-6);
  }
}
