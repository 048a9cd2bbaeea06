package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.autograd.engine.FrameMemory;
import dev.lanewise.autograd.engine.OpInputs;
import dev.lanewise.autograd.engine.Program;
import dev.lanewise.autograd.engine.Saved;
import dev.lanewise.autograd.engine.StepMemory;
import dev.lanewise.autograd.engine.VjpCheck;
import dev.lanewise.kernel.arithmetic.segments.Add;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass and its backward pass. The tape owns the memory that ops take, gradients
 * included: a frame of the slab, taken back at close.
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
 * parameters are always added, over any number of tapes, until {@link Parameter#zeroGrad}. So the
 * gradient of a large batch is the sum over the tapes of its parts, with losses scaled by the share
 * of each. The result does not depend on the number of workers, bit for bit.
 *
 * <p>An op of one's own makes its output, computes, and leaves its vector-Jacobian product; here
 * {@code y = x^2}:
 *
 * <pre>{@code
 * static Tensor square(Tape tape, Tensor x) {
 *   Tensor y = tape.output(x.layout(), x);
 *   long n = x.layout().elements();
 *   MemorySegment xs = x.data();
 *   MemorySegment ys = y.data();
 *   tape.compute(ELEMENTWISE, n, workers -> Square.forward(xs, ys, n, workers));
 *   if (y.requiresGrad()) {
 *     x.keep();
 *     tape.record("square", y, dy -> {
 *       tape.compute(ELEMENTWISE, n, workers -> Square.backward(xs, dy, dy, n, workers));
 *       tape.addGradient(x, dy);
 *     });
 *   }
 *   return y;
 * }
 * }</pre>
 *
 * <p>All arithmetic has to go through {@link #compute}: then a {@link CapturedStep} can replay the
 * op.
 *
 * <p>For one thread. Tapes of one slab nest like calls: only the one opened last may be used and
 * closed.
 */
public final class Tape implements AutoCloseable {
  /** Elements that pay for waking a thread: some microseconds of work. */
  private static final long GRAIN = 8192;

  /**
   * What one op has left.
   *
   * @param op its name, empty if it has told none
   * @param saved the values that its vjp reads
   */
  private record Node(String op, Tensor output, Vjp vjp, Saved saved) {
    String name() {
      return nameOf(op, vjp);
    }
  }

  /**
   * Sees what a tape computes, to look into values and gradients: it may read what it is given
   * during the call, and changes nothing. A tape without an observer spends nothing on it.
   *
   * <p>A nested tape, as one that computes a part again, has the observer of the tape around it.
   */
  public interface Observer {
    /**
     * An op has left its vector-Jacobian product.
     *
     * @param op its name
     * @param y its output, computed
     * @param inputs what it has used, in order
     */
    void computed(String op, Tensor y, List<Tensor> inputs);

    /**
     * The vjp of an op is about to run.
     *
     * @param dy cotangent of its output, complete
     */
    void differentiating(String op, Tensor y, MemorySegment dy);

    /**
     * The vjp of an op has added to the gradient of a tensor; called once for each of them, after
     * the vjp.
     *
     * @param gradient the sum so far
     */
    void differentiated(String op, Tensor y, Tensor x, MemorySegment gradient);
  }

  /** An input of a nested tape: a tensor of the tape around and the leaf that stands for it. */
  private record Entrance(Tensor outer, Tensor leaf) {}

  private final StepMemory memory;
  private final Workers workers;
  private final @Nullable Meter meter;
  private final boolean recording;

  /** Where computations are noted down, if this tape captures a step. */
  private final @Nullable Program program;

  /** Where an observer is told what happens, if there is one. */
  private final @Nullable Watch watch;

  private final @Nullable Tape around;
  private final List<Entrance> entrances = new ArrayList<>();

  private final List<Node> nodes = new ArrayList<>();
  private final OpInputs opInputs = new OpInputs();

  /** Outputs that nothing was computed for yet; kept up to date in a capture alone. */
  private final List<Tensor> blank = new ArrayList<>();

  private final VjpCheck vjpCheck = new VjpCheck();
  private final List<Tensor> hookedLeaves = new ArrayList<>();

  private boolean open = true;
  private boolean differentiated;
  private boolean reachesGradients;
  private long computations;
  private long allocatedBytes;

  private Tape(
      StepMemory memory,
      Workers workers,
      @Nullable Meter meter,
      boolean recording,
      @Nullable Program program,
      @Nullable Watch watch,
      @Nullable Tape around) {
    this.workers = Objects.requireNonNull(workers, "workers");
    this.meter = meter;
    this.recording = recording;
    this.memory = memory;
    this.program = program;
    this.watch = watch;
    this.around = around;
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
    return open(slab, workers, meter, null);
  }

  /** The same, seen by an observer if there is one. */
  public static Tape open(
      Slab slab, Workers workers, @Nullable Meter meter, @Nullable Observer observer) {
    Watch watch = observer == null ? null : new Watch(observer);
    return new Tape(new FrameMemory(slab), workers, meter, true, null, watch, null);
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
    return new Tape(new FrameMemory(slab), workers, meter, false, null, null, null);
  }

  /** A tape that notes down what it computes. */
  static Tape capturing(
      StepMemory memory, Workers workers, @Nullable Meter meter, Program program) {
    return new Tape(memory, workers, meter, true, program, null, null);
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

  /** A constant with a copy of these values in the tape's memory; in a captured step for good. */
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
    MemorySegment data = allocateFloats(layout.elements());
    memory.pin(data);
    MemorySegment.copy(values, 0, data, JAVA_FLOAT, 0, values.length);
    return Tensor.constant(layout, data);
  }

  /** A copy of these indices or targets in the tape's memory; in a captured step for good. */
  public MemorySegment ints(int... values) {
    requireOpen();
    MemorySegment data = memory.allocateInts(values.length);
    memory.pin(data);
    MemorySegment.copy(values, 0, data, JAVA_INT, 0, values.length);
    return data;
  }

  /** Whether tensors of this tape can be used. */
  public boolean isOpen() {
    return open;
  }

  /**
   * Whether it was opened for a backward pass; what is for training alone asks this. A nested tape
   * answers for the one around it.
   */
  public boolean isRecording() {
    return around == null ? recording : around.isRecording();
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
   * For an op of one's own with several outputs that one computation writes: an output over memory
   * of {@link #allocateFloats} that was written already; else as {@link #output}.
   */
  public Tensor outputOver(TensorLayout layout, MemorySegment written, Tensor... inputs) {
    boolean requiresGrad = false;
    for (Tensor input : inputs) {
      requiresGrad |= use(input);
    }
    return resultOver(layout, written, requiresGrad);
  }

  /**
   * For an op of one's own: computes something, now and, in a captured step, again in each run. A
   * computation reads and writes memory that it was made with, this tape's or the caller's; what
   * changes from run to run lies there or behind an object. It must give the same result for any
   * number of workers, and allocate nothing if runs of a captured step shall allocate nothing.
   *
   * @param family what a meter counts it as
   * @param flops operations, or elements where there are none to count
   * @param computation called with the workers to compute with
   */
  public void compute(Meter.Family family, long flops, Consumer<Workers> computation) {
    execute(meter == null ? computation : meter.measured(family, flops, computation));
  }

  /** The same, {@code task} over {@code [0, n)} in blocks that are multiples of {@code grain}. */
  public void compute(Meter.Family family, long flops, long n, long grain, Workers.Task task) {
    compute(family, flops, pool -> pool.run(n, grain, task));
  }

  private void execute(Consumer<Workers> computation) {
    requireOpen();
    computation.accept(workers);
    computations++;
    if (program != null) {
      program.add(computation);
      blank.clear();
    }
  }

  /**
   * Whether this tape captures a step, to be run again: an op that computes with a number that
   * changes from step to step has to read it in {@link #compute}, or to refuse.
   */
  public boolean isCapturing() {
    return program != null;
  }

  /** How often ops have computed something on this tape so far, and on those inside it. */
  public long computations() {
    return computations;
  }

  /** Bytes that were allocated on this tape so far, whether they were given back or not. */
  public long allocatedBytes() {
    return allocatedBytes;
  }

  /**
   * For an op of one's own: leaves the vector-Jacobian product of {@code output}, which {@link
   * #output} has made. Errors name the class that {@code vjp} comes from.
   */
  public void record(Tensor output, Vjp vjp) {
    record("", output, vjp);
  }

  /**
   * The same, for an op with a name. The inputs and outputs whose values the vjp reads are those
   * that {@link Tensor#keep} was called for since {@link #output}: backward refuses to run if one
   * of them was changed in place.
   */
  public void record(String op, Tensor output, Vjp vjp) {
    Objects.requireNonNull(vjp, "vjp");
    if (!output.requiresGrad() || output.tape() != this) {
      throw new IllegalStateException(
          "nothing to record for a tensor of "
              + output.layout()
              + ": an output of this tape that requires a gradient is wanted");
    }
    requireRecordable();
    requireComputed(nameOf(op, vjp), output);
    Node node = new Node(op, output, vjp, opInputs.save(output.values()));
    nodes.add(node);
    memory.endOp();
    if (watch != null) {
      watch.computed(node.name(), output);
    }
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
    noteReached(x);
    if (program != null) {
      vjpCheck.handOn(dx, computations);
    }
    MemorySegment sum = x.gradientOrNull();
    if (sum == null) {
      adopt(x, dx);
    } else {
      long n = x.layout().elements();
      elementwise(n, (begin, end) -> Add.accumulate(dx, sum, begin, end));
    }
    noteHooks(x);
  }

  /**
   * For a {@link Vjp} of one of several outputs whose gradients are computed together, by that of
   * {@code x}, which was recorded first: lets backward reach {@code x}, with a gradient of zeros if
   * nothing was added to it.
   */
  public void reach(Tensor x) {
    if (x.requiresGrad() && openGradient(x) == 0f) {
      MemorySegment zeros = gradientOf(x);
      elementwise(x.layout().elements(), (begin, end) -> Fill.fill(0f, zeros, begin, end));
    }
  }

  /** Makes a first contribution the gradient; that of a nested tape's input has its place. */
  private void adopt(Tensor x, MemorySegment dx) {
    MemorySegment place = x.gradientPlace();
    if (place == null) {
      memory.adopt(dx);
      x.adoptGradient(dx);
    } else {
      execute(pool -> place.copyFrom(dx));
      x.adoptGradient(place);
    }
  }

  private void noteReached(Tensor x) {
    if (watch != null) {
      watch.reaches(x);
    }
  }

  private void noteHooks(Tensor x) {
    if (x.isLeaf() && x.hasHooks() && !hookedLeaves.contains(x)) {
      hookedLeaves.add(x);
    }
  }

  /**
   * Memory of this tape for {@code n} floats, contents undefined: saved values and gradients of ops
   * of one's own.
   */
  public MemorySegment allocateFloats(long n) {
    requireOpen();
    MemorySegment floats = memory.allocateFloats(n);
    allocatedBytes += floats.byteSize();
    return floats;
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
    requireComputed("an op", x);
    reachesGradients |= x.requiresGrad();
    if (recording) {
      opInputs.add(x.values());
    }
    if (watch != null) {
      watch.uses(x);
    }
    return recording && x.requiresGrad();
  }

  /** A tensor for the output of an op whose inputs were checked by {@link #use}. */
  Tensor result(TensorLayout layout, boolean requiresGrad) {
    requireRecordable();
    Tensor result = resultOver(layout, allocateFloats(layout.elements()), requiresGrad);
    if (program != null && layout.elements() > 0) {
      blank.add(result);
    }
    return result;
  }

  private Tensor resultOver(TensorLayout layout, MemorySegment data, boolean requiresGrad) {
    Tensor result = Tensor.result(this, layout, data, requiresGrad && recording);
    if (!result.requiresGrad()) {
      opInputs.end();
      if (watch != null) {
        watch.end();
      }
    }
    return result;
  }

  /**
   * Makes room for the gradient of {@code x}.
   *
   * @return 0 if it holds nothing yet, so that the contribution has to overwrite it, else 1
   */
  float openGradient(Tensor x) {
    noteHooks(x);
    noteReached(x);
    if (x.gradientOrNull() != null) {
      return 1f;
    }
    MemorySegment place = x.gradientPlace();
    if (place == null) {
      place = allocateFloats(x.layout().elements());
      memory.adopt(place);
    }
    x.adoptGradient(place);
    return 0f;
  }

  /** The gradient that {@link #openGradient} made room for. */
  static MemorySegment gradientOf(Tensor x) {
    return Objects.requireNonNull(x.gradientOrNull(), "gradient was not opened");
  }

  void elementwise(long n, Workers.Task task) {
    compute(Meter.Family.ELEMENTWISE, n, n, GRAIN, task);
  }

  /** Rows of so many columns that pay for waking a thread. */
  long rowGrain(long cols) {
    return Math.max(1, GRAIN / Math.max(1, cols));
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
    requireComputed("an op", output);
    memory.pin(output.data());
    memory.beginBackward();
    differentiated = true;
    MemorySegment seed = allocateFloats(output.layout().elements());
    execute(
        cotangent == null ? pool -> seed.set(JAVA_FLOAT, 0, 1f) : pool -> seed.copyFrom(cotangent));
    addGradient(output, seed);
    memory.endVjp();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      MemorySegment dy = node.output.takeGradient();
      if (dy != null) {
        propagate(node, dy);
      }
      memory.releaseOp();
      if (program != null && node.output != output) {
        node.output.leave();
      }
    }
    for (Tensor leaf : hookedLeaves) {
      if (around != null && leaf.tape() == null) {
        around.noteHooks(leaf);
      } else {
        runHooks(leaf, gradientOf(leaf));
      }
    }
  }

  private static String nameOf(String op, Vjp vjp) {
    if (!op.isEmpty()) {
      return op;
    }
    String type = vjp.getClass().getName();
    int lambda = type.indexOf("$$Lambda");
    return type.substring(type.lastIndexOf('.') + 1, lambda < 0 ? type.length() : lambda);
  }

  private void propagate(Node node, MemorySegment dy) {
    node.saved.requireUnchanged(node.name());
    runHooks(node.output, dy);
    if (node.output.retainsGradient()) {
      MemorySegment copy = allocateFloats(node.output.layout().elements());
      memory.pin(copy);
      execute(pool -> copy.copyFrom(dy));
      node.output.adoptGradient(copy);
    }
    if (watch != null) {
      watch.apply(node.name(), node.output, node.vjp, dy);
    } else if (program == null) {
      node.vjp.apply(dy);
    } else {
      vjpCheck.begin(node.name(), dy, computations);
      node.vjp.apply(dy);
      vjpCheck.end(computations);
    }
    memory.release(dy);
    memory.endVjp();
  }

  private void runHooks(Tensor x, MemorySegment gradient) {
    for (Consumer<MemorySegment> hook : x.hooks()) {
      execute(pool -> hook.accept(gradient));
    }
  }

  /**
   * For an op of one's own that runs other ops inside: a tape in memory of its own, which is given
   * back when it is closed, before this one is used again.
   *
   * @param gradients whether it records for a backward pass
   * @param tensors of this tape that the ops inside use, as {@link #inputs}; what a backward pass
   *     inside adds to the gradients of those is added here
   */
  public Tape nested(boolean gradients, Tensor... tensors) {
    requireOpen();
    // A tensor that is given twice is one leaf: its gradient has one place.
    IdentityHashMap<Tensor, @Nullable MemorySegment> places = new IdentityHashMap<>();
    for (Tensor tensor : tensors) {
      if (differentiated) {
        tensor.requireUsable();
      } else {
        use(tensor);
      }
      boolean wanted = gradients && tensor.requiresGrad() && tensor.gradientOrNull() == null;
      if (!places.containsKey(tensor)) {
        places.put(tensor, wanted ? allocateFloats(tensor.layout().elements()) : null);
      }
    }
    Watch inside = watch == null ? null : watch.nested();
    Tape tape = new Tape(memory.nested(), workers, meter, gradients, program, inside, this);
    IdentityHashMap<Tensor, Tensor> leaves = new IdentityHashMap<>();
    for (Tensor tensor : tensors) {
      Tensor leaf =
          leaves.computeIfAbsent(tensor, outer -> Tensor.entrance(tape, outer, places.get(outer)));
      tape.entrances.add(new Entrance(tensor, leaf));
    }
    return tape;
  }

  /** The leaves that stand for the tensors which {@link #nested} was given. */
  public List<Tensor> inputs() {
    return entrances.stream().map(Entrance::leaf).toList();
  }

  /**
   * Closes a nested tape and hands a tensor of it to the tape around.
   *
   * @return a tensor of the tape around with the values of {@code y}; it requires a gradient if
   *     that tape records and an op inside has used a tensor that requires one, and then {@link
   *     #record} has to be called for it
   */
  public Tensor closeReturning(Tensor y) {
    requireOpen();
    if (around == null) {
      throw new IllegalStateException("this tape is not nested: close it with close");
    }
    requireComputed("an op", y);
    MemorySegment values = y.data();
    MemorySegment own = isOwn(y) ? values : allocateFloats(y.layout().elements());
    if (!own.equals(values)) {
      execute(pool -> own.copyFrom(values));
    }
    MemorySegment data = memory.closeKeeping(own);
    open = false;
    countAround();
    around.allocatedBytes += data.byteSize();
    around.reachesGradients |= reachesGradients;
    return around.resultOver(y.layout(), data, reachesGradients);
  }

  /** Whether an op of this tape has made the values, which are not those of an input then. */
  private boolean isOwn(Tensor y) {
    boolean input = false;
    for (Entrance entrance : entrances) {
      input |= entrance.leaf.values() == y.values();
    }
    return !input && !y.isLeaf();
  }

  /** Takes back the memory of all tensors of this tape; harmless the second time. */
  @Override
  public void close() {
    if (open && around != null) {
      countAround();
      for (Entrance entrance : entrances) {
        if (entrance.leaf.gradientOrNull() != null && entrance.outer.gradientOrNull() == null) {
          around.adopt(entrance.outer, gradientOf(entrance.leaf));
        }
      }
    }
    memory.close();
    open = false;
  }

  private void countAround() {
    if (around != null) {
      around.computations += computations;
      around.allocatedBytes += allocatedBytes;
    }
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

  /** In a capture: nothing may depend on what was computed out of its sight. */
  private void requireComputed(String op, Tensor x) {
    if (!blank.isEmpty() && blank.contains(x)) {
      throw new IllegalStateException(
          op
              + " cannot be captured: a tensor of "
              + x.layout()
              + " was not written by Tape.compute: let the op that made it call it for all its"
              + " arithmetic");
    }
  }
}
