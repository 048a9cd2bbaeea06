package dev.lanewise.cli.model;

import dev.lanewise.memory.TensorLayout;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The hyper-parameters that fix the parameters of a {@link ByteModel}.
 *
 * @param context bytes that the model sees
 * @param embedding elements of the vector of a byte
 * @param hidden elements of a hidden layer
 * @param layers hidden layers
 */
public record Shape(int context, int embedding, int hidden, int layers) {
  /** Values of a byte. */
  public static final int BYTES = 256;

  /** Bounds of each hyper-parameter: what a file may ask for, too. */
  public Shape {
    Limits.check("context", context, 16, 64);
    Limits.check("embedding", embedding, 1, 1_024);
    Limits.check("hidden", hidden, 1, 16_384);
    Limits.check("layers", layers, 1, 16);
  }

  /** Name and layout of each parameter, in the order of the forward pass. */
  SequencedMap<String, TensorLayout> layouts() {
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    layouts.put("embedding.weight", TensorLayout.of(BYTES, embedding));
    for (int layer = 0; layer < layers; layer++) {
      layouts.put(hiddenName(layer) + ".weight", TensorLayout.of(hidden, inputs(layer)));
      layouts.put(hiddenName(layer) + ".bias", TensorLayout.of(hidden));
    }
    layouts.put("output.weight", TensorLayout.of(BYTES, hidden));
    layouts.put("output.bias", TensorLayout.of(BYTES));
    return layouts;
  }

  static String hiddenName(int layer) {
    return "hidden." + layer;
  }

  /** Elements of a row that goes into a hidden layer. */
  int inputs(int layer) {
    return layer == 0 ? Math.multiplyExact(context, embedding) : hidden;
  }

  /** All parameters. */
  public long parameters() {
    return layouts().values().stream().mapToLong(TensorLayout::elements).sum();
  }
}
