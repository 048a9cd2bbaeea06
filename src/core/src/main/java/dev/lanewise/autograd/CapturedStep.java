package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.engine.PooledMemory;
import dev.lanewise.autograd.engine.Program;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A forward and a backward pass of fixed shapes that is recorded once and replayed from then on. A
 * replay makes no tensors and no tape: it runs the computations of the first run, in their order,
 * over the same memory, allocates nothing and gives the bits that a {@link Tape} gives.
 *
 * <pre>{@code
 * try (CapturedStep step =
 *     CapturedStep.of(workers, tape -> LossOps.crossEntropyMean(tape, net.forward(tape, x), t))) {
 *   for (Batch batch : batches) {
 *     batch.writeTo(x.data(), t);
 *     float loss = step.run();
 *     optimizer.step();
 *   }
 * }
 * }</pre>
 *
 * <p>Each run is one step: it adds to the gradients of the parameters, the first run too. Inputs
 * are changed by writing to their memory: that of constants, indices and targets that the caller
 * owns. Numbers and choices of Java code are those of the first run; what makes them depend on
 * values, such as {@link Tensor#item}, is refused there. A number that changes from step to step is
 * read from an object, as the step of a dropout is. Other shapes are other steps: keep one for each
 * in a map.
 *
 * <p>The step owns its memory. The values of an op are given back as soon as backward does not need
 * them any more, gradients once they were used, and later gradients take their place; {@link
 * #bytes} is what that comes to.
 *
 * <p>For one thread.
 */
public final class CapturedStep implements AutoCloseable {
  /** Small beside what a step needs that is worth capturing. */
  private static final long MAPPING_BYTES = 4 << 20;

  private final Workers workers;
  private final @Nullable Meter meter;
  private final Function<Tape, Tensor> forward;
  private @Nullable Captured captured;
  private boolean closed;

  /** What the first run has left. */
  private record Captured(Slab slab, Program program, MemorySegment loss, long bytes) {}

  private CapturedStep(Workers workers, @Nullable Meter meter, Function<Tape, Tensor> forward) {
    this.workers = Objects.requireNonNull(workers, "workers");
    this.meter = meter;
    this.forward = Objects.requireNonNull(forward, "forward");
  }

  /**
   * A step that will be captured when it runs first.
   *
   * @param forward computes the loss, a scalar, on the tape it is given; called once, and again
   *     only if it fails
   */
  public static CapturedStep of(Workers workers, Function<Tape, Tensor> forward) {
    return of(workers, null, forward);
  }

  /** The same, with all runs measured by {@code meter}, if there is one. */
  public static CapturedStep of(
      Workers workers, @Nullable Meter meter, Function<Tape, Tensor> forward) {
    return new CapturedStep(workers, meter, forward);
  }

  /**
   * Computes the loss and adds its gradient to that of each parameter it depends on.
   *
   * @return the loss
   * @throws IllegalStateException if this step was closed, or in the first run if an op cannot be
   *     captured
   */
  public float run() {
    if (closed) {
      throw new IllegalStateException("this step was closed: make a new one");
    }
    Captured step = captured;
    if (step == null) {
      step = capture();
      captured = step;
    } else {
      step.program.run(workers);
    }
    return step.loss.get(JAVA_FLOAT, 0);
  }

  private Captured capture() {
    Slab slab = Slab.open("captured step", MAPPING_BYTES);
    try {
      PooledMemory memory = PooledMemory.in(slab.openFrame());
      Program program = new Program();
      Tensor loss = forward.apply(Tape.capturing(memory, workers, meter, program));
      loss.backward();
      return new Captured(slab, program, loss.data(), memory.bytes());
    } catch (Throwable failure) {
      slab.close();
      throw failure;
    }
  }

  /** Whether the first run was made, so that the next one is a replay. */
  public boolean isCaptured() {
    return captured != null;
  }

  /** How many computations a run is; 0 before the first. */
  public int computations() {
    return captured == null ? 0 : captured.program.size();
  }

  /** Bytes of all buffers of a run, the most that it needs at once; 0 before the first. */
  public long bytes() {
    return captured == null ? 0 : captured.bytes;
  }

  /** Frees the memory; harmless the second time. */
  @Override
  public void close() {
    closed = true;
    if (captured != null) {
      captured.slab.close();
    }
  }
}
