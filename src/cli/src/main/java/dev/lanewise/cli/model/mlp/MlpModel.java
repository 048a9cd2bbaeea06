package dev.lanewise.cli.model.mlp;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Linear;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A language model: the vectors of the last {@code context} tokens side by side, hidden layers with
 * GELU, a linear layer to the logits of the next token.
 *
 * <p>Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin: A Neural Probabilistic Language Model,
 * 2003, with GELU for tanh and tokens for words.
 */
public final class MlpModel implements LanguageModel {
  /** Small first logits: the training starts near the uniform distribution. */
  private static final float OUTPUT_SCALE = 0.1f;

  private final MlpShape shape;
  private final Embedding embedding;
  private final List<Linear> hidden = new ArrayList<>();
  private final Linear output;

  private MlpModel(Slab slab, MlpShape shape, long seed) {
    this.shape = shape;
    embedding =
        Embedding.of(
            slab, "embedding", shape.vocabulary(), shape.embedding(), Init.normal(seed, 1));
    for (int layer = 0; layer < shape.layers(); layer++) {
      String name = MlpShape.hiddenName(layer);
      hidden.add(
          Linear.of(slab, name, shape.inputs(layer), shape.hidden(), Init.kaimingNormal(seed)));
    }
    Init small = Init.kaimingNormal(seed).scaled(OUTPUT_SCALE);
    output = Linear.of(slab, "output", shape.hidden(), shape.vocabulary(), small);
  }

  /** A model with random start values, the same bits for the same seed. */
  public static MlpModel random(Slab slab, MlpShape shape, long seed) {
    return new MlpModel(slab, shape, seed);
  }

  @Override
  public MlpShape shape() {
    return shape;
  }

  /**
   * The logits of the token after each context.
   *
   * @param contexts native int32 [rows, context]
   * @return [rows, vocabulary]
   */
  Tensor forward(Tape tape, MemorySegment contexts, int rows) {
    int context = shape.context();
    Tensor vectors = embedding.forward(tape, contexts, Math.multiplyExact((long) rows, context));
    Tensor x = ShapeOps.reshape(tape, vectors, rows, shape.inputs(0));
    for (Linear layer : hidden) {
      x = ElementwiseOps.gelu(tape, layer.forward(tape, x));
    }
    return output.forward(tape, x);
  }

  /** {@inheritDoc} Nothing is random about a step. */
  @Override
  public Tensor loss(Tape tape, Batch batch, int rows, DropoutStep step) {
    return LossOps.crossEntropyMean(
        tape, forward(tape, batch.contexts(rows), rows), batch.targets(rows));
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding.parameters());
    hidden.forEach(layer -> all.addAll(layer.parameters()));
    all.addAll(output.parameters());
    return all;
  }

  /** The weights of the linear layers. */
  @Override
  public List<Parameter> decayed() {
    List<Parameter> weights = new ArrayList<>(hiddenMatrices());
    weights.add(output.weight());
    return weights;
  }

  @Override
  public List<Parameter> hiddenMatrices() {
    return hidden.stream().map(Linear::weight).toList();
  }

  @Override
  public Predictor predictor(Slab slab, Workers workers) {
    return new MlpPredictor(this, slab, workers);
  }
}
