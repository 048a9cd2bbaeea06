package dev.lanewise.cli.model;

import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Meter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.cli.corpus.Corpus;
import dev.lanewise.cli.report.Progress;
import dev.lanewise.cli.report.Snapshot;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.Slab;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;

/** Trains a {@link ByteModel} with AdamW on random batches, and measures itself on the way. */
public final class Trainer {
  /**
   * Held-out bytes of the evaluations on the way: a hundredth of a bit of standard error, a few per
   * cent of the time.
   */
  public static final int EVALUATED_BYTES = 8_192;

  private static final int REPORTS = 20;

  /** The part of the budget in which the learning rate rises. */
  private static final double WARM_UP = 0.02;

  private static final double FIRST_LR = 0.05;

  private static final float CLIPPED_NORM = 1f;

  /** Steps in a row without a finite gradient after which no other is to be expected. */
  private static final int MOST_SKIPPED = 10;

  /**
   * How to train.
   *
   * @param peakGflops measures the machine's FMA peak with the threads in use
   */
  public record Settings(
      Budget budget,
      int batch,
      float lr,
      float weightDecay,
      long seed,
      Workers workers,
      DoubleSupplier peakGflops) {}

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

  private final ByteModel model;
  private final Slab slab;
  private final Corpus corpus;
  private final Settings settings;
  private final Batch batch;
  private final AdamW optimizer;
  private final Meter meter = new Meter();
  private final Evaluation evaluation;
  private final int[] evaluated;
  private final List<Snapshot> curve = new ArrayList<>();

  private volatile boolean stopping;
  private double fraction;
  private int skippedInARow;

  /** The FMA peak at the last snapshot: on a shared machine it comes and goes. */
  private double peakGflops;

  // Since the last snapshot.
  private double nats;
  private long steps;
  private long stepNanos;

  /** Makes all the memory that the steps need, besides that of the tape. */
  public Trainer(ByteModel model, Slab slab, Corpus corpus, Settings settings) {
    this.model = model;
    this.slab = slab;
    this.corpus = corpus;
    this.settings = settings;
    peakGflops = settings.peakGflops().getAsDouble();
    batch = new Batch(slab, settings.batch(), model.shape().context());
    var decayed = model.decayed();
    var others =
        model.parameters().stream().filter(parameter -> !decayed.contains(parameter)).toList();
    optimizer =
        AdamW.over(
                ParamGroup.of(decayed).weightDecay(settings.weightDecay()),
                ParamGroup.withoutDecay(others))
            .lr(settings.lr())
            .clipGlobalNorm(CLIPPED_NORM)
            .schedule(step -> lrFactor(fraction))
            .workers(settings.workers());
    evaluation = new Evaluation(model, slab, settings.workers());
    evaluated = Evaluation.positions(corpus.heldOut().length, EVALUATED_BYTES);
  }

  /** Linear warm-up, then half a cosine down to 0, over the used part of the budget. */
  static double lrFactor(double fraction) {
    if (fraction < WARM_UP) {
      return FIRST_LR + (1 - FIRST_LR) * fraction / WARM_UP;
    }
    double decay = Math.min(1, (fraction - WARM_UP) / (1 - WARM_UP));
    return (1 + StrictMath.cos(Math.PI * decay)) / 2;
  }

  /** Ends the training after the step in progress. For any thread. */
  public void stop() {
    stopping = true;
  }

  /** Trains until the budget is used up or somebody calls {@link #stop}; at least one step. */
  public Outcome train(Progress progress) {
    long started = System.nanoTime();
    long done = 0;
    int reports = 0;
    while (true) {
      fraction = settings.budget().fraction(done, seconds(started));
      step(done);
      done++;
      double used = settings.budget().fraction(done, seconds(started));
      progress.advance(Math.min(1, used));
      boolean over = used >= 1 || stopping;
      if (over || used * REPORTS >= reports + 1) {
        reports = (int) (used * REPORTS);
        Snapshot snapshot = snapshot(done, started);
        curve.add(snapshot);
        progress.report(snapshot);
      }
      if (over) {
        return new Outcome(List.copyOf(curve), stopping && used < 1);
      }
    }
  }

  private void step(long number) {
    long started = System.nanoTime();
    batch.draw(corpus.training(), settings.seed(), number);
    try (Tape tape = Tape.open(slab, settings.workers(), meter)) {
      Tensor loss =
          LossOps.crossEntropyMean(
              tape, model.forward(tape, batch.contexts(), batch.size()), batch.targets());
      loss.backward();
      nats += loss.item();
    }
    skippedInARow = optimizer.step() ? 0 : skippedInARow + 1;
    if (skippedInARow == MOST_SKIPPED) {
      throw new UserError(
          "the training has diverged at step "
              + (number + 1)
              + ", its gradients are no longer finite: give a smaller --lr");
    }
    steps++;
    stepNanos += System.nanoTime() - started;
  }

  private Snapshot snapshot(long done, long started) {
    double heldOutBits = evaluation.bitsPerByte(corpus.heldOut(), evaluated);
    double seconds = seconds(started);
    double used = settings.budget().fraction(done, seconds);
    double gflops = meter.gflops(Meter.Family.MATRIX);
    double peakNow = settings.peakGflops().getAsDouble();
    double peakBetween = (peakGflops + peakNow) / 2;
    peakGflops = peakNow;
    Snapshot snapshot =
        new Snapshot(
            done,
            seconds,
            heldOutBits,
            nats / steps / Math.log(2),
            (double) steps * batch.size() / (stepNanos * 1e-9),
            gflops,
            100 * gflops / peakBetween,
            Math.max(0, seconds / used - seconds));
    meter.reset();
    nats = 0;
    steps = 0;
    stepNanos = 0;
    return snapshot;
  }

  private static double seconds(long started) {
    return (System.nanoTime() - started) * 1e-9;
  }
}
