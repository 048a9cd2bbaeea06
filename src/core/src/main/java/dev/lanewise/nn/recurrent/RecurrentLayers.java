package dev.lanewise.nn.recurrent;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recurrent.RecurrentWeights;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The parameters of all layers, and the states that go through them. */
final class RecurrentLayers {
  private final RecurrentConfig config;
  private final List<Parameter> parameters = new ArrayList<>();

  /** For each layer its directions. */
  private final List<List<RecurrentWeights>> weights = new ArrayList<>();

  /** One layer. */
  @FunctionalInterface
  interface Layer {
    /** The output, and behind it the last states of each kind. */
    List<Tensor> forward(
        Tensor x, List<RecurrentWeights> weights, @Nullable Tensor h0, @Nullable Tensor c0);
  }

  /**
   * All parameters, uniform in {@code [-1 / sqrt(hidden), 1 / sqrt(hidden))}, as PyTorch starts
   * them.
   *
   * @param gates blocks of rows that a weight has
   */
  RecurrentLayers(Slab slab, String name, RecurrentConfig config, int gates, long seed) {
    this.config = config;
    Init init = Init.uniform(seed, 1 / Math.sqrt((double) config.hidden()));
    layouts(name, config, gates)
        .forEach(
            (own, layout) -> {
              Parameter parameter = Parameter.of(own, layout, slab);
              init.fill(parameter, config.hidden());
              parameters.add(parameter);
            });
    int next = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      List<RecurrentWeights> directions = new ArrayList<>();
      for (int direction = 0; direction < config.directions(); direction++) {
        directions.add(
            new RecurrentWeights(
                parameters.get(next),
                parameters.get(next + 1),
                config.bias() ? parameters.get(next + 2) : null,
                config.bias() ? parameters.get(next + 3) : null));
        next += config.bias() ? 4 : 2;
      }
      weights.add(directions);
    }
  }

  /** Name and layout of each parameter, in order, as PyTorch names them. */
  static SequencedMap<String, TensorLayout> layouts(
      String name, RecurrentConfig config, int gates) {
    long rows = Math.multiplyExact(gates, config.hidden());
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      for (int direction = 0; direction < config.directions(); direction++) {
        String suffix = "_l" + layer + (direction == 0 ? "" : "_reverse");
        layouts.put(name + ".weight_ih" + suffix, TensorLayout.of(rows, config.inputsOf(layer)));
        layouts.put(name + ".weight_hh" + suffix, TensorLayout.of(rows, config.hidden()));
        if (config.bias()) {
          layouts.put(name + ".bias_ih" + suffix, TensorLayout.of(rows));
          layouts.put(name + ".bias_hh" + suffix, TensorLayout.of(rows));
        }
      }
    }
    return layouts;
  }

  /**
   * Runs x through all layers.
   *
   * @param h0 [layers directions, batch, hidden], or null for zeros
   * @param c0 alike
   * @return the output of the last layer, and behind it the last states of all layers of each kind
   */
  List<Tensor> forward(Tape tape, Tensor x, @Nullable Tensor h0, @Nullable Tensor c0, Layer layer) {
    requireStates("h0", x, h0);
    requireStates("c0", x, c0);
    List<List<Tensor>> states = new ArrayList<>();
    Tensor y = x;
    for (int i = 0; i < config.layers(); i++) {
      List<Tensor> result = layer.forward(y, weights.get(i), part(tape, h0, i), part(tape, c0, i));
      y = result.getFirst();
      states.add(result.subList(1, result.size()));
    }
    List<Tensor> all = new ArrayList<>();
    all.add(y);
    for (int kind = 0; kind < states.getFirst().size(); kind++) {
      all.add(joined(tape, states, kind));
    }
    return all;
  }

  private @Nullable Tensor part(Tape tape, @Nullable Tensor states, int layer) {
    if (states == null || config.layers() == 1) {
      return states;
    }
    long first = (long) layer * config.directions();
    return SliceOps.slice(tape, states, 0, first, config.directions());
  }

  private Tensor joined(Tape tape, List<List<Tensor>> states, int kind) {
    Tensor[] parts = states.stream().map(layer -> layer.get(kind)).toArray(Tensor[]::new);
    return parts.length == 1 ? parts[0] : SliceOps.concat(tape, 0, parts);
  }

  private void requireStates(String name, Tensor x, @Nullable Tensor states) {
    if (states == null || x.layout().rank() != 3) {
      return;
    }
    TensorLayout wanted =
        TensorLayout.of(
            Math.multiplyExact((long) config.layers(), config.directions()),
            x.layout().dim(1),
            config.hidden());
    if (!states.layout().equals(wanted)) {
      throw new IllegalArgumentException(
          name
              + " is "
              + states.layout()
              + ", x is "
              + x.layout()
              + ": [layers directions, batch, hidden] is wanted, here "
              + wanted);
    }
  }

  List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  List<Parameter> matrices() {
    return parameters.stream().filter(parameter -> parameter.layout().rank() == 2).toList();
  }
}
