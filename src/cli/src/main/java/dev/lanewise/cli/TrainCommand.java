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
import dev.lanewise.cli.training.Lesson;
import dev.lanewise.cli.training.Plan;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.cli.training.RunCheckpoints;
import dev.lanewise.cli.training.Trainer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    Map<String, String> given = options.given();
    if (!resume) {
      if (ImagePlan.MODEL.equals(given.get("model"))) {
        trainOnImages(ImagePlan.of(given), null);
      } else {
        Plan plan = Plan.of(given);
        withWorkers(threads, workers -> train(plan, null, workers));
      }
      return;
    }
    OutputFolder output = OutputFolder.resume(outputPath);
    try (RunCheckpoints.Saved saved = RunCheckpoints.newest(output.checkpoints(), this::warn)) {
      if (ImagePlan.MODEL.equals(saved.options().get("model"))) {
        trainOnImages(ImagePlan.resumed(saved.options(), given), saved);
      } else {
        Plan plan = Plan.resumed(saved.options(), given);
        withWorkers(threads, workers -> train(plan, saved, workers));
      }
    }
  }

  private OutputFolder output(RunCheckpoints.@Nullable Saved saved) {
    return saved == null
        ? OutputFolder.ofTraining(outputPath, force)
        : OutputFolder.resume(outputPath);
  }

  private void trainOnImages(ImagePlan plan, RunCheckpoints.@Nullable Saved saved) {
    withWorkers(
        threads,
        workers ->
            ImageRun.of(out(), output(saved), plan, workers)
                .run(saved, checkpointInterval, this::warn, stop -> new SavedFirst(stop)::close));
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
      saved.requireSame("the corpus", fingerprint);
    }
    var shape = plan.shape(lesson.tokenizer().vocabulary());
    lesson.requireEnoughFor(shape);
    OutputFolder output = output(saved);
    RunOutput run = new RunOutput(out(), output, plan, lesson, shape, workers);
    run.describe();
    try (Slab slab = Slab.open("train")) {
      LanguageModel model = shape.random(slab, plan.whole("seed"));
      Trainer trainer =
          new Trainer(model, slab, lesson, plan, workers, () -> MachineLimits.fmaNow(workers));
      List<Snapshot> before = List.of();
      TrainingLog<Snapshot> log;
      if (saved == null) {
        log = TrainingLog.begin(output.log(), Snapshot.LOG);
      } else {
        Resumable.Position position = saved.restore(trainer);
        plan.budget().requireSomeLeft(position);
        log = TrainingLog.resume(output.log(), Snapshot.LOG, position.step());
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
              output.checkpoints(), plan.values(), fingerprint, checkpointInterval, this::warn);
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
}
