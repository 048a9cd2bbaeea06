package dev.lanewise.cli.model.mlp;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.Tape;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The last tokens of a text, and one forward pass for each question. */
final class MlpPredictor implements Predictor {
  private final MlpModel model;
  private final Slab slab;
  private final Workers workers;
  private final int[] last;
  private final MemorySegment context;
  private final float[] logits;

  MlpPredictor(MlpModel model, Slab slab, Workers workers) {
    this.model = model;
    this.slab = slab;
    this.workers = workers;
    last = new int[model.shape().context()];
    context = slab.allocateInts(last.length);
    logits = new float[model.shape().vocabulary()];
    restart();
  }

  @Override
  public void restart() {
    Arrays.fill(last, Tokenizer.END_OF_FILE);
  }

  @Override
  public float[] read(int... tokens) {
    int kept = Math.max(0, last.length - tokens.length);
    System.arraycopy(last, last.length - kept, last, 0, kept);
    System.arraycopy(tokens, tokens.length - last.length + kept, last, kept, last.length - kept);
    MemorySegment.copy(last, 0, context, JAVA_INT, 0, last.length);
    try (Tape tape = Tape.noGrad(slab, workers)) {
      MemorySegment.copy(
          model.forward(tape, context, 1).data(), JAVA_FLOAT, 0, logits, 0, logits.length);
    }
    return logits;
  }

  /** Nothing to give back: one context stays with the slab. */
  @Override
  public void close() {}
}
