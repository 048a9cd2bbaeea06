package dev.lanewise.cli.model.gpt;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.transformer.Gpt;
import dev.lanewise.parallel.Workers;
import java.util.List;

/** A {@link Gpt} that is trained on rows of its context. */
final class GptModel implements LanguageModel {
  /** How the parameters of blocks are named. */
  private static final String BLOCK = "h.";

  private final Gpt gpt;
  private final GptShape shape;

  GptModel(Gpt gpt, GptShape shape) {
    this.gpt = gpt;
    this.shape = shape;
  }

  @Override
  public GptShape shape() {
    return shape;
  }

  @Override
  public List<Parameter> parameters() {
    return gpt.parameters();
  }

  @Override
  public List<Parameter> decayed() {
    return gpt.decayed();
  }

  /** {@inheritDoc} Those of the blocks. */
  @Override
  public List<Parameter> hiddenMatrices() {
    return gpt.decayed().stream().filter(parameter -> parameter.name().startsWith(BLOCK)).toList();
  }

  /** {@inheritDoc} Dropout, if there is any, on a tape that records. */
  @Override
  public Tensor loss(Tape tape, Batch batch, int rows, DropoutStep step) {
    return gpt.loss(tape, batch.contexts(rows), batch.targets(rows), rows, shape.context(), step);
  }

  @Override
  public Predictor predictor(Slab slab, Workers workers) {
    return new GptPredictor(gpt, slab, workers);
  }
}
