package dev.lanewise.cli.training;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.diagnosis.Diagnosis;
import dev.lanewise.cli.model.Batch;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.file.ModelFile;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model on random batches, and measures itself on the way. All batches are of one size, so
 * the first step is captured and the others replay it, over the same memory and to the bits that a
 * tape for each would give; between reports nothing is allocated.
 */
public final class Trainer implements Resumable {
  /**
   * Held-out tokens of the evaluations on the way: a hundredth of a bit of standard error, a few
   * per cent of the time.
   */
  public static final int EVALUATED_TOKENS = 8_192;

  private static final int REPORTS = 20;

  /** Steps in a row without finite gradients after which no other is to be expected. */
  private static final int MOST_SKIPPED = 10;

  /**
   * How a training ended.
   *
   * @param curve at least one snapshot, the last one at the last step
   * @param stopped whether {@link #stop} ended it
   */
  public record Outcome(List<Snapshot> curve, boolean stopped) {
    /** The mean over all snapshots but the first, in which the compiler was at work. */
    public OptionalDouble meanPercentOfPeak() {
      return curve.stream().skip(1).mapToDouble(Snapshot::gemmPercentOfPeak).average();
    }

    /** The state at the last step. */
    public Snapshot last() {
      return curve.getLast();
    }
  }

  private final LanguageModel model;
  private final Slab slab;
  private final Lesson lesson;
  private final Plan plan;
  private final Budget budget;
  private final long seed;
  private final Workers workers;
  private final DoubleSupplier peak;
  private final Batch batch;
  private final Schedule learningRates;
  private final Stepper optimizer;
  private final Meter meter = new Meter();
  private final Evaluation evaluation;
  private final int[] evaluated;
  private final List<Snapshot> curve = new ArrayList<>();

  private @Nullable Diagnosis diagnosis;
  private volatile boolean stopping;
  private long scheduleStep;

  // Where it stands.
  private long step;
  private int skippedInARow;
  private double seconds;

  /** The FMA peak at the last snapshot: on a shared machine it comes and goes. */
  private double peakGflops;

  // Since the last snapshot.
  private double nats;
  private long finiteSteps;
  private long stepNanos;

  /**
   * Makes all the memory that the steps need, besides that of the tape.
   *
   * @param peak measures the machine's FMA peak, in GFLOP/s, with the threads in use
   */
  public Trainer(
      LanguageModel model,
      Slab slab,
      Lesson lesson,
      Plan plan,
      Workers workers,
      DoubleSupplier peak) {
    lesson.requireEnoughFor(model.shape());
    this.model = model;
    this.slab = slab;
    this.lesson = lesson;
    this.plan = plan;
    this.workers = workers;
    this.peak = peak;
    budget = plan.budget();
    seed = plan.whole("seed");
    peakGflops = peak.getAsDouble();
    batch = Batch.of(slab, plan.batch(), model.shape());
    learningRates =
        LearningRates.of(plan.text("schedule"), plan.number("warmup"), budget.scheduleLength());
    optimizer = new Stepper(model, plan, step -> learningRates.at(scheduleStep), workers);
    evaluation = new Evaluation(model, lesson, slab, workers);
    evaluated =
        Evaluation.positions(
            lesson.heldOut().length(), model.shape().predictions(), EVALUATED_TOKENS);
  }

  /** Lets a diagnosis of the model look at its steps. */
  public void diagnose(Diagnosis looking) {
    diagnosis = looking;
  }

  /** Ends the training after the step in progress. For any thread. */
  public void stop() {
    stopping = true;
  }

  @Override
  public Position position() {
    return new Position(step, optimizer.steps(), skippedInARow, seconds);
  }

  @Override
  public double seconds() {
    return seconds;
  }

  @Override
  public SequencedMap<String, Safetensors.Entry> tensors() {
    SequencedMap<String, Safetensors.Entry> all = ModelFile.tensors(model);
    all.putAll(optimizer.state());
    return all;
  }

  /**
   * Goes on from a position, once the entries of {@link #tensors} have been filled.
   *
   * @param before the snapshots up to that position
   */
  public void resume(Position from, List<Snapshot> before) {
    step = from.step();
    skippedInARow = from.skippedInARow();
    seconds = from.seconds();
    optimizer.restore(from.optimizerSteps());
    curve.clear();
    curve.addAll(before);
  }

  /** Runs something with the weights that the optimizer wants to be judged by. */
  public void withJudgedWeights(Runnable action) {
    optimizer.withJudgedWeights(action);
  }

  /** Trains until the budget is used up or somebody calls {@link #stop}; at least one step. */
  public Outcome train(Progress progress, Keeper keeper) {
    DropoutStep now = DropoutStep.from(() -> step);
    try (CapturedStep pass =
        CapturedStep.of(workers, meter, tape -> model.loss(tape, batch, batch.size(), now))) {
      return train(pass, progress, keeper);
    }
  }

  private Outcome train(CapturedStep pass, Progress progress, Keeper keeper) {
    double before = seconds;
    long started = System.nanoTime();
    int reports = (int) (used() * REPORTS);
    while (true) {
      step(pass);
      seconds = before + (System.nanoTime() - started) * 1e-9;
      double used = used();
      progress.advance(Math.min(1, used));
      boolean over = used >= 1 || stopping;
      if (over || used * REPORTS >= reports + 1) {
        reports = (int) (used * REPORTS);
        Snapshot snapshot = snapshot(used);
        curve.add(snapshot);
        progress.report(snapshot);
      }
      keeper.afterStep(this, over);
      if (over) {
        return new Outcome(List.copyOf(curve), stopping && used < 1);
      }
    }
  }

  private double used() {
    return budget.fraction(step, seconds);
  }

  /**
   * Forward pass, backward pass, optimizer. A loss that is not finite has no gradient to step with;
   * one that is may have one that is not.
   *
   * @param pass computes the loss and adds its gradient
   */
  private void step(CapturedStep pass) {
    long started = System.nanoTime();
    scheduleStep = budget.scheduleStep(step, seconds);
    batch.draw(lesson.training(), seed, step);
    float loss = diagnosis != null && diagnosis.isLooking() ? observed(diagnosis) : pass.run();
    boolean finite = Float.isFinite(loss);
    if (finite) {
      nats += loss;
      finiteSteps++;
    }
    boolean stepped = diagnosis == null ? update(finite) : diagnosis.step(() -> update(finite));
    step++;
    skippedInARow = stepped ? 0 : skippedInARow + 1;
    if (skippedInARow == MOST_SKIPPED) {
      throw new UserError(
          "the training has diverged at step "
              + step
              + ": the loss or its gradient was NaN or infinite in "
              + MOST_SKIPPED
              + " steps in a row, which were left out: give a smaller --lr or --clip");
    }
    stepNanos += System.nanoTime() - started;
  }

  /** The same step on a tape that the diagnosis looks at: to the same bits. */
  private float observed(Diagnosis looking) {
    try (Tape tape = looking.open(slab, workers, meter)) {
      Tensor loss = model.loss(tape, batch, batch.size(), DropoutStep.at(step));
      loss.backward();
      return loss.item();
    }
  }

  private boolean update(boolean finite) {
    if (finite) {
      return optimizer.step();
    }
    optimizer.zeroGrad();
    return false;
  }

  private Snapshot snapshot(double used) {
    double[] heldOutBits = new double[1];
    optimizer.withJudgedWeights(() -> heldOutBits[0] = evaluation.bitsPerByte(evaluated));
    double gflops = meter.gflops(Meter.Family.MATRIX);
    double peakNow = peak.getAsDouble();
    double peakBetween = (peakGflops + peakNow) / 2;
    peakGflops = peakNow;
    double bitsPerToken = finiteSteps == 0 ? Double.NaN : nats / finiteSteps / Math.log(2);
    Snapshot snapshot =
        new Snapshot(
            step,
            seconds,
            heldOutBits[0],
            bitsPerToken / lesson.bytesPerToken(),
            plan.number("lr") * learningRates.at(scheduleStep),
            (double) finiteSteps * batch.targetCount() / (stepNanos * 1e-9),
            gflops,
            100 * gflops / peakBetween,
            Math.max(0, seconds / used - seconds));
    meter.reset();
    nats = 0;
    finiteSteps = 0;
    stepNanos = 0;
    return snapshot;
  }
}
