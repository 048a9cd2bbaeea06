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
 * @param attentionDropout part of the probabilities of attention, alike
 */
public record GptShape(
    int vocabulary,
    int context,
    int layers,
    int heads,
    int width,
    double dropout,
    double attentionDropout)
    implements ModelShape {
  private static final String ATTENTION_DROPOUT = "attention-dropout";

  /** Its name, its defaults. */
  public static final ModelKind KIND =
      new ModelKind(
          "gpt",
          0.001,
          Map.ofEntries(
              Map.entry("context", "128"),
              Map.entry("layers", "4"),
              Map.entry("heads", "4"),
              Map.entry("width", "128"),
              Map.entry("dropout", "0.0"),
              Map.entry(ATTENTION_DROPOUT, "0.0"),
              Map.entry("batch", "16"),
              Map.entry("weight-decay", "0.01"),
              Map.entry("tokenizer", "bpe"),
              Map.entry("optimizer", "muon"),
              Map.entry("schedule", "linear")),
          GptShape::of);

  /** Bounds of each hyper-parameter: what a file may ask for, too. */
  public GptShape {
    Limits.check("vocabulary", vocabulary, 256, 8_192);
    Limits.check("context", context, 8, 8_192);
    Limits.check("layers", layers, 1, 64);
    Limits.check("heads", heads, 1, 256);
    Limits.check("width", width, 1, 16_384);
    Limits.checkFromZero("dropout", dropout, 0.9);
    Limits.checkFromZero(ATTENTION_DROPOUT, attentionDropout, 0.9);
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
        settings.number("dropout"),
        // Files from before there was one do not tell it.
        settings.texts().containsKey(ATTENTION_DROPOUT) ? settings.number(ATTENTION_DROPOUT) : 0);
  }

  GptConfig config() {
    return GptConfig.of(vocabulary, context, layers, heads, width)
        .withDropout((float) dropout, (float) attentionDropout);
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
        "vocabulary",
        Integer.toString(vocabulary),
        "context",
        Integer.toString(context),
        "layers",
        Integer.toString(layers),
        "heads",
        Integer.toString(heads),
        "width",
        Integer.toString(width),
        "dropout",
        Double.toString(dropout),
        ATTENTION_DROPOUT,
        Double.toString(attentionDropout));
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
