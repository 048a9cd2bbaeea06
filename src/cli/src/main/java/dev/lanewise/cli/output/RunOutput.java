package dev.lanewise.cli.output;

import dev.lanewise.autograd.diagnosis.Diagnosis;
import dev.lanewise.blas.MachineLimits;
import dev.lanewise.cli.corpus.Compressors;
import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.corpus.CountModel;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.model.file.ModelFile;
import dev.lanewise.cli.report.LearningCurve;
import dev.lanewise.cli.report.LearningCurve.Baseline;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.TrainingReport;
import dev.lanewise.cli.sampling.Choice;
import dev.lanewise.cli.sampling.Printable;
import dev.lanewise.cli.sampling.Sampler;
import dev.lanewise.cli.training.Evaluation;
import dev.lanewise.cli.training.Lesson;
import dev.lanewise.cli.training.Plan;
import dev.lanewise.cli.training.Trainer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a training tells: on the terminal, as a page, in the files that it leaves. */
public final class RunOutput {
  /** Held-out tokens of the last evaluation: a few seconds. */
  private static final int FINAL_TOKENS = 131_072;

  private static final String FMA_PEAK = "FMA peak";

  private static final int SAMPLE_BYTES = 600;

  private static final double SAMPLE_TEMPERATURE = 0.8;

  /** The orders of the count models, and how their lines are drawn. */
  private static final Map<Integer, String> COUNT_MODELS =
      Map.of(2, "#c0392b", 3, "#d68910", 4, "#1e8449");

  private final PrintWriter out;
  private final OutputFolder output;
  private final Plan plan;
  private final Lesson lesson;
  private final ModelShape shape;
  private final Workers workers;
  private final List<Baseline> baselines;
  private final byte[] prompt;
  private final Map<String, String> system;
  private @Nullable Diagnosis diagnosis;

  /** Measures the machine and the baselines, which takes some seconds for a large text. */
  public RunOutput(
      PrintWriter out,
      OutputFolder output,
      Plan plan,
      Lesson lesson,
      ModelShape shape,
      Workers workers) {
    this.out = out;
    this.output = output;
    this.plan = plan;
    this.lesson = lesson;
    this.shape = shape;
    this.workers = workers;
    Corpus corpus = lesson.corpus();
    baselines = baselines(corpus);
    prompt = prompt(corpus.heldOut(), shape.context());
    system = system(workers);
  }

  /** Tells what a diagnosis has seen as well. */
  public void diagnosis(Diagnosis looking) {
    diagnosis = looking;
  }

  private static List<Baseline> baselines(Corpus corpus) {
    Stream<Baseline> counted =
        COUNT_MODELS.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .parallel()
            .map(
                model ->
                    new Baseline(
                        "order-" + model.getKey() + " count model",
                        CountModel.fit(corpus.training(), model.getKey())
                            .bitsPerByte(corpus.heldOut()),
                        model.getValue()));
    Baseline gzip = new Baseline("gzip -9", Compressors.gzip(corpus.heldOut()), "#7f8c8d");
    Baseline xz = new Baseline("xz -6", Compressors.xz(corpus.heldOut()), "#b0855a");
    return Stream.concat(counted, Stream.of(gzip, xz)).toList();
  }

  /** The lines before the middle of the held-out text, as many as the model can see. */
  private static byte[] prompt(byte[] heldOut, int context) {
    int end = heldOut.length / 2;
    while (end > context && heldOut[end - 1] != '\n') {
      end--;
    }
    return Arrays.copyOfRange(heldOut, Math.max(0, end - context), end);
  }

  /** What is going to be trained. */
  public void describe() {
    Corpus corpus = lesson.corpus();
    out.printf(Locale.ROOT, "corpus    %s%n", corpus.name());
    out.printf(
        Locale.ROOT,
        "          %,d text files of %,d files: %,d bytes to train on, %,d held out (%s)%n",
        corpus.files(),
        corpus.filesSeen(),
        corpus.training().length,
        corpus.heldOut().length,
        corpus.splitRule());
    out.printf(
        Locale.ROOT,
        "tokens    %s: %,d, %.2f bytes each%n",
        lesson.tokenizer().name(),
        lesson.tokenizer().vocabulary(),
        lesson.bytesPerToken());
    out.printf(
        Locale.ROOT,
        "machine   %d-bit vectors, %d threads, FMA peak %s%n",
        Lanes.BITS,
        workers.threads(),
        system.get(FMA_PEAK));
    out.printf(
        Locale.ROOT,
        "training  %s, lr %s, %s, seed %s%n",
        plan.text("optimizer"),
        plan.text("lr"),
        plan.text("schedule"),
        plan.text("seed"));
    out.printf(
        Locale.ROOT,
        "model     %s, %,d parameters: %s%n",
        shape.kind(),
        shape.parameters(),
        shape.description());
    out.flush();
  }

  /** Model, learning curve and page. */
  public void save(LanguageModel model, Trainer.Outcome outcome) {
    Map<String, String> notes = new LinkedHashMap<>();
    plan.values().forEach((name, value) -> notes.put("option." + name, value));
    notes.put("steps-done", Long.toString(outcome.last().step()));
    notes.put(
        "held-out-bits-per-byte", String.format(Locale.ROOT, "%.4f", outcome.last().heldOutBits()));
    notes.put(ModelFile.PROMPT, Printable.of(prompt));
    ModelFile.save(output.model(), model, lesson.tokenizer(), notes);
    output.write(output.learningCurve(), LearningCurve.svg(title(), outcome.curve(), baselines));
    report(outcome.curve(), "");
    if (diagnosis != null && !diagnosis.samples().isEmpty()) {
      out.printf(Locale.ROOT, "%n%s", diagnosis.table());
    }
    out.printf(
        Locale.ROOT,
        "%nsaved     %s%n          %s%n          %s%n",
        output.model(),
        output.learningCurve(),
        output.report());
  }

  private String title() {
    String name = lesson.corpus().name();
    return "lanewise train: " + shape.kind() + " on " + name.substring(name.lastIndexOf('/') + 1);
  }

  /** The page, once there is a point to draw. */
  public void report(List<Snapshot> curve, String sample) {
    if (curve.isEmpty()) {
      return;
    }
    Map<String, String> run = new LinkedHashMap<>();
    run.put("model", shape.description());
    run.put("parameters", String.format(Locale.ROOT, "%,d", shape.parameters()));
    run.put("corpus", lesson.corpus().name());
    run.put("text", lesson.fingerprint());
    Snapshot last = curve.getLast();
    run.put("steps done", String.format(Locale.ROOT, "%,d", last.step()));
    run.put("seconds", String.format(Locale.ROOT, "%.1f", last.seconds()));
    run.put("held-out bits per byte", String.format(Locale.ROOT, "%.4f", last.heldOutBits()));
    plan.values().forEach((name, value) -> run.put("--" + name, value));
    output.write(
        output.report(),
        new TrainingReport(
                title(),
                curve,
                baselines,
                run,
                system,
                diagnosis == null ? List.of() : diagnosis.samples(),
                Printable.of(prompt),
                sample)
            .html());
  }

  /** The machine, its peak measured, and its Java. */
  public static Map<String, String> system(Workers workers) {
    Map<String, String> system = new LinkedHashMap<>();
    system.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    system.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    system.put("vectors", Lanes.BITS + " bits");
    system.put("threads", Integer.toString(workers.threads()));
    system.put(
        FMA_PEAK,
        String.format(Locale.ROOT, "%.1f GFLOP/s", MachineLimits.fmaPeak(workers.threads())));
    return system;
  }

  /** The comparison and a sample. */
  public void conclude(LanguageModel model, Trainer.Outcome outcome, Slab slab) {
    outcome
        .meanPercentOfPeak()
        .ifPresent(
            percent ->
                out.printf(
                    Locale.ROOT,
                    "%nmatrix products at %.1f %% of the FMA peak, the mean of all reports but"
                        + " the first%n",
                    percent));
    compare(new Evaluation(model, lesson, slab, workers));
    byte[] sample;
    try (Predictor predictor = model.predictor(slab, workers)) {
      sample =
          new Sampler(predictor, lesson.tokenizer())
              .generate(prompt, SAMPLE_BYTES, Choice.of(SAMPLE_TEMPERATURE), plan.whole("seed"));
    }
    out.printf(Locale.ROOT, "%nsample, after these held-out bytes:%n%s%n", Printable.of(prompt));
    out.printf(Locale.ROOT, "%nthe model goes on:%n%s%n", Printable.of(sample));
    report(outcome.curve(), Printable.of(sample));
  }

  private void compare(Evaluation evaluation) {
    int[] positions =
        Evaluation.positions(lesson.heldOut().length(), shape.predictions(), FINAL_TOKENS);
    out.printf(Locale.ROOT, "%nbits per byte on held-out text%n");
    out.printf(
        Locale.ROOT,
        "  this model           %.4f   on %,d bytes, evenly spread over the %,d held out%n",
        evaluation.bitsPerByte(positions),
        evaluation.bytes(positions),
        lesson.corpus().heldOut().length);
    baselines.forEach(
        baseline -> out.printf(Locale.ROOT, "  %-19s  %.4f%n", baseline.name(), baseline.bits()));
    out.println(
        "The others are of all held-out bytes. The count models were fitted to the same training"
            + " bytes, all of them; gzip and xz are for orientation, they find what repeats within"
            + " 32 KiB and 8 MiB.");
  }
}
