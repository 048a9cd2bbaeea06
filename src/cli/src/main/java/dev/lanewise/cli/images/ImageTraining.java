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
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.vision.Augmentation;
import dev.lanewise.nn.vision.ResNet;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Trains a residual network on random batches of augmented images, and judges it on the way. */
final class ImageTraining {
  private static final int REPORTS = 20;

  private final ImageData data;
  private final ImagePlan plan;
  private final Slab slab;
  private final Workers workers;
  private final ResNet model;
  private final AdamW optimizer;
  private final Schedule schedule;
  private final Augmentation augmentation;
  private final TensorLayout layout;
  private final MemorySegment drawn;
  private final Tensor batch;
  private final MemorySegment labels;

  private volatile boolean stopping;
  private long scheduleStep;

  /** Makes the model and the memory for its batches. */
  ImageTraining(ImageData data, ImagePlan plan, Slab slab, Workers workers) {
    this.data = data;
    this.plan = plan;
    this.slab = slab;
    this.workers = workers;
    LabelledImages images = data.training();
    model = ResNet.of(slab, plan.config(images), plan.whole("seed"));
    schedule = plan.schedule();
    augmentation = plan.augmentation();
    layout = TensorLayout.of(plan.batch(), images.height(), images.width(), images.channels());
    drawn = slab.allocate(layout);
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

  /**
   * Trains until the budget is used up or somebody calls {@link #stop}; at least one step.
   *
   * @param reports told each snapshot as it is made
   * @return at least one snapshot, the last one at the last step
   */
  List<ImageSnapshot> train(Consumer<ImageSnapshot> reports) {
    Budget budget = plan.budget();
    List<ImageSnapshot> curve = new ArrayList<>();
    long started = System.nanoTime();
    long step = 0;
    long since = 0;
    double nats = 0;
    long stepNanos = 0;
    try (CapturedStep captured =
        CapturedStep.of(workers, tape -> model.loss(tape, batch, labels))) {
      while (true) {
        long begun = System.nanoTime();
        scheduleStep = budget.scheduleStep(step, (begun - started) * 1e-9);
        draw(step);
        nats += requireFinite(captured.run(), step);
        optimizer.step();
        step++;
        stepNanos += System.nanoTime() - begun;
        double seconds = (System.nanoTime() - started) * 1e-9;
        double used = budget.fraction(step, seconds);
        boolean over = used >= 1 || stopping;
        if (over || used * REPORTS >= curve.size() + 1) {
          ImageSnapshot snapshot =
              snapshot(step, seconds, nats / (step - since), (step - since) / (stepNanos * 1e-9));
          curve.add(snapshot);
          reports.accept(snapshot);
          since = step;
          nats = 0;
          stepNanos = 0;
        }
        if (over) {
          return curve;
        }
      }
    }
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

  /** Which images a step sees is a function of the seed and the step. */
  private void draw(long step) {
    SplittableRandom random =
        new SplittableRandom(new SplittableRandom(plan.whole("seed") + step).nextLong() ^ step);
    for (int i = 0; i < plan.batch(); i++) {
      int image = random.nextInt(data.training().count());
      data.training().write(image, drawn, i);
      labels.setAtIndex(JAVA_INT, i, data.training().label(image));
    }
    augmentation.apply(layout, drawn, batch.data(), step);
  }

  private ImageSnapshot snapshot(long step, double seconds, double trainLoss, double steps) {
    int right = 0;
    double nats = 0;
    LabelledImages images = data.heldOut();
    for (int begin = 0; begin < images.count(); begin += plan.batch()) {
      int n = Math.min(plan.batch(), images.count() - begin);
      for (int i = 0; i < n; i++) {
        images.write(begin + i, drawn, i);
        labels.setAtIndex(JAVA_INT, i, images.label(begin + i));
      }
      TensorLayout part = TensorLayout.of(n, images.height(), images.width(), images.channels());
      try (Tape tape = Tape.noGrad(slab, workers)) {
        Tensor x = Tensor.constant(part, drawn.asSlice(0, part.bytes()));
        Tensor logits = model.forward(tape, x, false);
        nats += (double) n * LossOps.crossEntropyMean(tape, logits, labels).item();
        right += right(logits, n);
      }
    }
    return new ImageSnapshot(
        step,
        seconds,
        (double) right / images.count(),
        nats / images.count(),
        trainLoss,
        plan.number("lr") * schedule.at(scheduleStep),
        steps * plan.batch());
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
