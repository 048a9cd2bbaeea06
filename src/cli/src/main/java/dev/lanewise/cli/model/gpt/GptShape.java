package dev.lanewise.cli.model.gpt;

import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelKind;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.transformer.Gpt;
import dev.lanewise.nn.transformer.GptConfig;
import dev.lanewise.nn.transformer.Positions;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The hyper-parameters of a {@link Gpt} with learned positions and tied weights.
 *
 * @param vocabulary tokens there are
 * @param context tokens that the model sees
 * @param layers blocks
 * @param heads heads of attention, a divisor of {@code width}
 * @param width elements of the vector of a token
 * @param dropout part of the activations that is dropped in training
 */
public record GptShape(
    int vocabulary, int context, int layers, int heads, int width, double dropout)
    implements ModelShape {
  /** Its name, its defaults. */
  public static final ModelKind KIND =
      new ModelKind(
          "gpt",
          0.001,
          Map.of(
              "context", "128",
              "layers", "4",
              "heads", "4",
              "width", "128",
              "dropout", "0.0",
              "batch", "8",
              "weight-decay", "0.1"),
          GptShape::of);

  /** Bounds of each hyper-parameter: what a file may ask for, too. */
  public GptShape {
    Limits.check("vocabulary", vocabulary, 256, 8_192);
    Limits.check("context", context, 8, 8_192);
    Limits.check("layers", layers, 1, 64);
    Limits.check("heads", heads, 1, 256);
    Limits.check("width", width, 1, 16_384);
    Limits.checkFromZero("dropout", dropout, 0.9);
    if (width % heads != 0) {
      throw new UserError(
          "width = " + width + " is no multiple of heads = " + heads + ": give one that is");
    }
  }

  private static ModelShape of(ModelKind.Settings settings) {
    return new GptShape(
        settings.whole("vocabulary"),
        settings.whole("context"),
        settings.whole("layers"),
        settings.whole("heads"),
        settings.whole("width"),
        settings.number("dropout"));
  }

  GptConfig config() {
    return new GptConfig(
        vocabulary, context, layers, heads, heads, width, (float) dropout, Positions.LEARNED, true);
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
        "layers", Integer.toString(layers),
        "heads", Integer.toString(heads),
        "width", Integer.toString(width),
        "dropout", Double.toString(dropout));
  }

  @Override
  public SequencedMap<String, TensorLayout> layouts() {
    return Gpt.layouts(config());
  }

  @Override
  public LanguageModel random(Slab slab, long seed) {
    return new GptModel(Gpt.of(slab, config(), seed), this);
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "%d block(s) of width %d with %d head(s), context %,d, %,d tokens",
        layers,
        width,
        heads,
        context,
        vocabulary);
  }
}
