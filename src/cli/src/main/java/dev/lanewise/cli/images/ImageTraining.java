package dev.lanewise.cli.images;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Budget;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.io.Safetensors;
import dev.lanewise.io.data.DataLoader;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.ModelTensors;
import dev.lanewise.nn.vision.ResNet;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * Trains a residual network on batches of augmented images, every image once an epoch, and judges
 * it on the way.
 */
final class ImageTraining implements Resumable {
  private static final int REPORTS = 20;

  /** Of the workers: a batch costs a few per cent of its step. */
  private static final int WORKERS_PER_LOADER = 4;

  /**
   * How a training ended.
   *
   * @param curve at least one snapshot, the last one at the last step
   * @param stopped whether {@link #stop} ended it
   */
  record Outcome(List<ImageSnapshot> curve, boolean stopped) {
    /** The state at the last step. */
    ImageSnapshot last() {
      return curve.getLast();
    }
  }

  private final ImageData data;
  private final ImagePlan plan;
  private final Slab slab;
  private final Workers workers;
  private final ResNet model;
  private final AdamW optimizer;
  private final Schedule schedule;
  private final int loaders;
  private final List<ImageBatch> ring;
  private final List<ImageSnapshot> curve = new ArrayList<>();

  /** What the step reads, at the same place each time: it is captured. */
  private final Tensor batch;

  private final MemorySegment labels;

  private volatile boolean stopping;
  private long scheduleStep;

  // Where it stands.
  private long step;
  private double seconds;

  // Since the last snapshot.
  private double nats;
  private long steps;
  private long stepNanos;

  /** Makes the model and the memory for its batches. */
  ImageTraining(ImageData data, ImagePlan plan, Slab slab, Workers workers) {
    this.data = data;
    this.plan = plan;
    this.slab = slab;
    this.workers = workers;
    LabelledImages images = data.training();
    model = ResNet.of(slab, plan.config(images), plan.whole("seed"));
    schedule = plan.schedule();
    TensorLayout layout =
        TensorLayout.of(plan.batch(), images.height(), images.width(), images.channels());
    loaders = Math.max(1, workers.threads() / WORKERS_PER_LOADER);
    ring = ImageBatch.ring(slab, layout, loaders + 2);
    batch = Tensor.constant(layout, slab.allocate(layout));
    labels = slab.allocateInts(plan.batch());
    List<Parameter> decayed = model.decayed();
    List<Parameter> others =
        model.parameters().stream().filter(parameter -> !decayed.contains(parameter)).toList();
    float lr = (float) plan.number("lr");
    optimizer =
        AdamW.over(
                ParamGroup.of(decayed).lr(lr).weightDecay((float) plan.number("weight-decay")),
                ParamGroup.withoutDecay(others).lr(lr))
            .schedule(step -> schedule.at(scheduleStep))
            .zeroGradInStep(true)
            .workers(workers);
  }

  ResNet model() {
    return model;
  }

  /** Ends the training after the step in progress. For any thread. */
  void stop() {
    stopping = true;
  }

  @Override
  public Position position() {
    return new Position(step, optimizer.steps(), 0, seconds);
  }

  @Override
  public double seconds() {
    return seconds;
  }

  @Override
  public SequencedMap<String, Safetensors.Entry> tensors() {
    SequencedMap<String, Safetensors.Entry> all =
        ModelTensors.of(model.parameters(), model.buffers());
    all.putAll(optimizer.state());
    return all;
  }

  /**
   * Goes on from a position, once the entries of {@link #tensors} have been filled.
   *
   * @param before the snapshots up to that position
   */
  void resume(Position from, List<ImageSnapshot> before) {
    step = from.step();
    seconds = from.seconds();
    optimizer.restore(from.optimizerSteps());
    curve.clear();
    curve.addAll(before);
  }

  /**
   * Trains until the budget is used up or somebody calls {@link #stop}; at least one step.
   *
   * @param reports told each snapshot as it is made
   */
  Outcome train(Consumer<ImageSnapshot> reports, Keeper keeper) {
    try (CapturedStep captured = CapturedStep.of(workers, tape -> model.loss(tape, batch, labels));
        DataLoader<ImageBatch> batches =
            ImageBatch.loader(ring, data.training(), plan, step, loaders)) {
      return train(captured, batches, reports, keeper);
    }
  }

  private Outcome train(
      CapturedStep captured,
      DataLoader<ImageBatch> batches,
      Consumer<ImageSnapshot> reports,
      Keeper keeper) {
    Budget budget = plan.budget();
    double before = seconds;
    long started = System.nanoTime();
    int reported = (int) (budget.fraction(step, seconds) * REPORTS);
    while (true) {
      scheduleStep = budget.scheduleStep(step, seconds);
      step(captured, batches);
      seconds = before + (System.nanoTime() - started) * 1e-9;
      double used = budget.fraction(step, seconds);
      boolean over = used >= 1 || stopping;
      if (over || used * REPORTS >= reported + 1) {
        reported = (int) (used * REPORTS);
        ImageSnapshot snapshot = snapshot();
        curve.add(snapshot);
        reports.accept(snapshot);
      }
      keeper.afterStep(this, over);
      if (over) {
        return new Outcome(List.copyOf(curve), stopping && used < 1);
      }
    }
  }

  private void step(CapturedStep captured, DataLoader<ImageBatch> batches) {
    long begun = System.nanoTime();
    batches.next().copyTo(batch.data(), labels);
    nats += requireFinite(captured.run(), step);
    optimizer.step();
    step++;
    steps++;
    stepNanos += System.nanoTime() - begun;
  }

  private static float requireFinite(float loss, long step) {
    if (!Float.isFinite(loss)) {
      throw new UserError(
          "the training has diverged at step "
              + step
              + ": the loss is "
              + loss
              + ", give a"
              + " smaller --lr");
    }
    return loss;
  }

  private ImageSnapshot snapshot() {
    int right = 0;
    double heldOutNats = 0;
    LabelledImages images = data.heldOut();
    for (int begin = 0; begin < images.count(); begin += plan.batch()) {
      int n = Math.min(plan.batch(), images.count() - begin);
      for (int i = 0; i < n; i++) {
        images.write(begin + i, batch.data(), i);
        labels.setAtIndex(JAVA_INT, i, images.label(begin + i));
      }
      TensorLayout part = TensorLayout.of(n, images.height(), images.width(), images.channels());
      try (Tape tape = Tape.noGrad(slab, workers)) {
        Tensor x = Tensor.constant(part, batch.data().asSlice(0, part.bytes()));
        Tensor logits = model.forward(tape, x, false);
        heldOutNats += (double) n * LossOps.crossEntropyMean(tape, logits, labels).item();
        right += right(logits, n);
      }
    }
    ImageSnapshot snapshot =
        new ImageSnapshot(
            step,
            seconds,
            (double) right / images.count(),
            heldOutNats / images.count(),
            nats / steps,
            plan.number("lr") * schedule.at(scheduleStep),
            steps * plan.batch() / (stepNanos * 1e-9));
    nats = 0;
    steps = 0;
    stepNanos = 0;
    return snapshot;
  }

  /** How many images have the largest logit at their class. */
  private int right(Tensor logits, int n) {
    int classes = model.config().classes();
    int right = 0;
    for (int i = 0; i < n; i++) {
      int best = 0;
      for (int k = 1; k < classes; k++) {
        if (logit(logits, i, k) > logit(logits, i, best)) {
          best = k;
        }
      }
      right += best == labels.getAtIndex(JAVA_INT, i) ? 1 : 0;
    }
    return right;
  }

  private float logit(Tensor logits, long image, long k) {
    return logits.data().getAtIndex(JAVA_FLOAT, image * model.config().classes() + k);
  }
}
