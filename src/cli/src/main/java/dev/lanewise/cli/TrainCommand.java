package dev.lanewise.cli;

import dev.lanewise.autograd.diagnosis.Diagnosis;
import dev.lanewise.blas.MachineLimits;
import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.images.ImagePlan;
import dev.lanewise.cli.images.ImageRun;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.output.OutputFolder;
import dev.lanewise.cli.output.RunOutput;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.TrainingLog;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Lesson;
import dev.lanewise.cli.training.Plan;
import dev.lanewise.cli.training.RunCheckpoints;
import dev.lanewise.cli.training.Trainer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description =
        "Trains a language model on text, or a network on images, and saves it. Ctrl-C saves"
            + " first.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Runnable {
  @Mixin private final TrainingOptions options = new TrainingOptions();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "default: a new folder under ./runs")
  private @Nullable Path outputPath;

  @Option(
      names = "--force",
      description = "replace files of an earlier training in the output folder")
  private boolean force;

  @Option(
      names = "--resume",
      description =
          "go on with the training in the output folder, from its newest checkpoint; other options"
              + " need not be given again, and only --seconds or --steps may differ")
  private boolean resume;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "X",
      description = "seconds between two checkpoints, what a kill may cost; default: 30",
      defaultValue = "30")
  private double checkpointInterval;

  @Option(
      names = "--diagnose",
      description =
          "look at activations, gradients and updates of each layer at every 20th step: a table"
              + " with a verdict at the end, heat maps in the report")
  private boolean diagnose;

  @Option(names = "--threads", paramLabel = "N", description = "default: one per processor")
  private @Nullable Integer threads;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Limits.checkAbove("--checkpoint-interval", checkpointInterval, 0, 1e7);
    if (ImagePlan.MODEL.equals(options.given().get("model"))) {
      trainOnImages();
      return;
    }
    if (!resume) {
      Plan plan = Plan.of(options.given());
      withWorkers(threads, workers -> train(plan, null, workers));
      return;
    }
    OutputFolder output = OutputFolder.resume(outputPath);
    try (RunCheckpoints.Saved saved = RunCheckpoints.newest(output.checkpoints(), this::warn)) {
      Plan plan = Plan.resumed(saved.options(), options.given());
      withWorkers(threads, workers -> train(plan, saved, workers));
    }
  }

  private void trainOnImages() {
    if (resume) {
      throw new UserError(
          "--resume is for language models, resnet leaves no checkpoints: train it anew");
    }
    ImagePlan plan = ImagePlan.of(options.given());
    withWorkers(
        threads,
        workers -> {
          OutputFolder output = OutputFolder.ofTraining(outputPath, force);
          ImageRun.of(out(), output, plan, workers).run(stop -> new SavedFirst(stop)::close);
        });
  }

  /** What is done with threads. */
  @FunctionalInterface
  interface WithWorkers {
    void run(Workers workers);
  }

  /** The threads asked for, or the shared ones. */
  static void withWorkers(@Nullable Integer threads, WithWorkers action) {
    if (threads == null) {
      action.run(Workers.shared());
      return;
    }
    Limits.check("--threads", threads, 1, 1_024);
    try (Workers workers = Workers.of(threads)) {
      action.run(workers);
    }
  }

  private PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  private void warn(String sentence) {
    Objects.requireNonNull(spec).commandLine().getErr().println("lanewise: " + sentence);
  }

  /** The text of a plan. */
  static Corpus corpus(Plan plan) {
    String path = plan.text("corpus");
    return Corpus.load(path.isEmpty() ? null : Path.of(path), plan.whole("corpus-limit") << 20);
  }

  private void train(Plan plan, RunCheckpoints.@Nullable Saved saved, Workers workers) {
    Corpus corpus = corpus(plan);
    Lesson lesson = Lesson.of(corpus, plan);
    String fingerprint = lesson.fingerprint();
    if (saved != null) {
      saved.requireText(fingerprint);
    }
    var shape = plan.shape(lesson.tokenizer().vocabulary());
    lesson.requireEnoughFor(shape);
    OutputFolder output =
        saved == null
            ? OutputFolder.ofTraining(outputPath, force)
            : OutputFolder.resume(outputPath);
    RunOutput run = new RunOutput(out(), output, plan, lesson, shape, workers);
    run.describe();
    try (Slab slab = Slab.open("train")) {
      LanguageModel model = shape.random(slab, plan.whole("seed"));
      Trainer trainer =
          new Trainer(model, slab, lesson, plan, workers, () -> MachineLimits.fmaNow(workers));
      List<Snapshot> before = List.of();
      TrainingLog log;
      if (saved == null) {
        log = TrainingLog.begin(output.log());
      } else {
        Trainer.Position position = saved.restore(trainer);
        requireNotOver(plan, position);
        log = TrainingLog.resume(output.log(), position.step());
        before = log.read();
        trainer.resume(position, before);
        out().printf(Locale.ROOT, "resume    at step %,d%n", position.step());
      }
      if (diagnose) {
        Diagnosis diagnosis = Diagnosis.of(model.parameters()).from(trainer.position().step());
        trainer.diagnose(diagnosis);
        run.diagnosis(diagnosis);
      }
      run.report(before, "");
      RunCheckpoints keeper =
          new RunCheckpoints(
              output.checkpoints(), plan, fingerprint, checkpointInterval, this::warn);
      Trainer.Outcome outcome;
      try (SavedFirst _ = new SavedFirst(trainer::stop)) {
        try (Progress progress = Progress.forOutput(out()).and(log::add)) {
          outcome = trainer.train(progress, keeper);
        }
        trainer.withJudgedWeights(() -> run.save(model, outcome));
      }
      if (outcome.stopped()) {
        out()
            .printf(
                Locale.ROOT,
                "stopped   at step %,d, before the end: --resume --output %s goes on%n",
                outcome.last().step(),
                output.folder());
        return;
      }
      trainer.withJudgedWeights(() -> run.conclude(model, outcome, slab));
    }
  }

  private static void requireNotOver(Plan plan, Trainer.Position position) {
    if (plan.budget().fraction(position.step(), position.seconds()) >= 1) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "this training was over at step %,d after %.0f seconds: give more --steps or"
                  + " --seconds to go on",
              position.step(),
              position.seconds()));
    }
  }
}
