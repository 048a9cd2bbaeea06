package dev.lanewise.cli.model;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.Map;
import java.util.SequencedMap;

/** The kind of a model and the hyper-parameters that fix its parameters, all of them in range. */
public interface ModelShape {
  /** What the command line calls this kind. */
  String kind();

  /** Tokens there are. */
  int vocabulary();

  /** Most tokens that the model sees before the one it predicts. */
  int context();

  /** Tokens that a row of a batch predicts; the last of them is the one after its context. */
  int predictions();

  /** The hyper-parameters as a file tells them. */
  Map<String, String> settings();

  /** Name and layout of each parameter, in the order of the forward pass. */
  SequencedMap<String, TensorLayout> layouts();

  /** A model with random start values, the same bits for the same seed. */
  LanguageModel random(Slab slab, long seed);

  /** One line for people. */
  String description();

  /** All elements of all parameters. */
  default long parameters() {
    return layouts().values().stream().mapToLong(TensorLayout::elements).sum();
  }
}
