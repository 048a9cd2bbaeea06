package dev.lanewise.cli;

import dev.lanewise.blas.MachineLimits;
import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.corpus.CountModel;
import dev.lanewise.cli.corpus.GzipBaseline;
import dev.lanewise.cli.model.Budget;
import dev.lanewise.cli.model.ByteModel;
import dev.lanewise.cli.model.Evaluation;
import dev.lanewise.cli.model.Limits;
import dev.lanewise.cli.model.ModelFile;
import dev.lanewise.cli.model.Sampler;
import dev.lanewise.cli.model.Shape;
import dev.lanewise.cli.model.Trainer;
import dev.lanewise.cli.report.LearningCurve;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = "Trains a byte-level language model on text and saves it. Ctrl-C saves first.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false)
final class TrainCommand implements Runnable {
  /** Held-out bytes of the last evaluation: a few seconds. */
  private static final int FINAL_BYTES = 131_072;

  private static final int SAMPLE_BYTES = 600;

  private static final double SAMPLE_TEMPERATURE = 0.8;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      description =
          "folder (with all below it), text file or zip; default: lib/src.zip of this JDK, or the"
              + " sources of Lanewise where there is none")
  private @Nullable Path corpusPath;

  @Option(
      names = "--corpus-limit",
      paramLabel = "MIB",
      description = "read at most this much text",
      defaultValue = "64")
  private int corpusLimit;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "default: a new folder under ./runs")
  private @Nullable Path outputPath;

  @Option(
      names = "--force",
      description = "replace files of an earlier training in the output folder")
  private boolean force;

  @ArgGroup private @Nullable BudgetOptions budget;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "bytes the model sees, 16 to 64",
      defaultValue = "32")
  private int context;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      description = "elements of a byte's vector",
      defaultValue = "32")
  private int embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "elements of a hidden layer",
      defaultValue = "1024")
  private int hidden;

  @Option(names = "--layers", paramLabel = "N", description = "hidden layers", defaultValue = "1")
  private int layers;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "contexts per step",
      defaultValue = "2048")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description = "highest learning rate",
      defaultValue = "0.003")
  private float lr;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "of the linear layers",
      defaultValue = "0.01")
  private float weightDecay;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of start values and batches",
      defaultValue = "1")
  private long seed;

  @Option(names = "--threads", paramLabel = "N", description = "default: one per processor")
  private @Nullable Integer threads;

  @Spec private @Nullable CommandSpec spec;

  private static final class BudgetOptions {
    @Option(
        names = "--seconds",
        paramLabel = "X",
        description =
            "train this long (default: 110); the learning rate follows the clock, so two such"
                + " runs differ",
        showDefaultValue = Visibility.NEVER)
    private @Nullable Double seconds;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description =
            "train this many steps; a run with the same options and text repeats bit for bit",
        showDefaultValue = Visibility.NEVER)
    private @Nullable Long steps;
  }

  private static final double DEFAULT_SECONDS = 110;

  /** The two figures to compare the model with. */
  private record Baselines(CountModel counts, double countBits, double gzipBits) {
    static Baselines of(Corpus corpus) {
      CountModel counts = CountModel.fit(corpus.training());
      return new Baselines(
          counts, counts.bitsPerByte(corpus.heldOut()), GzipBaseline.bitsPerByte(corpus.heldOut()));
    }

    List<LearningCurve.Baseline> lines() {
      return List.of(
          new LearningCurve.Baseline("order-2 count model", countBits, "#c0392b"),
          new LearningCurve.Baseline("gzip -9", gzipBits, "#7f8c8d"));
    }
  }

  @Override
  public void run() {
    Budget budgetAsked = budget();
    Shape shape = new Shape(context, embedding, hidden, layers);
    checkNumbers();
    Corpus corpus = Corpus.load(corpusPath, (long) corpusLimit << 20);
    OutputFolder output = OutputFolder.prepare(outputPath, force);
    if (threads == null) {
      train(budgetAsked, shape, corpus, output, Workers.shared());
    } else {
      try (Workers workers = Workers.of(threads)) {
        train(budgetAsked, shape, corpus, output, workers);
      }
    }
  }

  private Budget budget() {
    if (budget == null) {
      return new Budget.Seconds(DEFAULT_SECONDS);
    }
    if (budget.steps != null) {
      Limits.check("--steps", budget.steps, 1, 1_000_000_000);
      return new Budget.Steps(budget.steps);
    }
    double seconds = Objects.requireNonNull(budget.seconds);
    Limits.checkAbove("--seconds", seconds, 0, 1e7);
    return new Budget.Seconds(seconds);
  }

  private void checkNumbers() {
    Limits.check("--corpus-limit", corpusLimit, 1, 1_024);
    Limits.check("--batch", batch, 1, 65_536);
    Limits.checkAbove("--lr", lr, 0, 1);
    Limits.checkFromZero("--weight-decay", weightDecay, 10);
    if (threads != null) {
      Limits.check("--threads", threads, 1, 1_024);
    }
  }

  private void train(
      Budget budgetAsked, Shape shape, Corpus corpus, OutputFolder output, Workers workers) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    describe(out, corpus);
    Baselines baselines = Baselines.of(corpus);
    double peak = MachineLimits.fmaPeak(workers.threads());
    out.printf(
        Locale.ROOT,
        "machine   %d-bit vectors, %d threads, FMA peak %.1f GFLOP/s%n",
        Lanes.BITS,
        workers.threads(),
        peak);
    try (Slab slab = Slab.open("train")) {
      ByteModel model = ByteModel.random(slab, shape, seed);
      out.printf(
          Locale.ROOT,
          "model     %,d parameters: last %d bytes x %d, %d hidden layer(s) of %d, 256 logits%n",
          shape.parameters(),
          shape.context(),
          shape.embedding(),
          shape.layers(),
          shape.hidden());
      Trainer trainer =
          new Trainer(
              model,
              slab,
              corpus,
              new Trainer.Settings(
                  budgetAsked,
                  batch,
                  lr,
                  weightDecay,
                  seed,
                  workers,
                  () -> MachineLimits.fmaNow(workers)));
      byte[] prompt = prompt(corpus.heldOut());
      Trainer.Outcome outcome;
      try (SavedFirst _ = new SavedFirst(trainer::stop)) {
        try (Progress progress = Progress.forOutput(out)) {
          outcome = trainer.train(progress);
        }
        save(output, model, corpus, outcome, prompt, baselines);
        out.printf(
            Locale.ROOT, "%nsaved     %s%n          %s%n", output.model(), output.learningCurve());
      }
      if (outcome.stopped()) {
        out.printf(Locale.ROOT, "stopped   at step %,d, before the end%n", outcome.last().step());
        return;
      }
      outcome
          .meanPercentOfPeak()
          .ifPresent(
              percent ->
                  out.printf(
                      Locale.ROOT,
                      "%nmatrix products at %.1f %% of the FMA peak, the mean of all reports but"
                          + " the first%n",
                      percent));
      compare(out, corpus, baselines, new Evaluation(model, slab, workers));
      byte[] sample =
          new Sampler(model, slab, workers)
              .generate(prompt, SAMPLE_BYTES, SAMPLE_TEMPERATURE, seed);
      out.printf(
          Locale.ROOT, "%nsample, after these held-out bytes:%n%s%n", Sampler.printable(prompt));
      out.printf(Locale.ROOT, "%nthe model goes on:%n%s%n", Sampler.printable(sample));
    }
  }

  private static void describe(PrintWriter out, Corpus corpus) {
    out.printf(Locale.ROOT, "corpus    %s%n", corpus.name());
    out.printf(
        Locale.ROOT,
        "          %,d text files of %,d files: %,d bytes to train on, %,d held out (%s)%n",
        corpus.files(),
        corpus.filesSeen(),
        corpus.training().length,
        corpus.heldOut().length,
        corpus.splitRule());
  }

  private void save(
      OutputFolder output,
      ByteModel model,
      Corpus corpus,
      Trainer.Outcome outcome,
      byte[] prompt,
      Baselines baselines) {
    Map<String, String> notes =
        Map.of(
            "corpus",
            String.format(Locale.ROOT, "%s: %,d bytes", corpus.name(), corpus.training().length),
            "steps",
            Long.toString(outcome.last().step()),
            "batch",
            Integer.toString(batch),
            "lr",
            Float.toString(lr),
            "seed",
            Long.toString(seed),
            "held-out-bits-per-byte",
            String.format(Locale.ROOT, "%.4f", outcome.last().heldOutBits()),
            ModelFile.PROMPT,
            Sampler.printable(prompt));
    ModelFile.save(output.model(), model, notes);
    output.writeCurve(
        LearningCurve.svg(
            "lanewise train: " + corpusFile(corpus), outcome.curve(), baselines.lines()));
  }

  private static String corpusFile(Corpus corpus) {
    return corpus.name().substring(corpus.name().lastIndexOf('/') + 1);
  }

  /** The lines before the middle of the held-out text, as many as the model can see. */
  private byte[] prompt(byte[] heldOut) {
    int end = heldOut.length / 2;
    while (end > context && heldOut[end - 1] != '\n') {
      end--;
    }
    return Arrays.copyOfRange(heldOut, Math.max(0, end - context), end);
  }

  private static void compare(
      PrintWriter out, Corpus corpus, Baselines baselines, Evaluation evaluation) {
    byte[] heldOut = corpus.heldOut();
    int[] positions = Evaluation.positions(heldOut.length, FINAL_BYTES);
    out.printf(Locale.ROOT, "%nbits per byte on held-out text%n");
    out.printf(
        Locale.ROOT,
        "  this model           %.4f   on %,d bytes, evenly spread over the %,d held out%n",
        evaluation.bitsPerByte(heldOut, positions),
        positions.length,
        heldOut.length);
    out.printf(
        Locale.ROOT,
        "  order-2 count model  %.4f   on the same bytes (%.4f on all): fitted on the same training"
            + " bytes%n",
        baselines.counts().bitsPerByte(heldOut, positions),
        baselines.countBits());
    out.printf(
        Locale.ROOT,
        "  gzip -9              %.4f   on all of them, for orientation: it finds what repeats"
            + " within 32 KiB%n",
        baselines.gzipBits());
  }
}
