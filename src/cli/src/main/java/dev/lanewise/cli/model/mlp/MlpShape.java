package dev.lanewise.cli.model.mlp;

import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelKind;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The hyper-parameters that fix the parameters of a {@link MlpModel}.
 *
 * @param vocabulary tokens there are
 * @param context tokens that the model sees
 * @param embedding elements of the vector of a token
 * @param hidden elements of a hidden layer
 * @param layers hidden layers
 */
public record MlpShape(int vocabulary, int context, int embedding, int hidden, int layers)
    implements ModelShape {
  /** Its name, its defaults. */
  public static final ModelKind KIND =
      new ModelKind(
          "mlp",
          0.003,
          Map.of(
              "context", "32",
              "embedding", "32",
              "hidden", "1024",
              "layers", "1",
              "batch", "2048",
              "weight-decay", "0.01"),
          MlpShape::of);

  /** Bounds of each hyper-parameter: what a file may ask for, too. */
  public MlpShape {
    Limits.check("vocabulary", vocabulary, 256, 8_192);
    Limits.check("context", context, 16, 64);
    Limits.check("embedding", embedding, 1, 1_024);
    Limits.check("hidden", hidden, 1, 16_384);
    Limits.check("layers", layers, 1, 16);
  }

  private static ModelShape of(ModelKind.Settings settings) {
    return new MlpShape(
        settings.whole("vocabulary"),
        settings.whole("context"),
        settings.whole("embedding"),
        settings.whole("hidden"),
        settings.whole("layers"));
  }

  @Override
  public String kind() {
    return KIND.name();
  }

  @Override
  public int predictions() {
    return 1;
  }

  @Override
  public Map<String, String> settings() {
    return Map.of(
        "vocabulary", Integer.toString(vocabulary),
        "context", Integer.toString(context),
        "embedding", Integer.toString(embedding),
        "hidden", Integer.toString(hidden),
        "layers", Integer.toString(layers));
  }

  @Override
  public SequencedMap<String, TensorLayout> layouts() {
    SequencedMap<String, TensorLayout> layouts = new LinkedHashMap<>();
    layouts.put("embedding.weight", TensorLayout.of(vocabulary, embedding));
    for (int layer = 0; layer < layers; layer++) {
      layouts.put(hiddenName(layer) + ".weight", TensorLayout.of(hidden, inputs(layer)));
      layouts.put(hiddenName(layer) + ".bias", TensorLayout.of(hidden));
    }
    layouts.put("output.weight", TensorLayout.of(vocabulary, hidden));
    layouts.put("output.bias", TensorLayout.of(vocabulary));
    return layouts;
  }

  static String hiddenName(int layer) {
    return "hidden." + layer;
  }

  /** Elements of a row that goes into a hidden layer. */
  int inputs(int layer) {
    return layer == 0 ? Math.multiplyExact(context, embedding) : hidden;
  }

  @Override
  public LanguageModel random(Slab slab, long seed) {
    return MlpModel.random(slab, this, seed);
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "last %d tokens x %d, %d hidden layer(s) of %d, %,d logits",
        context,
        embedding,
        layers,
        hidden,
        vocabulary);
  }
}
