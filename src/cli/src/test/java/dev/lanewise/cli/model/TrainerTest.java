package dev.lanewise.cli.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final Shape SMALL = new Shape(16, 8, 32, 1);

  private static Trainer.Settings settings(Budget budget, long seed, Workers workers) {
    return new Trainer.Settings(budget, 64, 0.01f, 0.01f, seed, workers, () -> 100);
  }

  /** Collects what is reported and calls back after each step. */
  private static final class Recorder implements Progress {
    final List<Double> fractions = new ArrayList<>();
    final List<Snapshot> snapshots = new ArrayList<>();
    Consumer<Integer> afterStep = step -> {};

    @Override
    public void advance(double fraction) {
      fractions.add(fraction);
      afterStep.accept(fractions.size());
    }

    @Override
    public void report(Snapshot snapshot) {
      snapshots.add(snapshot);
    }

    @Override
    public void close() {}
  }

  @Test
  void aRepeatedLineIsLearntByHeart(@TempDir Path folder) throws IOException {
    Corpus corpus = Texts.repeatedLine(folder);
    try (Slab slab = Slab.open("learn")) {
      ByteModel model = ByteModel.random(slab, SMALL, 1);
      Recorder recorder = new Recorder();
      Trainer trainer =
          new Trainer(model, slab, corpus, settings(new Budget.Steps(300), 1, Workers.shared()));
      Trainer.Outcome outcome = trainer.train(recorder);
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

      byte[] goesOn =
          new Sampler(model, slab, Workers.shared()).generate(Texts.LINE.getBytes(UTF_8), 45, 0, 1);
      assertEquals(Texts.LINE, new String(goesOn, UTF_8));
    }
  }

  @Test
  void stepsGiveTheSameBitsWithOneThreadAndWithThree(@TempDir Path folder) throws IOException {
    Corpus corpus = Texts.repeatedLine(folder);
    float[][] one = trained(corpus, 1, 1);
    assertArrayEquals(one, trained(corpus, 1, 3));
    assertFalse(Arrays.deepEquals(one, trained(corpus, 2, 1)), "the seed has no effect");
  }

  private static float[][] trained(Corpus corpus, long seed, int threads) {
    try (Workers workers = Workers.of(threads);
        Slab slab = Slab.open("bits")) {
      ByteModel model = ByteModel.random(slab, new Shape(16, 8, 96, 2), seed);
      new Trainer(model, slab, corpus, settings(new Budget.Steps(5), seed, workers))
          .train(new Recorder());
      return model.parameters().stream()
          .map(parameter -> parameter.toArray())
          .toArray(float[][]::new);
    }
  }

  @Test
  void stopEndsTheTrainingAfterTheStepInProgress(@TempDir Path folder) throws IOException {
    try (Slab slab = Slab.open("stop")) {
      ByteModel model = ByteModel.random(slab, SMALL, 1);
      Trainer trainer =
          new Trainer(
              model,
              slab,
              Texts.repeatedLine(folder),
              settings(new Budget.Seconds(1e6), 1, Workers.shared()));
      Recorder recorder = new Recorder();
      recorder.afterStep =
          step -> {
            if (step == 3) {
              trainer.stop();
            }
          };
      Trainer.Outcome outcome = trainer.train(recorder);
      assertTrue(outcome.stopped());
      assertEquals(3, outcome.last().step());
    }
  }

  @Test
  void aTimeBudgetEndsInTime(@TempDir Path folder) throws IOException {
    try (Slab slab = Slab.open("time")) {
      ByteModel model = ByteModel.random(slab, SMALL, 1);
      Recorder recorder = new Recorder();
      Trainer.Outcome outcome =
          new Trainer(
                  model,
                  slab,
                  Texts.repeatedLine(folder),
                  settings(new Budget.Seconds(0.5), 1, Workers.shared()))
              .train(recorder);
      assertFalse(outcome.stopped());
      assertTrue(outcome.last().seconds() >= 0.5);
      assertEquals(recorder.fractions.stream().sorted().toList(), recorder.fractions);
      assertEquals(1.0, recorder.fractions.getLast());
    }
  }

  @Test
  void aTrainingThatDivergesSaysSo(@TempDir Path folder) throws IOException {
    try (Slab slab = Slab.open("diverge")) {
      ByteModel model = ByteModel.random(slab, SMALL, 1);
      Trainer.Settings wild =
          new Trainer.Settings(
              new Budget.Steps(1_000), 64, 1e30f, 0.01f, 1, Workers.shared(), () -> 100);
      Trainer trainer = new Trainer(model, slab, Texts.repeatedLine(folder), wild);
      UserError error = assertThrows(UserError.class, () -> trainer.train(new Recorder()));
      assertTrue(String.valueOf(error.getMessage()).contains("--lr"), error.getMessage());
    }
  }

  @Property(tries = 200)
  void theLearningRateRisesThenFallsToZero(
      @ForAll @DoubleRange(min = 0, max = 1.2) double a,
      @ForAll @DoubleRange(min = 0, max = 1.2) double b) {
    double early = Trainer.lrFactor(Math.min(a, b));
    double late = Trainer.lrFactor(Math.max(a, b));
    assertTrue(early >= 0 && early <= 1);
    assertTrue(Math.max(a, b) > 0.02 || early <= late, "warm-up falls");
    assertTrue(Math.min(a, b) < 0.02 || early >= late, "decay rises");
    assertEquals(0, Trainer.lrFactor(1));
    assertEquals(1, Trainer.lrFactor(0.02), 1e-12);
  }

  @Test
  void aContextBeforeTheStartOfTheTextIsFilledUpWithNul() {
    try (Slab slab = Slab.open("batch")) {
      Batch batch = new Batch(slab, 2, 4);
      batch.set(0, "abcdef".getBytes(UTF_8), 1);
      batch.set(1, new byte[] {1, 2, 3, (byte) 0xff, (byte) 0xfe}, 4);
      assertArrayEquals(new int[] {0, 0, 0, 'a', 1, 2, 3, 255}, batch.contexts().toArray(JAVA_INT));
      assertArrayEquals(new int[] {'b', 254}, batch.targets().toArray(JAVA_INT));
    }
  }

  @Test
  void drawnBatchesReachTheWholeTextAndDifferFromStepToStep() {
    byte[] text = new byte[200];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) i;
    }
    try (Slab slab = Slab.open("draw")) {
      Batch batch = new Batch(slab, 4_000, 1);
      batch.draw(text, 1, 0);
      int[] first = batch.targets().toArray(JAVA_INT);
      assertEquals(200, IntStream.of(first).distinct().count());
      batch.draw(text, 1, 1);
      assertFalse(Arrays.equals(first, batch.targets().toArray(JAVA_INT)));
      batch.draw(text, 2, 0);
      assertFalse(Arrays.equals(first, batch.targets().toArray(JAVA_INT)));
      batch.draw(text, 1, 0);
      assertArrayEquals(first, batch.targets().toArray(JAVA_INT));
    }
  }

  @Test
  void evaluatedPositionsAreSpreadEvenlyAndNoneTwice() {
    assertArrayEquals(new int[] {0, 3, 6}, Evaluation.positions(10, 3));
    assertArrayEquals(new int[] {0, 1, 2}, Evaluation.positions(3, 100));
    int[] many = Evaluation.positions(Integer.MAX_VALUE, 100_000);
    assertTrue(IntStream.range(1, many.length).allMatch(i -> many[i] > many[i - 1]));
  }

  @Test
  void anUntrainedModelIsNearEightBits(@TempDir Path folder) throws IOException {
    byte[] text = Texts.repeatedLine(folder).heldOut();
    try (Slab slab = Slab.open("untrained")) {
      Evaluation evaluation =
          new Evaluation(ByteModel.random(slab, SMALL, 1), slab, Workers.shared());
      double all = evaluation.bitsPerByte(text, Evaluation.positions(text.length, 500));
      assertEquals(8, all, 0.3);
    }
  }
}
