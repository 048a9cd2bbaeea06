package dev.lanewise.nn.recurrent;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.RecurrentOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Gated recurrent units over whole sequences, see {@link RecurrentOps#gru}. The parameters are
 * those of PyTorch's module: {@code name.weight_ih_l0} [3 hidden, inputs], {@code
 * name.weight_hh_l0} [3 hidden, hidden], {@code name.bias_ih_l0} and {@code name.bias_hh_l0} [3
 * hidden], gates {@code r z n}, then those of the reverse direction, with {@code _reverse} behind
 * the name, then the next layer's.
 */
public final class Gru {
  private static final int GATES = 3;

  private final RecurrentLayers layers;

  private Gru(RecurrentLayers layers) {
    this.layers = layers;
  }

  /**
   * A network whose parameters start uniform in {@code [-1 / sqrt(hidden), 1 / sqrt(hidden))}, as
   * PyTorch's do.
   *
   * @param name prefix of the parameters' names
   */
  public static Gru of(Slab slab, String name, RecurrentConfig config, long seed) {
    return new Gru(new RecurrentLayers(slab, name, config, GATES, seed));
  }

  /** Name and layout of each parameter, in order. */
  public static SequencedMap<String, TensorLayout> layouts(String name, RecurrentConfig config) {
    return RecurrentLayers.layouts(name, config, GATES);
  }

  /** All steps of all rows, from states of 0. */
  public RecurrentOps.States forward(Tape tape, Tensor x) {
    return forward(tape, x, null, null);
  }

  /**
   * The steps that each row has.
   *
   * @param x [steps, batch, inputs]
   * @param h0 [layers directions, batch, hidden], or null for zeros
   * @param lengths native int32, the steps of each row, or null where all have all
   * @return y [steps, batch, directions hidden] of the last layer, h as h0
   */
  public RecurrentOps.States forward(
      Tape tape, Tensor x, @Nullable Tensor h0, @Nullable MemorySegment lengths) {
    List<Tensor> result =
        layers.forward(
            tape,
            x,
            h0,
            null,
            (input, weights, h, c) -> {
              var states = RecurrentOps.gru(tape, input, weights, h, lengths);
              return List.of(states.y(), states.h());
            });
    return new RecurrentOps.States(result.get(0), result.get(1));
  }

  /** Those of the first layer first, weights before biases. */
  public List<Parameter> parameters() {
    return layers.parameters();
  }

  /** The weights alone. */
  public List<Parameter> matrices() {
    return layers.matrices();
  }
}
