package dev.lanewise.nn.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Training of a GPT by replay. */
final class CapturedGptTest {
  private static final int BATCH = 2;
  private static final int LENGTH = 4;
  private static final int VOCABULARY = 7;

  /** A model, its optimizer and the memory of its batches; the same for each. */
  private static final class Training implements AutoCloseable {
    final Slab slab = Slab.open("training", 1 << 20);
    final Gpt gpt;
    final AdamW optimizer;
    long step;
    final MemorySegment tokens = slab.allocateInts((long) BATCH * LENGTH);
    final MemorySegment targets = slab.allocateInts((long) BATCH * LENGTH);

    Training(GptConfig config, Workers workers) {
      gpt = Gpt.of(slab, config, 1);
      optimizer = AdamW.over(gpt.parameters()).lr(1e-2f).workers(workers);
    }

    void batch(int number) {
      step = number;
      Random random = new Random(number);
      for (MemorySegment ints : List.of(tokens, targets)) {
        ints.copyFrom(
            MemorySegment.ofArray(random.ints((long) BATCH * LENGTH, 0, VOCABULARY).toArray()));
      }
    }

    Tensor loss(Tape tape) {
      return gpt.loss(tape, tokens, targets, BATCH, LENGTH, DropoutStep.from(() -> step));
    }

    Tensor lossOfThisStep(Tape tape) {
      return gpt.loss(tape, tokens, targets, BATCH, LENGTH, step);
    }

    List<float[]> weights() {
      return gpt.parameters().stream().map(Tensor::toArray).toList();
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  @Test
  void replayTrainsAGptBitForBitAsTheTapeDoes() {
    for (GptConfig config :
        List.of(
            GptConfig.of(VOCABULARY, 5, 2, 2, 8),
            new GptConfig(VOCABULARY, 5, 2, 4, 2, 8, 0, Positions.ROTARY, false),
            GptConfig.of(VOCABULARY, 5, 2, 2, 8).withDropout(0.3f, 0.3f))) {
      for (int threads : new int[] {1, 3}) {
        try (Workers workers = Workers.of(threads);
            Training eager = new Training(config, workers);
            Training replayed = new Training(config, workers);
            CapturedStep step = CapturedStep.of(workers, replayed::loss)) {
          for (int number = 0; number < 4; number++) {
            eager.batch(number);
            replayed.batch(number);
            try (Tape tape = Tape.open(eager.slab, workers)) {
              Tensor loss = eager.lossOfThisStep(tape);
              loss.backward();
              assertEquals(loss.item(), step.run(), "step " + number);
            }
            eager.optimizer.step();
            replayed.optimizer.step();
            List<float[]> expected = eager.weights();
            for (int p = 0; p < expected.size(); p++) {
              assertArrayEquals(
                  expected.get(p),
                  replayed.weights().get(p),
                  eager.gpt.parameters().get(p).name() + " after step " + number);
            }
          }
        }
      }
    }
  }

  @Test
  void aReplayAllocatesNothing() {
    GptConfig config =
        new GptConfig(VOCABULARY, 5, 2, 4, 2, 32, 0.3f, 0.3f, Positions.ROTARY, true);
    for (int threads : new int[] {1, 2}) {
      try (Workers workers = Workers.of(threads);
          Training training = new Training(config, workers);
          CapturedStep step = CapturedStep.of(workers, training::loss)) {
        training.batch(1);
        step.run();
        assertEquals(0, AllocatedBytes.perCall(300, 100, step::run), threads + " workers");
      }
    }
  }

  @Test
  void aDropoutWhoseStepIsFixedIsRefused() {
    GptConfig config = new GptConfig(VOCABULARY, 5, 1, 2, 2, 8, 0, Positions.ROTARY, false);
    for (GptConfig dropping : List.of(config.withDropout(0.5f, 0), config.withDropout(0, 0.5f))) {
      try (Workers workers = Workers.of(1);
          Training training = new Training(dropping, workers);
          CapturedStep step = CapturedStep.of(workers, training::lossOfThisStep)) {
        training.batch(1);
        String text =
            String.valueOf(assertThrows(IllegalStateException.class, step::run).getMessage());
        assertTrue(text.startsWith("dropout with the fixed step 1 cannot be captured"), text);
        assertEquals(0f, training.gpt.parameters().getFirst().gradient().get(JAVA_FLOAT, 0));
      }
    }
  }
}
