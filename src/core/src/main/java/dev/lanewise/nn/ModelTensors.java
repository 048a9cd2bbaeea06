package dev.lanewise.nn;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The live memory of a model by name, as {@code Safetensors} and {@code Checkpoints} take it. */
public final class ModelTensors {
  private ModelTensors() {}

  /**
   * Parameters, then buffers, in order.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  public static SequencedMap<String, Safetensors.Entry> of(
      List<Parameter> parameters, List<Buffer> buffers) {
    SequencedMap<String, Safetensors.Entry> all = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      put(all, parameter.name(), new Safetensors.Entry(parameter.layout(), parameter.data()));
    }
    for (Buffer buffer : buffers) {
      put(all, buffer.name(), new Safetensors.Entry(buffer.layout(), buffer.data()));
    }
    return all;
  }

  private static void put(
      SequencedMap<String, Safetensors.Entry> all, String name, Safetensors.Entry entry) {
    if (all.putIfAbsent(name, entry) != null) {
      throw new IllegalArgumentException(
          "two tensors of the model are called \"" + name + "\": give each layer its own name");
    }
  }
}
