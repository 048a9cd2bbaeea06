package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass and its backward pass. The tape owns a frame of the slab: what ops make on it,
 * gradients included, lives there and is taken back at close.
 *
 * <pre>{@code
 * try (Tape tape = Tape.open(slab)) {
 *   Tensor loss = LossOps.crossEntropyMean(tape, net.forward(tape, inputs), targets);
 *   loss.backward();
 * }
 * }</pre>
 *
 * <p>Backward visits each recorded op once, last first. The first contribution to the gradient of
 * what an op made overwrites it, or is handed on without a copy, further ones are added; those to
 * parameters are always added. The result does not depend on the number of workers, bit for bit.
 *
 * <p>For one thread. Tapes of one slab nest like calls: only the one opened last may be used and
 * closed.
 */
public final class Tape implements AutoCloseable {
  /** Elements that pay for waking a thread: some microseconds of work. */
  private static final long GRAIN = 8192;

  private final Slab.Frame frame;
  private final Workers workers;
  private final @Nullable Meter meter;
  private final boolean recording;

  private final List<Tensor> outputs = new ArrayList<>();
  private final List<Vjp> vjps = new ArrayList<>();
  private boolean open = true;
  private boolean differentiated;

  private Tape(Slab slab, Workers workers, @Nullable Meter meter, boolean recording) {
    this.workers = Objects.requireNonNull(workers, "workers");
    this.meter = meter;
    this.recording = recording;
    frame = slab.openFrame();
  }

  /** A tape that computes with the {@linkplain Workers#shared() shared workers}. */
  public static Tape open(Slab slab) {
    return open(slab, Workers.shared());
  }

  /** A tape that computes with these workers. */
  public static Tape open(Slab slab, Workers workers) {
    return open(slab, workers, null);
  }

  /** A tape whose ops are measured by {@code meter}, if there is one. */
  public static Tape open(Slab slab, Workers workers, @Nullable Meter meter) {
    return new Tape(slab, workers, meter, true);
  }

  /**
   * A tape for evaluation: it records nothing, keeps no values for a backward pass and overwrites
   * none.
   */
  public static Tape noGrad(Slab slab) {
    return noGrad(slab, Workers.shared());
  }

  /** A tape for evaluation that computes with these workers. */
  public static Tape noGrad(Slab slab, Workers workers) {
    return noGrad(slab, workers, null);
  }

  /** A tape for evaluation whose ops are measured by {@code meter}, if there is one. */
  public static Tape noGrad(Slab slab, Workers workers, @Nullable Meter meter) {
    return new Tape(slab, workers, meter, false);
  }

  /**
   * A leaf whose gradient can be read until the tape is closed, for instance to check an op.
   *
   * @param data native memory of exactly the layout's bytes, not copied
   */
  public Tensor variable(TensorLayout layout, MemorySegment data) {
    requireOpen();
    return Tensor.variable(this, layout, data);
  }

  /** A constant with a copy of these values in the tape's memory. */
  public Tensor constant(TensorLayout layout, float... values) {
    requireOpen();
    if (values.length != layout.elements()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + layout
              + " has "
              + layout.elements()
              + " elements, "
              + values.length
              + " values are given");
    }
    MemorySegment data = frame.allocate(layout);
    MemorySegment.copy(values, 0, data, JAVA_FLOAT, 0, values.length);
    return Tensor.constant(layout, data);
  }

  /** A copy of these indices or targets in the tape's memory. */
  public MemorySegment ints(int... values) {
    requireOpen();
    MemorySegment data = frame.allocateInts(values.length);
    MemorySegment.copy(values, 0, data, JAVA_INT, 0, values.length);
    return data;
  }

  /** Whether tensors of this tape can be used. */
  public boolean isOpen() {
    return open;
  }

  /** Whether it was opened for a backward pass; what is for training alone asks this. */
  public boolean isRecording() {
    return recording;
  }

  /** The workers its ops compute with. */
  public Workers workers() {
    return workers;
  }

  /**
   * For an op of one's own: a tensor for its output, contents undefined. It requires a gradient if
   * an input does and this tape records; then {@link #record} has to be called as well.
   *
   * @throws IllegalStateException if an input cannot be used on this tape, or after backward
   */
  public Tensor output(TensorLayout layout, Tensor... inputs) {
    boolean requiresGrad = false;
    for (Tensor input : inputs) {
      requiresGrad |= use(input);
    }
    return result(layout, requiresGrad);
  }

  /**
   * For an op of one's own: leaves the vector-Jacobian product of {@code output}, which {@link
   * #output} has made.
   */
  public void record(Tensor output, Vjp vjp) {
    Objects.requireNonNull(vjp, "vjp");
    if (!output.requiresGrad() || output.tape() != this) {
      throw new IllegalStateException(
          "nothing to record for a tensor of "
              + output.layout()
              + ": an output of this tape that requires a gradient is wanted");
    }
    requireRecordable();
    outputs.add(output);
    vjps.add(vjp);
  }

  /**
   * For a {@link Vjp} of one's own: adds {@code dx} to the gradient of {@code x}, if it requires
   * one.
   *
   * @param dx native memory of the shape of {@code x} that is handed over: a first contribution
   *     becomes the gradient itself, so it must live as long as the tape and not be given to a
   *     second tensor
   */
  public void addGradient(Tensor x, MemorySegment dx) {
    if (dx.byteSize() != x.layout().bytes()) {
      throw new IllegalArgumentException(
          "the gradient of a tensor of "
              + x.layout()
              + " has "
              + x.layout().bytes()
              + " bytes, "
              + dx.byteSize()
              + " are given");
    }
    if (!x.requiresGrad()) {
      return;
    }
    MemorySegment sum = x.gradientOrNull();
    if (sum == null) {
      x.adoptGradient(dx);
      return;
    }
    long started = startClock();
    elementwise(x.layout().elements(), (begin, end) -> Add.accumulate(dx, sum, begin, end));
    stopClock(Meter.Family.ELEMENTWISE, started, x.layout().elements());
  }

  /**
   * Memory of this tape for {@code n} floats, contents undefined: saved values and gradients of ops
   * of one's own.
   */
  public MemorySegment allocateFloats(long n) {
    requireOpen();
    return frame.allocateFloats(n);
  }

  /**
   * Checks that {@code x} can be an input of an op here; whether the op has to compute a gradient
   * for it.
   */
  boolean use(Tensor x) {
    requireRecordable();
    if (x.tape() != null && x.tape() != this) {
      throw new IllegalStateException(
          "this tensor of "
              + x.layout()
              + " was made on another tape: ops join tensors of one tape");
    }
    x.requireUsable();
    return recording && x.requiresGrad();
  }

  /** A tensor for the output of an op whose inputs were checked by {@link #use}. */
  Tensor result(TensorLayout layout, boolean requiresGrad) {
    requireRecordable();
    return Tensor.result(this, layout, frame.allocate(layout), requiresGrad && recording);
  }

  /**
   * Makes room for the gradient of {@code x}.
   *
   * @return 0 if it holds nothing yet, so that the contribution has to overwrite it, else 1
   */
  float openGradient(Tensor x) {
    if (x.gradientOrNull() != null) {
      return 1f;
    }
    x.adoptGradient(frame.allocate(x.layout()));
    return 0f;
  }

  /** The gradient that {@link #openGradient} made room for. */
  static MemorySegment gradientOf(Tensor x) {
    return Objects.requireNonNull(x.gradientOrNull(), "gradient was not opened");
  }

  void elementwise(long n, Workers.Task task) {
    workers.run(n, GRAIN, task);
  }

  void rows(long rows, long cols, Workers.Task task) {
    workers.run(rows, Math.max(1, GRAIN / Math.max(1, cols)), task);
  }

  /**
   * For an op of one's own: the time at which it begins to compute, for {@link #stopClock}; 0 where
   * nothing is measured.
   */
  public long startClock() {
    return meter == null ? 0 : System.nanoTime();
  }

  /**
   * For an op of one's own: counts what it has computed since {@link #startClock}.
   *
   * @param flops operations, or elements where there are none to count
   */
  public void stopClock(Meter.Family family, long started, long flops) {
    if (meter != null) {
      meter.add(family, System.nanoTime() - started, flops);
    }
  }

  void backward(Tensor output, @Nullable MemorySegment cotangent) {
    requireRecordable();
    if (!recording) {
      throw new IllegalStateException(
          "this tape was opened without gradients: open it with Tape.open to differentiate");
    }
    if (!output.requiresGrad()) {
      throw new IllegalStateException(
          "this tensor of " + output.layout() + " depends on no parameter: it has no gradient");
    }
    MemorySegment seed = frame.allocate(output.layout());
    if (cotangent == null) {
      seed.set(JAVA_FLOAT, 0, 1f);
    } else {
      seed.copyFrom(cotangent);
    }
    differentiated = true;
    addGradient(output, seed);
    for (int i = outputs.size() - 1; i >= 0; i--) {
      MemorySegment dy = outputs.get(i).takeGradient();
      if (dy != null) {
        vjps.get(i).apply(dy);
      }
    }
  }

  /** Takes back the memory of all tensors of this tape; harmless the second time. */
  @Override
  public void close() {
    frame.close();
    open = false;
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("this tape was closed: open a new one for the next step");
    }
  }

  private void requireRecordable() {
    requireOpen();
    if (differentiated) {
      throw new IllegalStateException(
          "backward was already called on this tape: open a new one for the next step");
    }
  }
}
