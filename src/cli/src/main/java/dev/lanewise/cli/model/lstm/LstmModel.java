package dev.lanewise.cli.model.lstm;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.autograd.rows.LinearLossOps;
import dev.lanewise.autograd.shapes.TransposeOps;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.recurrent.Lstm;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A language model: the vectors of tokens through recurrent layers, and a linear layer from the
 * output of each step to the logits of the token after it.
 *
 * <p>Source: A. Graves: Generating Sequences With Recurrent Neural Networks, 2013, with the layers
 * one behind the other alone.
 */
final class LstmModel implements LanguageModel {
  /** Small first logits: the training starts near the uniform distribution. */
  private static final float OUTPUT_SCALE = 0.1f;

  private final LstmShape shape;
  private final Embedding embedding;
  private final Lstm lstm;
  private final Linear output;

  LstmModel(Slab slab, LstmShape shape, long seed) {
    this.shape = shape;
    embedding =
        Embedding.of(
            slab, "embedding", shape.vocabulary(), shape.embedding(), Init.normal(seed, 1));
    lstm = Lstm.of(slab, LstmShape.LSTM, shape.config(), seed);
    Init small = Init.kaimingNormal(seed).scaled(OUTPUT_SCALE);
    output = Linear.of(slab, "output", shape.hidden(), shape.vocabulary(), small);
  }

  @Override
  public LstmShape shape() {
    return shape;
  }

  /**
   * The states of all tokens.
   *
   * @param tokens native int32 [rows, steps]
   * @param h0 [layers, rows, hidden], or null for zeros
   * @param c0 as h0
   * @return y [steps, rows, hidden], and the states behind it
   */
  RecurrentOps.LstmStates states(
      Tape tape,
      MemorySegment tokens,
      int rows,
      int steps,
      @Nullable Tensor h0,
      @Nullable Tensor c0) {
    Tensor vectors = embedding.forward(tape, tokens, Math.multiplyExact((long) rows, steps));
    Tensor byRows = ShapeOps.reshape(tape, vectors, rows, steps, shape.embedding());
    return lstm.forward(tape, TransposeOps.transpose(tape, byRows, 0, 1), h0, c0, null);
  }

  /** From states [n, hidden] to logits [n, vocabulary]. */
  Tensor logits(Tape tape, Tensor states) {
    return output.forward(tape, states);
  }

  /** {@inheritDoc} Each row begins with states of 0. Nothing is random about a step. */
  @Override
  public Tensor loss(Tape tape, Batch batch, int rows, DropoutStep step) {
    int steps = shape.context();
    Tensor y = states(tape, batch.contexts(rows), rows, steps, null, null).y();
    long count = Math.multiplyExact((long) rows, steps);
    Tensor byRows =
        ShapeOps.reshape(tape, TransposeOps.transpose(tape, y, 0, 1), count, shape.hidden());
    return LinearLossOps.crossEntropyMean(
        tape, byRows, output.weight(), output.bias(), batch.targets(rows));
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding.parameters());
    all.addAll(lstm.parameters());
    all.addAll(output.parameters());
    return all;
  }

  /** The weights of the recurrent layers and of the output. */
  @Override
  public List<Parameter> decayed() {
    List<Parameter> weights = new ArrayList<>(hiddenMatrices());
    weights.add(output.weight());
    return weights;
  }

  @Override
  public List<Parameter> hiddenMatrices() {
    return lstm.matrices();
  }

  @Override
  public Predictor predictor(Slab slab, Workers workers) {
    return new LstmPredictor(this, slab, workers);
  }
}
