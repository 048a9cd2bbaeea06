package dev.lanewise.cli.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTest {
  private static final int STEPS = 12;

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();

  private static Plan plan(String... more) {
    String[] options = Arrays.copyOf(more, more.length + 1);
    options[more.length] = "steps=" + 2 * STEPS;
    return Texts.plan(options);
  }

  private RunCheckpoints keeper(Plan plan, Lesson lesson, double seconds) {
    return new RunCheckpoints(
        folder.resolve("checkpoints"), plan.values(), lesson.fingerprint(), seconds, warnings::add);
  }

  /** What a training leaves. */
  private record Left(List<float[]> parameters, List<Double> heldOutBits) {}

  private Left train(Plan plan, Lesson lesson, int stopAt, boolean resume) {
    try (Slab slab = Slab.open("resume")) {
      LanguageModel model = plan.shape(256).random(slab, plan.whole("seed"));
      if (resume) {
        // All of them have to come from the checkpoint.
        model.parameters().forEach(parameter -> parameter.data().fill((byte) 0));
      }
      Trainer trainer = new Trainer(model, slab, lesson, plan, Workers.shared(), () -> 100);
      if (resume) {
        try (RunCheckpoints.Saved saved =
            RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add)) {
          saved.requireSame("the corpus", lesson.fingerprint());
          assertEquals(plan.values(), Plan.of(saved.options()).values());
          trainer.resume(saved.restore(trainer), List.of());
        }
      }
      Recorder recorder = new Recorder();
      recorder.afterStep =
          step -> {
            if (step == stopAt) {
              trainer.stop();
            }
          };
      Trainer.Outcome outcome = trainer.train(recorder, keeper(plan, lesson, 1e6));
      return new Left(
          model.parameters().stream().map(parameter -> parameter.toArray()).toList(),
          outcome.curve().stream().map(Snapshot::heldOutBits).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adamw",
        "adam",
        "lion",
        "muon",
        "sgd",
        "momentum",
        "nesterov",
        "rmsprop",
        "adagrad",
        "adadelta",
        "adamax",
        "nadam",
        "radam",
        "lamb",
        "lars",
        "schedule-free"
      })
  void halfATrainingSavedAndGoneOnWithIsTheWholeTrainingBitForBit(String optimizer)
      throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = plan("optimizer=" + optimizer, "schedule=cosine");
    Left whole = train(plan, lesson, -1, false);
    RunCheckpoints.deleteAll(folder.resolve("checkpoints"));
    Left half = train(plan, lesson, STEPS, false);
    assertFalse(Arrays.equals(whole.parameters().getFirst(), half.parameters().getFirst()));
    Left resumed = train(plan, lesson, -1, true);
    if (!optimizer.equals("schedule-free")) {
      assertArrayEquals(whole.parameters().toArray(), resumed.parameters().toArray());
      assertEquals(whole.heldOutBits().getLast(), resumed.heldOutBits().getLast());
    } else {
      // Its way to the average and back, which each report takes, rounds; reports differ here.
      assertEquals(whole.heldOutBits().getLast(), resumed.heldOutBits().getLast(), 1e-3);
    }
    assertEquals(List.of(), warnings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bfloat16", "block8"})
  void theSameHoldsForAStateOfFewerBits(String state) throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = plan("state=" + state);
    Left whole = train(plan, lesson, -1, false);
    RunCheckpoints.deleteAll(folder.resolve("checkpoints"));
    Left half = train(plan, lesson, STEPS, false);
    assertFalse(Arrays.equals(whole.parameters().getFirst(), half.parameters().getFirst()));
    Left resumed = train(plan, lesson, -1, true);
    assertArrayEquals(whole.parameters().toArray(), resumed.parameters().toArray());
  }

  @Test
  void theSameHoldsForALongShortTermMemoryWhichLearns() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = plan("model=lstm", "hidden=24", "layers=2", "batch=8");
    Left whole = train(plan, lesson, -1, false);
    RunCheckpoints.deleteAll(folder.resolve("checkpoints"));
    train(plan, lesson, 4, false);
    Left resumed = train(plan, lesson, -1, true);
    assertArrayEquals(whole.parameters().toArray(), resumed.parameters().toArray());
    assertTrue(whole.heldOutBits().getLast() < 5, "8 bits a byte is what guessing costs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw", "muon"})
  void theSameHoldsForATransformerWithDropout(String optimizer) throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan =
        Plan.of(
            Map.of(
                "steps",
                "8",
                "context",
                "16",
                "width",
                "16",
                "heads",
                "2",
                "layers",
                "2",
                "batch",
                "2",
                "dropout",
                "0.1",
                "optimizer",
                optimizer));
    Left whole = train(plan, lesson, -1, false);
    RunCheckpoints.deleteAll(folder.resolve("checkpoints"));
    Left half = train(plan, lesson, 4, false);
    assertFalse(Arrays.equals(whole.parameters().getFirst(), half.parameters().getFirst()));
    Left resumed = train(plan, lesson, -1, true);
    assertArrayEquals(whole.parameters().toArray(), resumed.parameters().toArray());
  }

  @Test
  void checkpointsAreWrittenAtTheirIntervalAndAtTheEnd() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = plan();
    try (Slab slab = Slab.open("interval")) {
      Trainer trainer =
          new Trainer(
              plan.shape(256).random(slab, 1), slab, lesson, plan, Workers.shared(), () -> 100);
      List<Long> saved = new ArrayList<>();
      RunCheckpoints each = keeper(plan, lesson, 0);
      Trainer.Outcome ignored =
          trainer.train(
              new Recorder(),
              (training, over) -> {
                each.afterStep(training, over);
                try (RunCheckpoints.Saved newest =
                    RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add)) {
                  saved.add(newest.step());
                }
              });
      assertEquals(2 * STEPS, saved.size());
      assertEquals(1L, saved.getFirst());
      assertEquals(2L * STEPS, saved.getLast());
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsAWarningAndTheTrainingGoesOn() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Files.writeString(folder.resolve("checkpoints"), "a file where the folder should be");
    Left left = train(plan(), lesson, -1, false);
    assertTrue(left.heldOutBits().getLast() > 0);
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().startsWith("no checkpoint at step 24"), warnings.getFirst());
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeItTaken() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Left ignored = train(plan(), lesson, 5, false);
    Path newer = folder.resolve("checkpoints/checkpoint-0000000000000000009.safetensors");
    Files.writeString(newer, "not one");
    try (RunCheckpoints.Saved saved =
        RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add)) {
      assertEquals(5, saved.step());
    }
    assertTrue(warnings.getFirst().contains(newer.toString()), warnings.getFirst());
  }

  @Test
  void anotherTextAnotherModelAndNoCheckpointAreOneSentence() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Path nowhere = folder.resolve("nowhere");
    assertSentence(
        () -> RunCheckpoints.newest(nowhere, warnings::add).close(),
        "there is no checkpoint to go on from in " + nowhere);
    Left ignored = train(plan(), lesson, 3, false);
    try (RunCheckpoints.Saved saved =
            RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add);
        Slab slab = Slab.open("other")) {
      assertSentence(
          () -> saved.requireSame("the corpus", "1+1 bytes, crc32c 0"),
          "the corpus is no longer the one of");
      Plan wider = plan("hidden=33");
      Trainer trainer =
          new Trainer(
              wider.shape(256).random(slab, 1), slab, lesson, wider, Workers.shared(), () -> 100);
      assertSentence(
          () -> saved.restore(trainer), "\"hidden.0.weight\" is 32x128 in the checkpoint");
    }
  }

  private static void assertSentence(Runnable action, String part) {
    UserError error = assertThrows(UserError.class, action::run);
    assertTrue(String.valueOf(error.getMessage()).contains(part), error.getMessage());
  }
}
