package dev.lanewise.cli;

import dev.lanewise.blas.MachineLimits;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.output.OutputFolder;
import dev.lanewise.cli.output.RunOutput;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.RaceReport;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Entrant;
import dev.lanewise.cli.training.Lesson;
import dev.lanewise.cli.training.Plan;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.cli.training.Trainer;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
    name = "race",
    description =
        "Trains the same model from the same start values with several optimizers, one after the"
            + " other, and draws their losses over steps and over seconds in one picture.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RaceCommand implements Runnable {
  /** For each entrant, where no length is given. */
  private static final String DEFAULT_SECONDS = "30";

  @Option(
      names = "--entrants",
      paramLabel = "LIST",
      description =
          "optimizers, each with options of its own where it needs them, for instance"
              + " adamw,lion:lr=3e-4,muon:schedule=wsd; default: ${DEFAULT-VALUE}",
      defaultValue = "adamw,lion,muon,sgd")
  private String entrants = "";

  @Mixin private final TrainingOptions options = new TrainingOptions();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "default: a new folder under ./runs")
  private @Nullable Path outputPath;

  @Option(names = "--force", description = "replace the page of an earlier race there")
  private boolean force;

  @Option(names = "--threads", paramLabel = "N", description = "default: one per processor")
  private @Nullable Integer threads;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Map<String, String> common = options.given();
    if (!common.containsKey(Plan.STEPS)) {
      common.putIfAbsent(Plan.SECONDS, DEFAULT_SECONDS);
    }
    List<Entrant> starting = Entrant.parse(entrants, common);
    TrainCommand.withWorkers(threads, workers -> race(starting, common, workers));
  }

  private void race(List<Entrant> starting, Map<String, String> common, Workers workers) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Plan first = starting.getFirst().plan();
    Lesson lesson = Lesson.of(TrainCommand.corpus(first), first);
    ModelShape shape = first.shape(lesson.tokenizer().vocabulary());
    lesson.requireEnoughFor(shape);
    OutputFolder output = OutputFolder.ofRace(outputPath, force);
    out.printf(
        Locale.ROOT,
        "model     %s, %,d parameters: %s%n",
        shape.kind(),
        shape.parameters(),
        shape.description());
    Map<String, String> system = RunOutput.system(workers);
    List<RaceReport.Run> runs = new ArrayList<>();
    for (Entrant entrant : starting) {
      out.printf(Locale.ROOT, "%n%s, lr %s%n", entrant.name(), entrant.plan().text("lr"));
      runs.add(run(entrant, lesson, shape, workers, out));
      // Each time, so that a race that is cut short leaves what it has.
      output.write(
          output.race(),
          new RaceReport("lanewise race: " + shape.description(), runs, common, system).html());
    }
    conclude(out, runs, output);
  }

  private static RaceReport.Run run(
      Entrant entrant, Lesson lesson, ModelShape shape, Workers workers, PrintWriter out) {
    List<Snapshot> curve = new ArrayList<>();
    String remark = "";
    try (Slab slab = Slab.open(entrant.name());
        Progress progress = Progress.forOutput(out).and(curve::add)) {
      Plan plan = entrant.plan();
      Trainer trainer =
          new Trainer(
              shape.random(slab, plan.whole("seed")),
              slab,
              lesson,
              plan,
              workers,
              () -> MachineLimits.fmaNow(workers));
      Trainer.Outcome ignored = trainer.train(progress, Resumable.Keeper.NONE);
    } catch (UserError diverged) {
      remark = String.valueOf(diverged.getMessage());
      out.println(remark);
    }
    return new RaceReport.Run(entrant.name(), List.copyOf(curve), remark);
  }

  private static void conclude(PrintWriter out, List<RaceReport.Run> runs, OutputFolder output) {
    out.printf(Locale.ROOT, "%nheld-out bits per byte%n");
    runs.stream()
        .sorted((a, b) -> Double.compare(a.lastBits(), b.lastBits()))
        .forEach(
            run ->
                out.printf(
                    Locale.ROOT,
                    "  %.4f   %s%s%n",
                    run.lastBits(),
                    run.name(),
                    run.remark().isEmpty() ? "" : " (diverged)"));
    out.printf(Locale.ROOT, "%nsaved     %s%n", output.race());
  }
}
