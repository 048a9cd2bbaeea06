package dev.lanewise.cli.model.lstm;

import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelKind;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.recurrent.Lstm;
import dev.lanewise.nn.recurrent.RecurrentConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The hyper-parameters that fix the parameters of a {@link LstmModel}.
 *
 * @param vocabulary tokens there are
 * @param context tokens of a row in training, from states of 0
 * @param embedding elements of the vector of a token
 * @param hidden elements of a state
 * @param layers recurrent layers
 */
public record LstmShape(int vocabulary, int context, int embedding, int hidden, int layers)
    implements ModelShape {
  /** Its name, its defaults. */
  public static final ModelKind KIND =
      new ModelKind(
          "lstm",
          0.01,
          Map.of(
              "context", "64",
              "embedding", "64",
              "hidden", "256",
              "layers", "2",
              "batch", "32",
              "weight-decay", "0.01",
              "tokenizer", "bpe"),
          LstmShape::of);

  /** How the parameters of the recurrent layers are named. */
  static final String LSTM = "lstm";

  /** Bounds of each hyper-parameter: what a file may ask for, too. */
  public LstmShape {
    Limits.check("vocabulary", vocabulary, 256, 8_192);
    Limits.check("context", context, 8, 8_192);
    Limits.check("embedding", embedding, 1, 1_024);
    Limits.check("hidden", hidden, 1, 16_384);
    Limits.check("layers", layers, 1, 16);
  }

  private static ModelShape of(ModelKind.Settings settings) {
    return new LstmShape(
        settings.whole("vocabulary"),
        settings.whole("context"),
        settings.whole("embedding"),
        settings.whole("hidden"),
        settings.whole("layers"));
  }

  RecurrentConfig config() {
    return RecurrentConfig.of(embedding, hidden).withLayers(layers);
  }

  @Override
  public String kind() {
    return KIND.name();
  }

  /** {@inheritDoc} All of them: the token after each one of the context. */
  @Override
  public int predictions() {
    return context;
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
    layouts.putAll(Lstm.layouts(LSTM, config()));
    layouts.put("output.weight", TensorLayout.of(vocabulary, hidden));
    layouts.put("output.bias", TensorLayout.of(vocabulary));
    return layouts;
  }

  @Override
  public LanguageModel random(Slab slab, long seed) {
    return new LstmModel(slab, this, seed);
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "%d recurrent layer(s) of %d on vectors of %d, rows of %,d, %,d tokens",
        layers,
        hidden,
        embedding,
        context,
        vocabulary);
  }
}
