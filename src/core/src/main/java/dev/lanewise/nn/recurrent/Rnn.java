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
 * Plain recurrent layers over whole sequences, see {@link RecurrentOps#rnn}. The parameters are
 * those of PyTorch's module: {@code name.weight_ih_l0} [hidden, inputs], {@code name.weight_hh_l0}
 * [hidden, hidden], {@code name.bias_ih_l0} and {@code name.bias_hh_l0} [hidden], then those of the
 * reverse direction, with {@code _reverse} behind the name, then the next layer's.
 */
public final class Rnn {
  private static final int GATES = 1;

  private final RecurrentLayers layers;
  private final boolean rectified;

  private Rnn(RecurrentLayers layers, boolean rectified) {
    this.layers = layers;
    this.rectified = rectified;
  }

  /**
   * A network with the hyperbolic tangent, whose parameters start uniform in {@code [-1 /
   * sqrt(hidden), 1 / sqrt(hidden))}, as PyTorch's do.
   *
   * @param name prefix of the parameters' names
   */
  public static Rnn tanh(Slab slab, String name, RecurrentConfig config, long seed) {
    return new Rnn(new RecurrentLayers(slab, name, config, GATES, seed), false);
  }

  /** The same with rectified linear units. */
  public static Rnn relu(Slab slab, String name, RecurrentConfig config, long seed) {
    return new Rnn(new RecurrentLayers(slab, name, config, GATES, seed), true);
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
              var states = RecurrentOps.rnn(tape, rectified, input, weights, h, lengths);
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
