package dev.lanewise.cli.model;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.parallel.Workers;
import java.util.List;

/** A model that predicts the next token of a text, with its parameters in a slab. */
public interface LanguageModel {
  /** What fixes its parameters. */
  ModelShape shape();

  /** Every parameter, in the order of the forward pass. */
  List<Parameter> parameters();

  /** The parameters that weight decay is for: matrices, not biases, gains and embeddings. */
  List<Parameter> decayed();

  /** The matrices between embedding and output: what Muon is for. */
  List<Parameter> hiddenMatrices();

  /**
   * The mean cross-entropy, in nats, of the first {@code rows} rows of a batch.
   *
   * @param batch of {@link ModelShape#context} tokens and {@link ModelShape#predictions} a row
   * @param step which draws what is random about a step in training, asked for in each run where
   *     the tape captures one
   */
  Tensor loss(Tape tape, Batch batch, int rows, DropoutStep step);

  /** Reads a text token by token. */
  Predictor predictor(Slab slab, Workers workers);
}
