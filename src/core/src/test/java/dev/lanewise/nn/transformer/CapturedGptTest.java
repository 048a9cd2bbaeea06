package dev.lanewise.nn.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A training step of a GPT, captured once and replayed. */
final class CapturedGptTest {
  private static final int BATCH = 2;
  private static final int LENGTH = 12;
  private static final GptConfig CONFIG =
      new GptConfig(40, LENGTH, 2, 4, 2, 32, 0, Positions.ROTARY, true);

  private static final class Model implements AutoCloseable {
    final Slab slab = Slab.open("model", 1 << 20);
    final Gpt gpt = Gpt.of(slab, CONFIG, 1);
    final MemorySegment tokens = slab.allocateInts(BATCH * (long) LENGTH);
    final MemorySegment targets = slab.allocateInts(BATCH * (long) LENGTH);
    final AdamW optimizer = AdamW.over(gpt.parameters()).clipGlobalNorm(1);

    void batch(int number) {
      Random random = new Random(number);
      for (int i = 0; i < BATCH * LENGTH; i++) {
        tokens.setAtIndex(JAVA_INT, i, random.nextInt(40));
        targets.setAtIndex(JAVA_INT, i, random.nextInt(40));
      }
    }

    Tensor loss(Tape tape) {
      return gpt.loss(tape, tokens, targets, BATCH, LENGTH, 0);
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  @Test
  void aReplayGivesTheBitsOfTheTape() {
    for (int threads : new int[] {1, 2}) {
      try (Workers workers = Workers.of(threads);
          Model eager = new Model();
          Model replayed = new Model();
          CapturedStep step = CapturedStep.of(workers, replayed::loss)) {
        for (int number = 0; number < 4; number++) {
          eager.batch(number);
          replayed.batch(number);
          try (Tape tape = Tape.open(eager.slab, workers)) {
            Tensor loss = eager.loss(tape);
            loss.backward();
            assertEquals(loss.item(), step.run(), "step " + number);
          }
          for (int p = 0; p < eager.gpt.parameters().size(); p++) {
            Parameter expected = eager.gpt.parameters().get(p);
            assertArrayEquals(
                expected.gradient().toArray(JAVA_FLOAT),
                replayed.gpt.parameters().get(p).gradient().toArray(JAVA_FLOAT),
                expected.name() + ", step " + number + ", " + threads + " workers");
          }
          eager.optimizer.step();
          replayed.optimizer.step();
        }
      }
    }
  }

  @Test
  void aReplayAllocatesNothing() {
    for (int threads : new int[] {1, 2}) {
      try (Workers workers = Workers.of(threads);
          Model model = new Model();
          CapturedStep step = CapturedStep.of(workers, model::loss)) {
        model.batch(1);
        step.run();
        assertEquals(0, AllocatedBytes.perCall(300, 100, step::run), threads + " workers");
      }
    }
  }
}
