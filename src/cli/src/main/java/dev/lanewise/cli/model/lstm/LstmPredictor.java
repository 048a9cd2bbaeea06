package dev.lanewise.cli.model.lstm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Keeps the states behind what was read: a token costs one step, however long the text is. */
final class LstmPredictor implements Predictor {
  /** Tokens of one pass, which bounds its memory. */
  private static final int CHUNK = 1024;

  private final LstmModel model;
  private final Slab slab;
  private final Workers workers;
  private final TensorLayout shape;
  private final MemorySegment h;
  private final MemorySegment c;
  private final float[] logits;

  LstmPredictor(LstmModel model, Slab slab, Workers workers) {
    this.model = model;
    this.slab = slab;
    this.workers = workers;
    shape = TensorLayout.of(model.shape().layers(), 1, model.shape().hidden());
    h = slab.allocate(shape);
    c = slab.allocate(shape);
    logits = new float[model.shape().vocabulary()];
    restart();
  }

  @Override
  public void restart() {
    h.fill((byte) 0);
    c.fill((byte) 0);
  }

  @Override
  public float[] read(int... tokens) {
    for (int begin = 0; begin < tokens.length; begin += CHUNK) {
      step(Arrays.copyOfRange(tokens, begin, Math.min(tokens.length, begin + CHUNK)));
    }
    return logits;
  }

  private void step(int... tokens) {
    try (Tape tape = Tape.noGrad(slab, workers)) {
      var states =
          model.states(
              tape,
              tape.ints(tokens),
              1,
              tokens.length,
              Tensor.constant(shape, h),
              Tensor.constant(shape, c));
      Tensor last = SliceOps.slice(tape, states.y(), 0, tokens.length - 1L, 1);
      Tensor row = ShapeOps.reshape(tape, last, 1, model.shape().hidden());
      MemorySegment.copy(model.logits(tape, row).data(), JAVA_FLOAT, 0, logits, 0, logits.length);
      h.copyFrom(states.h().data());
      c.copyFrom(states.c().data());
    }
  }

  /** Nothing to give back: two states stay with the slab. */
  @Override
  public void close() {}
}
