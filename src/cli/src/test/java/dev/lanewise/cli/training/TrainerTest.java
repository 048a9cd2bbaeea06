package dev.lanewise.cli.training;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.sampling.Choice;
import dev.lanewise.cli.sampling.Sampler;
import dev.lanewise.cli.text.Tokens;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  /** Small, and random in all that can be. */
  private static final Plan GPT =
      Plan.of(
          Map.of(
              "model", "gpt",
              "context", "16",
              "layers", "1",
              "heads", "2",
              "width", "16",
              "batch", "3",
              "dropout", "0.2",
              "attention-dropout", "0.2",
              "steps", "4"));

  @TempDir Path folder;

  private static LanguageModel model(Plan plan, Slab slab) {
    return plan.shape(256).random(slab, plan.whole("seed"));
  }

  private static Trainer trainer(
      LanguageModel model, Slab slab, Lesson lesson, Plan plan, Workers workers) {
    return new Trainer(model, slab, lesson, plan, workers, () -> 100);
  }

  @Test
  void aRepeatedLineIsLearntByHeart() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = Texts.plan("steps=300");
    try (Slab slab = Slab.open("learn")) {
      LanguageModel model = model(plan, slab);
      Recorder recorder = new Recorder();
      Trainer.Outcome outcome =
          trainer(model, slab, lesson, plan, Workers.shared())
              .train(recorder, Resumable.Keeper.NONE);
      assertFalse(outcome.stopped());
      assertEquals(300, outcome.last().step());
      assertEquals(20, outcome.curve().size());
      assertEquals(outcome.curve(), recorder.snapshots);
      assertTrue(outcome.curve().getFirst().heldOutBits() > 1, "the task is trivial");
      // One of the 901 held-out bytes is the end of the file, which no training byte is: its bits
      // are most of the rest.
      assertTrue(
          outcome.last().heldOutBits() < 0.1, "held-out bits: " + outcome.last().heldOutBits());
      assertTrue(outcome.last().gemmGflops() > 0 && outcome.last().tokensPerSecond() > 0);
      assertEquals(outcome.last().gemmGflops(), outcome.last().gemmPercentOfPeak(), 1e-9);

      try (Predictor predictor = model.predictor(slab, Workers.shared())) {
        byte[] goesOn =
            new Sampler(predictor, lesson.tokenizer())
                .generate(Texts.LINE.getBytes(UTF_8), 45, Choice.of(0), 1);
        assertEquals(Texts.LINE, new String(goesOn, UTF_8));
      }
    }
  }

  @Test
  void stepsGiveTheSameBitsWithOneThreadAndWithThree() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    float[][] one = trained(lesson, 1, 1);
    assertArrayEquals(one, trained(lesson, 1, 3));
    assertFalse(Arrays.deepEquals(one, trained(lesson, 2, 1)), "the seed has no effect");
  }

  private static float[][] trained(Lesson lesson, long seed, int threads) {
    Plan plan = Texts.plan("hidden=96", "layers=2", "steps=5", "seed=" + seed);
    try (Workers workers = Workers.of(threads);
        Slab slab = Slab.open("bits")) {
      LanguageModel model = model(plan, slab);
      Trainer.Outcome ignored =
          trainer(model, slab, lesson, plan, workers).train(new Recorder(), Resumable.Keeper.NONE);
      return model.parameters().stream()
          .map(parameter -> parameter.toArray())
          .toArray(float[][]::new);
    }
  }

  /** The loop of a tape for each step, written out. */
  @Test
  void stepsGiveTheBitsThatATapeForEachWouldGive() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    for (Plan plan : List.of(Texts.plan("steps=4"), Texts.plan("steps=4", "optimizer=muon"), GPT)) {
      try (Workers workers = Workers.of(1);
          Slab replayed = Slab.open("replayed");
          Slab eager = Slab.open("eager")) {
        LanguageModel trained = model(plan, replayed);
        Trainer.Outcome ignored =
            trainer(trained, replayed, lesson, plan, workers)
                .train(new Recorder(), Resumable.Keeper.NONE);
        LanguageModel expected = model(plan, eager);
        Schedule rates =
            LearningRates.of(plan.text("schedule"), plan.number("warmup"), plan.whole("steps"));
        Stepper optimizer = new Stepper(expected, plan, rates, workers);
        Batch batch = Batch.of(eager, plan.batch(), expected.shape());
        for (int step = 0; step < plan.whole("steps"); step++) {
          batch.draw(lesson.training(), plan.whole("seed"), step);
          try (Tape tape = Tape.open(eager, workers)) {
            expected.loss(tape, batch, batch.size(), DropoutStep.at(step)).backward();
          }
          optimizer.step();
        }
        for (int i = 0; i < expected.parameters().size(); i++) {
          assertArrayEquals(
              expected.parameters().get(i).toArray(), trained.parameters().get(i).toArray());
        }
      }
    }
  }

  /** The compiler has to be done with a step first: the best one counts. */
  @Test
  void aStepAllocatesNothingBetweenReports() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    Plan plan = Texts.plan("steps=3000");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] seen = {0, Long.MAX_VALUE};
    try (Workers workers = Workers.of(1);
        Slab slab = Slab.open("allocation")) {
      Resumable.Keeper watch =
          (trainer, over) -> {
            long bytes = threads.getCurrentThreadAllocatedBytes();
            seen[1] = Math.min(seen[1], bytes - seen[0]);
            seen[0] = bytes;
          };
      Trainer.Outcome ignored =
          trainer(model(plan, slab), slab, lesson, plan, workers)
              .train(Progress.lines(new PrintWriter(Writer.nullWriter())), watch);
      assertEquals(0, seen[1], "bytes of the step that allocated least");
    }
  }

  @Test
  void stopEndsTheTrainingAfterTheStepInProgress() throws IOException {
    Plan plan = Texts.plan("seconds=1000000");
    try (Slab slab = Slab.open("stop")) {
      Trainer trainer =
          trainer(model(plan, slab), slab, Texts.repeatedLine(folder), plan, Workers.shared());
      Recorder recorder = new Recorder();
      recorder.afterStep =
          step -> {
            if (step == 3) {
              trainer.stop();
            }
          };
      Trainer.Outcome outcome = trainer.train(recorder, Resumable.Keeper.NONE);
      assertTrue(outcome.stopped());
      assertEquals(3, outcome.last().step());
    }
  }

  @Test
  void aTimeBudgetEndsInTime() throws IOException {
    Plan plan = Texts.plan("seconds=0.5");
    try (Slab slab = Slab.open("time")) {
      Recorder recorder = new Recorder();
      Trainer.Outcome outcome =
          trainer(model(plan, slab), slab, Texts.repeatedLine(folder), plan, Workers.shared())
              .train(recorder, Resumable.Keeper.NONE);
      assertFalse(outcome.stopped());
      assertTrue(outcome.last().seconds() >= 0.5);
      assertEquals(recorder.fractions.stream().sorted().toList(), recorder.fractions);
      assertEquals(1.0, recorder.fractions.getLast());
    }
  }

  @Test
  void aTrainingThatDivergesSaysSoAfterTenStepsThatWereLeftOut() throws IOException {
    for (String optimizer : new String[] {"adamw", "sgd", "muon"}) {
      Plan plan =
          Texts.plan("steps=1000", "lr=100", "clip=0", "warmup=0", "optimizer=" + optimizer);
      try (Slab slab = Slab.open("diverge")) {
        LanguageModel model = model(plan, slab);
        // A parameter that is not finite, as an overflow would leave it.
        model.parameters().getLast().data().set(JAVA_FLOAT, 0, Float.NaN);
        Trainer trainer = trainer(model, slab, Texts.repeatedLine(folder), plan, Workers.shared());
        UserError error =
            assertThrows(
                UserError.class, () -> trainer.train(new Recorder(), Resumable.Keeper.NONE));
        String message = String.valueOf(error.getMessage());
        assertTrue(message.contains("diverged at step 10") && message.contains("--lr"), message);
        assertEquals(0, trainer.position().optimizerSteps());
      }
    }
  }

  @Test
  void aTextTooShortForARowIsOneSentence() throws IOException {
    Plan plan = Texts.plan("steps=1");
    Lesson lesson = Texts.repeatedLine(folder);
    Lesson none =
        new Lesson(
            lesson.corpus(), lesson.tokenizer(), lesson.training(), Tokens.ofBytes(new byte[0]));
    UserError error = assertThrows(UserError.class, () -> none.requireEnoughFor(plan.shape(256)));
    assertTrue(
        String.valueOf(error.getMessage()).contains("0 held out, and a row of a batch predicts 1"),
        error.getMessage());
  }

  @Test
  void evaluatedRowsAreSpreadEvenlyAndDoNotOverlap() {
    assertArrayEquals(new int[] {0, 3, 6}, Evaluation.positions(10, 1, 3));
    assertArrayEquals(new int[] {0, 1, 2}, Evaluation.positions(3, 1, 100));
    assertArrayEquals(new int[] {3, 8}, Evaluation.positions(10, 4, 100));
    assertArrayEquals(new int[] {3}, Evaluation.positions(10, 4, 1));
    int[] many = Evaluation.positions(Integer.MAX_VALUE, 1, 100_000);
    assertTrue(IntStream.range(1, many.length).allMatch(i -> many[i] > many[i - 1]));
  }

  @Test
  void anUntrainedModelIsNearEightBits() throws IOException {
    Lesson lesson = Texts.repeatedLine(folder);
    try (Slab slab = Slab.open("untrained")) {
      Evaluation evaluation =
          new Evaluation(model(Texts.plan("steps=1"), slab), lesson, slab, Workers.shared());
      int[] positions = Evaluation.positions(lesson.heldOut().length(), 1, 500);
      assertEquals(8, evaluation.bitsPerByte(positions), 0.3);
      assertEquals(500, evaluation.bytes(positions));
    }
  }
}
