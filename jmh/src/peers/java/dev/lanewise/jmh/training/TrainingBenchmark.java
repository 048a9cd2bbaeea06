package dev.lanewise.jmh.training;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.jmh.torch.Side;
import dev.lanewise.jmh.torch.Torch;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Training steps of one side in one fork. Both sides begin with the same weights and see the same
 * data; in the forks of ours their losses are compared step by step, in those of libtorch the first
 * ones alone.
 */
@Warmup(iterations = 3, time = 1, timeUnit = TimeUnit.SECONDS)
@Measurement(iterations = 5, time = 1, timeUnit = TimeUnit.SECONDS)
public abstract class TrainingBenchmark extends KernelBenchmark {
  /** Rounding differs, and every step adds to what it has become. */
  private static final double TOLERANCE = 1e-3;

  /** Counts what the steps have learnt from, per second. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Samples {
    /** Tokens of a text, or rows of a batch. */
    public long samples;

    @Setup(Level.Iteration)
    public void clear() {
      samples = 0;
    }
  }

  @Param public Side library;

  @Param("ONE")
  public Threads threads;

  private Slab slab;
  private Workers workers;
  private Torch torch;
  private TrainingStep step;

  /** The sides of one training. */
  record Pair(TrainingStep ours, TrainingStep theirs) {}

  /** Makes both sides. */
  abstract Pair open(Slab slab, Workers workers, Torch torch) throws Throwable;

  /** Steps over which the losses have to agree. */
  int comparedSteps() {
    return 50;
  }

  @Setup
  public void setUp() throws Throwable {
    slab = Slab.open("training");
    workers = threads.open();
    torch = new Torch(threads.count());
    Pair pair = open(slab, workers, torch);
    step = library == Side.LANEWISE ? pair.ours() : pair.theirs();
    int compared = library == Side.LANEWISE ? comparedSteps() : 1;
    for (int i = 1; i <= compared; i++) {
      float theirs = pair.theirs().run();
      float ours = pair.ours().run();
      if (i == 1 || i == compared) {
        System.out.println("loss of step " + i + ": ours " + ours + ", theirs " + theirs);
      }
      Operands.require("loss of step " + i, theirs, ours, TOLERANCE);
    }
  }

  final float run(Samples samples, long count) throws Throwable {
    samples.samples += count;
    return step.run();
  }

  @TearDown
  public void close() {
    torch.close();
    workers.close();
    slab.close();
  }
}
