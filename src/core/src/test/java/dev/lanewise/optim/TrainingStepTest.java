package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The whole of a training step of a byte-level language model: forward, loss, backward, optimizer.
 */
final class TrainingStepTest {
  private static final int CLASSES = 64;
  private static final int CONTEXT = 4;
  private static final int BATCH = 48;

  /**
   * Objects of the tape once all is compiled: tensors, vjps, tasks, layouts; about 4 kB, the same
   * for any batch size or width of the model. The bound leaves room for code that still runs
   * interpreted.
   */
  private static final long HEAP_BYTES_BOUND = 16_384;

  private static final class Model implements AutoCloseable {
    final Slab slab = Slab.open("model", 1 << 20);
    final Embedding embedding = Embedding.of(slab, "embedding", CLASSES, 24, Init.normal(1, 1));
    final Linear hidden = Linear.of(slab, "hidden", CONTEXT * 24, 80, Init.kaimingUniform(1));
    final Linear output =
        Linear.of(slab, "output", 80, CLASSES, Init.kaimingUniform(1).scaled(0.1f));
    final MemorySegment contexts = slab.allocateInts(BATCH * (long) CONTEXT);
    final MemorySegment targets = slab.allocateInts(BATCH);
    final AdamW optimizer;
    final Workers workers;

    Model(Workers workers) {
      this.workers = workers;
      optimizer = AdamW.over(parameters()).lr(3e-3f).clipGlobalNorm(1).workers(workers);
      Random random = new Random(11);
      int[] bytes = new int[BATCH * CONTEXT];
      int[] next = new int[BATCH];
      for (int row = 0; row < BATCH; row++) {
        for (int i = 0; i < CONTEXT; i++) {
          bytes[row * CONTEXT + i] = random.nextInt(CLASSES);
        }
        next[row] = (bytes[row * CONTEXT] + 3 * bytes[row * CONTEXT + 3]) % CLASSES;
      }
      contexts.copyFrom(MemorySegment.ofArray(bytes));
      targets.copyFrom(MemorySegment.ofArray(next));
    }

    List<Parameter> parameters() {
      List<Parameter> parameters = new ArrayList<>(embedding.parameters());
      parameters.addAll(hidden.parameters());
      parameters.addAll(output.parameters());
      return parameters;
    }

    float step() {
      float value;
      try (Tape tape = Tape.open(slab, workers)) {
        Tensor x = embedding.forward(tape, contexts, BATCH * (long) CONTEXT);
        Tensor rows = ShapeOps.reshape(tape, x, BATCH, CONTEXT * 24L);
        Tensor logits = output.forward(tape, ElementwiseOps.gelu(tape, hidden.forward(tape, rows)));
        Tensor loss = LossOps.crossEntropyMean(tape, logits, targets);
        loss.backward();
        value = loss.item();
      }
      optimizer.step();
      return value;
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  @Test
  void theModelLearnsItsBatchByHeartWithoutMappingMemoryAfterTheFirstStep() {
    try (Model model = new Model(Workers.shared())) {
      float first = model.step();
      long reserved = model.slab.reservedBytes();
      float last = first;
      for (int step = 0; step < 150; step++) {
        last = model.step();
      }
      assertEquals(Math.log(CLASSES), first, 0.2, "nothing is known at the start");
      assertTrue(last < 0.1, "loss after 150 steps: " + last);
      assertEquals(reserved, model.slab.reservedBytes());
    }
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfWorkers() {
    List<float[]> expected = List.of();
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads);
          Model model = new Model(workers)) {
        for (int step = 0; step < 3; step++) {
          model.step();
        }
        List<float[]> actual = model.parameters().stream().map(Tensor::toArray).toList();
        if (expected.isEmpty()) {
          expected = actual;
        }
        for (int p = 0; p < actual.size(); p++) {
          assertArrayEquals(
              expected.get(p),
              actual.get(p),
              model.parameters().get(p).name() + ", " + threads + " workers");
        }
      }
    }
  }

  @Test
  void aTrainingStepAllocatesOnlyTheObjectsOfItsTape() {
    AllocatedBytes.assumeNothingIsBoxed();
    try (Model model = new Model(Workers.shared())) {
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long best = Long.MAX_VALUE;
      long deadline = System.nanoTime() + 15_000_000_000L;
      do {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int step = 0; step < 50; step++) {
          model.step();
        }
        best = Math.min(best, (threads.getCurrentThreadAllocatedBytes() - before) / 50);
      } while (best > HEAP_BYTES_BOUND && System.nanoTime() < deadline);
      System.out.println("heap bytes of a training step: " + best);
      assertTrue(best <= HEAP_BYTES_BOUND, best + " heap bytes in a training step");
    }
  }
}
