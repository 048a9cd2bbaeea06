package dev.lanewise.cli;

import dev.lanewise.cli.training.Plan;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that decide what a training does: null where none was given. */
final class TrainingOptions {
  @Option(
      names = "--model",
      paramLabel = "KIND",
      description =
          "gpt, a transformer, mlp, the last tokens through hidden layers, or lstm, a recurrent"
              + " network; train has resnet as well, a residual network for images")
  private @Nullable String model;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      description =
          "folder (with all below it), text file or zip; default: lib/src.zip of this JDK, or the"
              + " sources of Lanewise where there is none")
  private @Nullable Path corpus;

  @Option(
      names = "--corpus-limit",
      paramLabel = "MIB",
      description = "read at most this much text; default: 64")
  private @Nullable Integer corpusLimit;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description =
          "resnet: folder with the four files of MNIST or its kin, unpacked, or with a folder of"
              + " PNG, JPEG or PGM pictures for each class; default: shapes that are drawn")
  private @Nullable Path images;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "resnet: pixels of a side that pictures are made to, from the largest square in their"
              + " middle; default: 32")
  private @Nullable Integer imageSize;

  @Option(
      names = "--flip",
      arity = "1",
      paramLabel = "BOOLEAN",
      description =
          "resnet: whether an image turned left to right is of the same class; default: true for"
              + " drawn shapes, else false")
  private @Nullable Boolean flip;

  @Option(
      names = "--tokenizer",
      paramLabel = "NAME",
      description =
          "bytes, or bpe: pairs of bytes that are learnt from the corpus; default: bpe"
              + " (gpt, lstm), bytes (mlp)")
  private @Nullable String tokenizer;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "tokens of bpe, 256 to 8192; default: 1024")
  private @Nullable Integer vocabulary;

  @ArgGroup private @Nullable BudgetOptions budget;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "tokens the model sees; default: 128 (gpt), 32 (mlp), 64 (lstm)")
  private @Nullable Integer context;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description =
          "blocks of gpt, hidden layers of mlp and lstm, blocks of a stage of resnet; default:"
              + " 4, 1, 2, 3")
  private @Nullable Integer layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      description =
          "gpt: elements of a token's vector; resnet: channels of a stage; default: 128, 16")
  private @Nullable Integer width;

  @Option(names = "--heads", paramLabel = "N", description = "gpt: heads; default: 4")
  private @Nullable Integer heads;

  @Option(
      names = "--dropout",
      paramLabel = "X",
      description = "gpt: part of the activations; default: 0")
  private @Nullable Double dropout;

  @Option(
      names = "--attention-dropout",
      paramLabel = "X",
      description = "gpt: part of the probabilities of attention; default: 0")
  private @Nullable Double attentionDropout;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      description = "mlp, lstm: elements of a token's vector; default: 32, 64")
  private @Nullable Integer embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "mlp, lstm: elements of a hidden layer; default: 1024, 256")
  private @Nullable Integer hidden;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "contexts or images per step; default: 16 (gpt), 2048 (mlp), 32 (lstm), 64 (resnet)")
  private @Nullable Integer batch;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      completionCandidates = Optimizers.class,
      description = "one of ${COMPLETION-CANDIDATES}; default: muon (gpt), adamw (mlp)")
  private @Nullable String optimizer;

  @Option(
      names = "--state",
      paramLabel = "NAME",
      description =
          "how adamw and adam keep their moments: float32, bfloat16 or block8; default: float32")
  private @Nullable String state;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description = "highest learning rate; default: by optimizer and model")
  private @Nullable Double lr;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      completionCandidates = Schedules.class,
      description =
          "of the learning rate, one of ${COMPLETION-CANDIDATES}; default: linear (gpt), cosine"
              + " (mlp)")
  private @Nullable String schedule;

  @Option(
      names = "--warmup",
      paramLabel = "X",
      description = "part of the training in which the learning rate rises; default: 0.02")
  private @Nullable Double warmup;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "of the matrices; default: 0.01, 0.05 (resnet)")
  private @Nullable Double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      description = "largest norm of all gradients, 0 for any; default: 1")
  private @Nullable Double clip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of start values and batches; default: 1")
  private @Nullable Long seed;

  private static final class BudgetOptions {
    @Option(
        names = "--seconds",
        paramLabel = "X",
        description =
            "train this long (default: 110); the learning rate follows the clock, so two such"
                + " runs differ")
    private @Nullable Double seconds;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description =
            "train this many steps; a run with the same options and text repeats bit for bit")
    private @Nullable Long steps;
  }

  /** For the help. */
  private static final class Optimizers implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Plan.optimizers().iterator();
    }
  }

  /** For the help. */
  private static final class Schedules implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Plan.schedules().iterator();
    }
  }

  /** What was given, as text by the names of the options without their dashes. */
  Map<String, String> given() {
    Map<String, String> given = new LinkedHashMap<>();
    put(given, "model", model);
    put(given, "corpus", corpus);
    put(given, "corpus-limit", corpusLimit);
    put(given, "images", images);
    put(given, "image-size", imageSize);
    put(given, "flip", flip);
    put(given, "tokenizer", tokenizer);
    put(given, "vocabulary", vocabulary);
    put(given, Plan.SECONDS, budget == null ? null : budget.seconds);
    put(given, Plan.STEPS, budget == null ? null : budget.steps);
    put(given, "context", context);
    put(given, "layers", layers);
    put(given, "width", width);
    put(given, "heads", heads);
    put(given, "dropout", dropout);
    put(given, "attention-dropout", attentionDropout);
    put(given, "embedding", embedding);
    put(given, "hidden", hidden);
    put(given, "batch", batch);
    put(given, "optimizer", optimizer);
    put(given, "state", state);
    put(given, "lr", lr);
    put(given, "schedule", schedule);
    put(given, "warmup", warmup);
    put(given, "weight-decay", weightDecay);
    put(given, "clip", clip);
    put(given, "seed", seed);
    return given;
  }

  private static void put(Map<String, String> given, String name, @Nullable Object value) {
    if (value != null) {
      given.put(name, value.toString());
    }
  }
}
