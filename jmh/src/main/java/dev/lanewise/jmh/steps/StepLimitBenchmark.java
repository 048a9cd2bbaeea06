package dev.lanewise.jmh.steps;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.kernel.reduce.NormSquares;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.momentum.Lion;
import dev.lanewise.optim.momentum.Momentum;
import dev.lanewise.optim.state.StateType;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Optimizer steps over one tensor of 16 million parameters, and the limit of each: the same streams
 * of memory, read and written at the same places, with next to no arithmetic.
 */
public class StepLimitBenchmark extends KernelBenchmark {
  private static final int N = 1 << 24;
  private static final int GRAIN = 16_384;

  /** What goes over the parameters, and the bytes that it has to move for each. */
  public enum Pass {
    /** The norm of the gradient, for clipping. */
    NORM(4),
    SGD_MOMENTUM(20),
    LION(20),
    ADAMW(28),
    /** With moments in bfloat16. */
    ADAMW_BFLOAT16(20),
    /** With moments in blocks of 8 bits; the largest numbers of the blocks are not counted. */
    ADAMW_BLOCK8(16);

    final int bytes;

    Pass(int bytes) {
      this.bytes = bytes;
    }
  }

  @Param public Pass pass;

  @Param("ONE")
  public Threads threads;

  private Slab slab;
  private Workers workers;
  private Parameter parameter;
  private Runnable step;
  private Workers.Task limit;

  @Setup
  public void setUp() {
    slab = Slab.open("steps", 5L * N * Float.BYTES);
    workers = threads.open();
    parameter = Parameter.of("p", TensorLayout.of(N), slab);
    Operands.randomise(parameter.data(), 1);
    Operands.randomise(parameter.gradient(), 2);
    if (pass == Pass.NORM) {
      MemorySegment g = parameter.gradient();
      MemorySegment partials = slab.allocateDoubles(SumOfSquares.blocks(N));
      Workers.Task sums =
          (begin, end) -> {
            for (long b = begin; b < end; b++) {
              long base = b * SumOfSquares.BLOCK * Float.BYTES;
              double sum = NormSquares.block(g, base, SumOfSquares.BLOCK);
              partials.setAtIndex(JAVA_DOUBLE, b, sum);
            }
          };
      step = () -> workers.run(SumOfSquares.blocks(N), 4, sums);
      limit = limitOfNorm(g);
    } else {
      GroupOptimizer<?> optimizer = optimizer(List.of(parameter));
      optimizer.zeroGradInStep(false);
      optimizer.workers(workers);
      step = optimizer::step;
      limit =
          limitOfStep(
              optimizer.state().sequencedValues().stream().map(entry -> entry.data()).toList());
    }
  }

  private GroupOptimizer<?> optimizer(List<Parameter> parameters) {
    return switch (pass) {
      case SGD_MOMENTUM -> Momentum.over(parameters);
      case LION -> Lion.over(parameters);
      case ADAMW_BFLOAT16 -> AdamW.over(parameters).stateType(StateType.BFLOAT16);
      case ADAMW_BLOCK8 -> AdamW.over(parameters).stateType(StateType.BLOCK8);
      default -> AdamW.over(parameters);
    };
  }

  private static Workers.Task limitOfNorm(MemorySegment g) {
    return (begin, end) -> {
      if (Float.isNaN(StepStreams.read(g, begin, end))) {
        throw new IllegalStateException("the gradient is NaN");
      }
    };
  }

  private Workers.Task limitOfStep(List<MemorySegment> state) {
    MemorySegment w = parameter.data();
    MemorySegment g = parameter.gradient();
    MemorySegment m = state.getFirst();
    MemorySegment v = state.get(Math.min(1, state.size() - 1));
    return switch (pass) {
      case ADAMW -> (begin, end) -> StepStreams.three(w, g, m, v, begin, end);
      case ADAMW_BFLOAT16 -> (begin, end) -> StepStreams.threeOfHalf(w, g, m, v, begin, end);
      case ADAMW_BLOCK8 -> (begin, end) -> StepStreams.threeOfQuarter(w, g, m, v, begin, end);
      default -> (begin, end) -> StepStreams.two(w, g, m, begin, end);
    };
  }

  @TearDown
  public void close() {
    workers.close();
    slab.close();
  }

  @Benchmark
  public MemorySegment step(Traffic traffic) {
    step.run();
    traffic.bytes += (long) pass.bytes * N;
    return parameter.data();
  }

  @Benchmark
  public MemorySegment limit(Traffic traffic) {
    workers.run((long) N * Float.BYTES, (long) GRAIN * Float.BYTES, limit);
    traffic.bytes += (long) pass.bytes * N;
    return parameter.data();
  }
}
