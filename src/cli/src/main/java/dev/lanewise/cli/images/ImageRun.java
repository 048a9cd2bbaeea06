package dev.lanewise.cli.images;

import dev.lanewise.cli.output.OutputFolder;
import dev.lanewise.cli.output.RunOutput;
import dev.lanewise.cli.report.Html;
import dev.lanewise.cli.report.Plot;
import dev.lanewise.cli.report.TrainingLog;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.cli.training.RunCheckpoints;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.ModelTensors;
import dev.lanewise.nn.vision.ResNet;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A training on images from its options to the files that it leaves. */
public final class ImageRun {
  private static final String FORMAT_NAME = "lanewise-image-model-1";

  private final PrintWriter out;
  private final OutputFolder output;
  private final ImagePlan plan;
  private final ImageData data;
  private final Workers workers;

  /** A run with the images that the plan asks for, which are read or drawn here. */
  public static ImageRun of(PrintWriter out, OutputFolder output, ImagePlan plan, Workers workers) {
    return new ImageRun(out, output, ImageData.of(plan.images(), plan.imageSize()), plan, workers);
  }

  ImageRun(PrintWriter out, OutputFolder output, ImageData data, ImagePlan plan, Workers workers) {
    this.out = out;
    this.output = output;
    this.plan = plan;
    this.workers = workers;
    this.data = data;
  }

  /** What holds up the end of the JVM until a training is saved. */
  @FunctionalInterface
  public interface Held extends AutoCloseable {
    /** All is saved. */
    @Override
    void close();
  }

  /**
   * Trains, saves and reports.
   *
   * @param saved where to go on from, or null to begin
   * @param checkpointInterval seconds between two checkpoints
   * @param warnings told what goes wrong and does not end the training
   * @param held given what stops the training; closed when all is saved
   */
  public void run(
      RunCheckpoints.@Nullable Saved saved,
      double checkpointInterval,
      Consumer<String> warnings,
      Function<Runnable, Held> held) {
    if (saved != null) {
      saved.requireSame("the set of images", data.fingerprint());
    }
    try (Slab slab = Slab.open("train images")) {
      ImageTraining training = new ImageTraining(data, plan, slab, workers);
      describe(training.model());
      TrainingLog<ImageSnapshot> log = saved == null ? begin() : resume(training, saved);
      RunCheckpoints keeper =
          new RunCheckpoints(
              output.checkpoints(),
              plan.values(),
              data.fingerprint(),
              checkpointInterval,
              warnings);
      try (Held _ = held.apply(training::stop)) {
        ImageTraining.Outcome outcome =
            training.train(
                snapshot -> {
                  log.add(snapshot);
                  out.println(snapshot.line());
                  out.flush();
                },
                keeper);
        save(training.model(), outcome.curve());
        if (outcome.stopped()) {
          out.printf(
              Locale.ROOT,
              "stopped   at step %,d, before the end: --resume --output %s goes on%n",
              outcome.last().step(),
              output.folder());
          out.flush();
        }
      }
    }
  }

  private TrainingLog<ImageSnapshot> begin() {
    return TrainingLog.begin(output.log(), ImageSnapshot.LOG);
  }

  private TrainingLog<ImageSnapshot> resume(ImageTraining training, RunCheckpoints.Saved saved) {
    Resumable.Position position = saved.restore(training);
    plan.budget().requireSomeLeft(position);
    TrainingLog<ImageSnapshot> log =
        TrainingLog.resume(output.log(), ImageSnapshot.LOG, position.step());
    training.resume(position, log.read());
    out.printf(Locale.ROOT, "resume    at step %,d%n", position.step());
    return log;
  }

  private static long elements(ResNet model) {
    return model.parameters().stream().mapToLong(p -> p.layout().elements()).sum();
  }

  private void describe(ResNet model) {
    LabelledImages images = data.training();
    out.printf(
        Locale.ROOT,
        "images    %s: %,d to train on, %,d held out, %d x %d x %d, %d classes%n",
        data.name(),
        images.count(),
        data.heldOut().count(),
        images.height(),
        images.width(),
        images.channels(),
        images.classes().size());
    out.printf(
        Locale.ROOT,
        "model     resnet, %,d parameters: %d layers, %d channels wide%n",
        elements(model),
        6 * model.config().blocks() + 2,
        model.config().width());
    out.printf(
        Locale.ROOT,
        "training  adamw, lr %s, %s, seed %s%n",
        plan.text("lr"),
        plan.text("schedule"),
        plan.text("seed"));
    out.flush();
  }

  private void save(ResNet model, List<ImageSnapshot> curve) {
    ImageSnapshot last = curve.getLast();
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("format", FORMAT_NAME);
    notes.put("classes", String.join(",", data.training().classes()));
    plan.values().forEach((name, value) -> notes.put("option." + name, value));
    notes.put("steps-done", Long.toString(last.step()));
    notes.put("held-out-accuracy", String.format(Locale.ROOT, "%.4f", last.heldOutAccuracy()));
    try {
      Safetensors.write(
          output.model(), ModelTensors.of(model.parameters(), model.buffers()), notes);
    } catch (IOException failure) {
      throw new UserError("cannot save the model: " + failure.getMessage(), failure);
    }
    output.write(output.learningCurve(), accuracy(curve));
    output.write(output.report(), page(model, curve));
    out.printf(
        Locale.ROOT,
        "%nright     %.1f %% of the %,d held-out images; the most frequent class alone %.1f %%%n",
        100 * last.heldOutAccuracy(),
        data.heldOut().count(),
        100 * mostFrequent());
    out.printf(
        Locale.ROOT,
        "saved     %s%n          %s%n          %s%n",
        output.model(),
        output.learningCurve(),
        output.report());
    out.flush();
  }

  /** What one gets right who always names the same class. */
  private double mostFrequent() {
    LabelledImages images = data.heldOut();
    int[] counts = new int[images.classes().size()];
    int most = 0;
    for (int i = 0; i < images.count(); i++) {
      most = Math.max(most, ++counts[images.label(i)]);
    }
    return (double) most / images.count();
  }

  private static List<Plot.Point> points(
      List<ImageSnapshot> curve, ToDoubleFunction<ImageSnapshot> value) {
    return curve.stream()
        .map(snapshot -> new Plot.Point(snapshot.step(), value.applyAsDouble(snapshot)))
        .toList();
  }

  private String accuracy(List<ImageSnapshot> curve) {
    return new Plot("told right", "optimizer steps", "per cent", "%")
        .line("held-out", "#1f5fb4", 2.5, points(curve, s -> 100 * s.heldOutAccuracy()))
        .level("most frequent class", "#c0392b", 100 * mostFrequent())
        .svg();
  }

  private String page(ResNet model, List<ImageSnapshot> curve) {
    StringBuilder body = new StringBuilder(accuracy(curve));
    body.append(
        new Plot("loss", "optimizer steps", "nats", "nats")
            .line("training batches", "#9db8dd", 1.5, points(curve, ImageSnapshot::trainLoss))
            .line("held-out", "#1f5fb4", 2.5, points(curve, ImageSnapshot::heldOutLoss))
            .svg());
    body.append(
        new Plot("learning rate", "optimizer steps", "learning rate", "at the last step")
            .line("lr", "#8a4fb4", 2, points(curve, ImageSnapshot::lr))
            .svg());
    body.append(
        new Plot("speed", "optimizer steps", "images per second", "images/s")
            .line("training", "#2d8a55", 2, points(curve, ImageSnapshot::imagesPerSecond))
            .svg());
    Map<String, String> run = new LinkedHashMap<>();
    run.put("images", data.name());
    run.put("to train on", data.training().fingerprint());
    run.put("held out", data.heldOut().fingerprint());
    run.put("parameters", String.format(Locale.ROOT, "%,d", elements(model)));
    run.put("steps done", String.format(Locale.ROOT, "%,d", curve.getLast().step()));
    run.put("seconds", String.format(Locale.ROOT, "%.1f", curve.getLast().seconds()));
    plan.values().forEach((name, value) -> run.put("--" + name, value));
    body.append("<h2>Run</h2>\n").append(Html.table(run));
    body.append("<h2>System</h2>\n").append(Html.table(RunOutput.system(workers)));
    return Html.page("lanewise train: resnet on " + data.name(), body.toString());
  }
}
