package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.parallel.Workers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** Optimizer steps over one large tensor, and over many small ones. */
public class TorchStepBenchmark extends TorchPeersBenchmark {
  /** Parameters, gradients and two states for each side. */
  private static final long COPIES = 8;

  /** Bytes by which a buffer may be moved to stagger it. */
  private static final long STAGGER = 8192;

  private static final double TOLERANCE = 1e-6;
  private static final int OFTEN = 50;

  /** The tensors of a model. */
  public enum Model {
    ONE_OF_16M,
    MANY_SMALL;

    long[] sizes() {
      return this == ONE_OF_16M ? StepOperands.one() : StepOperands.many();
    }
  }

  @Param public StepMethod method;
  @Param public Model model;

  private long parameters;
  private @Nullable TorchSteps steps;

  @Override
  long operandBytes() {
    long[] sizes = model.sizes();
    parameters = Arrays.stream(sizes).sum();
    return COPIES * (Float.BYTES * parameters + STAGGER * sizes.length);
  }

  @Override
  Pair open(Slab slab, Workers workers, Torch torch) {
    StepOperands operands = new StepOperands(slab, model.sizes());
    GroupOptimizer<?> optimizer = method.ours.over(operands);
    optimizer.zeroGradInStep(false);
    optimizer.workers(workers);
    TorchSteps torchSteps = new TorchSteps(torch, slab, operands.theirs);
    steps = torchSteps;
    Call theirs = method.theirs.over(torchSteps);
    try {
      optimizer.step();
      theirs.run();
    } catch (Throwable e) {
      throw new IllegalStateException("a step failed", e);
    }
    for (int i = 0; i < operands.ours.size(); i++) {
      compare(operands.ours.get(i), operands.theirs.get(i));
    }
    for (int i = 0; i < OFTEN; i++) {
      optimizer.step();
    }
    // Each side has parameters of its own: they were compared here.
    return new Pair(optimizer::step, theirs, operands.ours.getFirst().data().asSlice(0, 0));
  }

  private static void compare(Parameter ours, Parameter theirs) {
    long n = ours.layout().elements();
    for (long i = 0; i < n; i += 1 + n / 100) {
      Operands.require(
          ours.name() + "[" + i + "]",
          theirs.data().getAtIndex(JAVA_FLOAT, i),
          ours.data().getAtIndex(JAVA_FLOAT, i),
          TOLERANCE);
    }
  }

  @Benchmark
  public void run(Traffic traffic) throws Throwable {
    run(traffic, (long) method.streams * Float.BYTES * parameters);
  }

  @TearDown
  public void closeSteps() {
    if (steps != null) {
      steps.close();
    }
  }
}
