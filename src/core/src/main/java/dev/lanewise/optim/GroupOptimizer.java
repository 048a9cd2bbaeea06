package dev.lanewise.optim;

import static dev.lanewise.optim.HyperParameter.LR;
import static dev.lanewise.optim.HyperParameter.WEIGHT_DECAY;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.io.Safetensors;
import dev.lanewise.kernel.reduce.NormSquares;
import dev.lanewise.kernel.reduce.SumOfSquares;
import dev.lanewise.kernel.unary.segments.Fill;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What all methods have in common that go over groups of parameters: learning rates, clipping, loss
 * scaling, what happens to gradients that are not finite, state by name.
 *
 * <p>{@link #step} is one parallel pass over all parameters, whatever their sizes, and one before
 * it over the gradients where their norm is wanted; scales of the gradient, decay and the zeroing
 * of gradients are part of that pass. It leaves the gradients at zero, ready for the next backward
 * pass, unless {@link #zeroGradInStep} says otherwise. It allocates nothing after the first step,
 * and its result does not depend on the number of workers, bit for bit. The state lies in the slab
 * of its parameter and is made when it is first needed; what decides which state there is cannot be
 * changed afterwards.
 *
 * <p>{@code weightDecay} is decoupled where the method says so, {@code w -= lr wd w}, and otherwise
 * added to the gradient, {@code g += wd w}; {@link #decoupledDecay} chooses.
 *
 * @param <S> the method itself
 */
public abstract class GroupOptimizer<S extends GroupOptimizer<S>> implements Optimizer {
  /** Blocks that pay for waking a thread: some microseconds of memory traffic. */
  private static final long GRAIN = 4;

  /** Keeps the quotient finite when all gradients are zero, as in PyTorch's clip_grad_norm_. */
  private static final double NORM_EPS = 1e-6;

  /** One parameter, its gradient and its state. */
  protected static final class Slot {
    private final Parameter parameter;
    private final int number;
    private final int group;
    private final MemorySegment params;
    private final MemorySegment grads;
    private final long n;
    private final int firstBlock;
    private final int blocks;
    private MemorySegment[] state = {};

    private Slot(Parameter parameter, int number, int group, int firstBlock) {
      this.parameter = parameter;
      this.number = number;
      this.group = group;
      this.firstBlock = firstBlock;
      params = parameter.data();
      grads = parameter.gradient();
      n = parameter.layout().elements();
      blocks = Math.toIntExact(SumOfSquares.blocks(n));
    }

    /** The parameter. */
    public Parameter parameter() {
      return parameter;
    }

    /** Its own number, from 0 on. */
    public int number() {
      return number;
    }

    /** The number of its group. */
    public int group() {
      return group;
    }

    /** Its elements. */
    public long n() {
      return n;
    }

    /** Its data. */
    public MemorySegment params() {
      return params;
    }

    /** Its gradient. */
    public MemorySegment grads() {
      return grads;
    }

    /** Its state, in the order of {@link GroupOptimizer#stateNames}. */
    public MemorySegment state(int which) {
      return state[which];
    }
  }

  /**
   * Work on the elements {@code [begin, end)} of a slot; the result must not depend on the split.
   */
  @FunctionalInterface
  protected interface SlotTask {
    /** Does the work. */
    void run(Slot slot, long begin, long end);
  }

  private final String method;
  private final ParamGroup[] groups;
  private final Slot[] slots;
  private final List<Slot> slotList;
  private final int[] slotOfBlock;
  private final float[] lr;
  private final float[] l2;
  private final float[] decay;
  private final Workers.Task updatePass;
  private final Workers.Task zeroPass;
  private final Norms gradientNorms;
  private Workers workers = Workers.shared();
  private Schedule schedule = Schedule.constant();
  private @Nullable NonFinite nonFinite;
  private @Nullable LossScaler lossScaler;
  private @Nullable AdaptiveClipping adaptiveClipping;
  private double maxNorm = Double.POSITIVE_INFINITY;
  private boolean clipping;
  private float clipValue = Float.POSITIVE_INFINITY;
  private boolean zeroing = true;
  private boolean maximize;
  private boolean decoupled;
  private boolean stateMade;
  private float gradScale = 1;
  private long steps;
  private long skippedSteps;
  private double gradientNorm = Double.NaN;

  /**
   * A method over some groups.
   *
   * @param method its name, for messages
   * @param decoupled whether its weight decay is decoupled unless told otherwise
   * @param defaults its hyper-parameters; those of {@link HyperParameter#LR} and {@link
   *     HyperParameter#WEIGHT_DECAY} are among them
   * @throws IllegalArgumentException if there is no parameter, two have one name, or a group has a
   *     hyper-parameter that the method does not have
   */
  protected GroupOptimizer(
      String method, boolean decoupled, Map<HyperParameter, Float> defaults, ParamGroup... groups) {
    this.method = method;
    this.decoupled = decoupled;
    this.groups = groups.clone();
    Set<String> names = new HashSet<>();
    for (ParamGroup group : this.groups) {
      group.requireFits(method, defaults);
      for (Parameter parameter : group.parameters()) {
        if (!names.add(parameter.name())) {
          throw new IllegalArgumentException(
              "two parameters are named \""
                  + parameter.name()
                  + "\": each needs a name of its own and one group");
        }
      }
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException("there are no parameters to optimize: give at least one");
    }
    slots = new Slot[names.size()];
    int slot = 0;
    int blocks = 0;
    for (int g = 0; g < this.groups.length; g++) {
      this.groups[g].adopt(method, defaults);
      for (Parameter parameter : this.groups[g].parameters()) {
        slots[slot] = new Slot(parameter, slot, g, blocks);
        blocks = Math.addExact(blocks, slots[slot++].blocks);
      }
    }
    slotList = List.of(slots);
    slotOfBlock = new int[blocks];
    for (int s = 0; s < slots.length; s++) {
      for (int b = 0; b < slots[s].blocks; b++) {
        slotOfBlock[slots[s].firstBlock + b] = s;
      }
    }
    lr = new float[groups.length];
    l2 = new float[groups.length];
    decay = new float[groups.length];
    updatePass = pass(this::updateOrLeave);
    zeroPass = pass(GroupOptimizer::zero);
    gradientNorms = new Norms(Slot::grads);
  }

  /** The names of the state that each parameter has, as {@code m}; from now on they stay. */
  protected abstract List<String> stateNames();

  /** The shape of a state; that of the parameter unless a method says otherwise. */
  protected TensorLayout stateLayout(int which, Slot slot) {
    return slot.parameter.layout();
  }

  /** Gives the state, which is zero, its values before the first step. */
  protected void startState(Slot slot) {}

  /**
   * Computes what step {@code t} needs for a group.
   *
   * @param group its number
   * @param hyper its hyper-parameters
   * @param lr its learning rate, the schedule included
   * @param t from 1 on
   */
  protected abstract void prepare(int group, ParamGroup hyper, float lr, long t);

  /**
   * Updates elements of a parameter and of its state.
   *
   * @param gradScale factor of the gradient
   */
  protected abstract void update(Slot slot, long begin, long end, float gradScale);

  /** What a method does before the pass over all parameters; the groups are prepared. */
  protected void beforeUpdate() {}

  /** What a method does after the pass over all parameters. */
  protected void afterUpdate() {}

  /** Adds live state that belongs to no parameter. */
  protected void putMoreState(SequencedMap<String, Safetensors.Entry> entries) {}

  /** Multiplies the learning rates by a function of {@link #steps}. */
  public S schedule(Schedule schedule) {
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return self();
  }

  /** Sets the learning rate of all groups. */
  public S lr(float lr) {
    return setAll(LR, lr);
  }

  /** Sets the weight decay of all groups, also of those that were made without. */
  public S weightDecay(float weightDecay) {
    return setAll(WEIGHT_DECAY, weightDecay);
  }

  /** Whether the weight decay is decoupled from the gradient. */
  public S decoupledDecay(boolean decoupled) {
    this.decoupled = decoupled;
    return self();
  }

  /** Sets a hyper-parameter of all groups. */
  public S setAll(HyperParameter which, float value) {
    for (ParamGroup group : groups) {
      group.set(which, value);
    }
    return self();
  }

  /**
   * Scales the gradients by {@code min(1, maxNorm / (norm + 1e-6))}, {@code norm} over all
   * parameters of all groups. Steps with a norm that is not finite are skipped then, unless {@link
   * #nonFinite} says otherwise. Infinity looks and never clips.
   *
   * @param maxNorm above 0
   */
  public S clipGlobalNorm(float maxNorm) {
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("maxNorm = " + maxNorm + ": want a number above 0");
    }
    this.maxNorm = maxNorm;
    clipping = true;
    return self();
  }

  /** Cuts each gradient off at plus and minus {@code value}, above 0, after all scaling. */
  public S clipValue(float value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException("clipValue = " + value + ": want a number above 0");
    }
    clipValue = value;
    return self();
  }

  /**
   * Scales the gradients of each row by {@code min(1, clip max(|w|, eps) / |g|)}, the norms over
   * the row: the first dimension of a parameter counts rows, one of rank 0 or 1 is a row itself (A.
   * Brock, S. De, S. L. Smith, K. Simonyan: High-Performance Large-Scale Image Recognition Without
   * Normalization, 2021, equation 3; usual are 0.01 and 1e-3). Frozen groups are left alone.
   *
   * @param clip above 0
   * @param eps above 0: the norm that rows of zeros are taken to have
   */
  public S clipAdaptive(float clip, float eps) {
    adaptiveClipping = new AdaptiveClipping(clip, eps, slots());
    return self();
  }

  /**
   * What to do about gradients that are not finite. By default a method that clips by norm or
   * scales the loss skips the step, and another one does not look.
   */
  public S nonFinite(NonFinite policy) {
    nonFinite = Objects.requireNonNull(policy, "policy");
    return self();
  }

  /** Divides the gradients by the scale that the loss was multiplied by, and adapts it. */
  public S lossScaler(LossScaler scaler) {
    lossScaler = Objects.requireNonNull(scaler, "scaler");
    return self();
  }

  /** Goes up instead of down. */
  public S maximize(boolean maximize) {
    this.maximize = maximize;
    return self();
  }

  /**
   * Whether {@link #step} leaves the gradients at zero, which costs less than {@link #zeroGrad}
   * does; yes by default.
   */
  public S zeroGradInStep(boolean zeroing) {
    this.zeroing = zeroing;
    return self();
  }

  /** Computes with these workers instead of the shared ones. */
  public S workers(Workers workers) {
    this.workers = Objects.requireNonNull(workers, "workers");
    return self();
  }

  /** The groups, to change hyper-parameters between steps. */
  public List<ParamGroup> groups() {
    return List.of(groups);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The gradients of a skipped step are set to zero as those of another one are, or the next
   * would be skipped as well.
   *
   * @throws IllegalStateException if the schedule gives a factor that is negative or not finite;
   *     nothing has changed then
   * @throws ArithmeticException if gradients are not finite and {@link NonFinite#FAIL} was asked
   *     for; nothing has changed then
   */
  @Override
  public final boolean step() {
    double factor = schedule.at(steps);
    if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
      throw new IllegalStateException(
          "the schedule gives "
              + factor
              + " at step "
              + steps
              + ": want a finite factor of at least 0");
    }
    makeState();
    double scale = lossScaler == null ? 1 : 1.0 / lossScaler.scale();
    if (looks()) {
      gradientNorms.compute();
      gradientNorm = scale * gradientNorms.ofAll();
      boolean finite = Double.isFinite(gradientNorm);
      if (!finite && nonFinite == NonFinite.FAIL) {
        throw new ArithmeticException(
            "the gradient of \""
                + firstNotFinite()
                + "\" is NaN or infinite at step "
                + steps
                + ": the loss or an op before it is not finite");
      }
      if (lossScaler != null) {
        lossScaler.update(finite);
      }
      if (!finite && nonFinite != NonFinite.IGNORE) {
        skippedSteps++;
        if (zeroing) {
          zeroGrad();
        }
        return false;
      }
      if (clipping) {
        scale *= Math.min(1, maxNorm / (gradientNorm + NORM_EPS));
      }
    }
    gradScale = (float) (maximize ? -scale : scale);
    long t = steps + 1;
    for (int g = 0; g < groups.length; g++) {
      lr[g] = (float) (groups[g].lr() * factor);
      float weightDecay = groups[g].weightDecay();
      l2[g] = decoupled ? 0 : weightDecay;
      decay[g] = decoupled ? (float) ((double) lr[g] * weightDecay) : 0;
      prepare(g, groups[g], lr[g], t);
    }
    if (adaptiveClipping != null) {
      adaptiveClipping.compute(workers, gradScale);
    }
    beforeUpdate();
    run(updatePass);
    afterUpdate();
    noteChanges();
    steps = t;
    return true;
  }

  /** A tape that has kept a parameter of before refuses to differentiate from now on. */
  private void noteChanges() {
    for (Slot slot : slots) {
      if (!frozen(slot)) {
        slot.parameter.changed();
      }
    }
  }

  private boolean looks() {
    return clipping || lossScaler != null || (nonFinite != null && nonFinite != NonFinite.IGNORE);
  }

  @Override
  public void zeroGrad() {
    run(zeroPass);
  }

  /**
   * The norm of all gradients at the last step, before clipping and after the scale of the loss was
   * taken out; NaN before the first step, and where nobody looks. Within 2^-22 of the exact one.
   */
  public double gradientNorm() {
    return gradientNorm;
  }

  /** Steps that were left out because gradients were not finite. */
  public long skippedSteps() {
    return skippedSteps;
  }

  @Override
  public long steps() {
    return steps;
  }

  /**
   * {@inheritDoc} For each parameter {@code optimizer.STATE.NAME}, and {@code optimizer.lossScale}
   * where the loss is scaled.
   */
  @Override
  public SequencedMap<String, Safetensors.Entry> state() {
    makeState();
    SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    List<String> names = stateNames();
    for (Slot slot : slots) {
      for (int i = 0; i < names.size(); i++) {
        entries.put(
            "optimizer." + names.get(i) + "." + slot.parameter.name(),
            new Safetensors.Entry(stateLayout(i, slot), slot.state[i]));
      }
    }
    putMoreState(entries);
    if (lossScaler != null) {
      lossScaler.putState(entries);
    }
    return entries;
  }

  @Override
  public void restore(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps = " + steps + ": want 0 or more");
    }
    this.steps = steps;
  }

  /** This, as what it is. */
  @SuppressWarnings("unchecked")
  protected final S self() {
    return (S) this;
  }

  /** All parameters, in the order of the groups. */
  protected final List<Slot> slots() {
    return slotList;
  }

  /** Work on all slots in parallel, made once and run with {@link #run}. */
  protected final Workers.Task pass(SlotTask task) {
    return (begin, end) -> {
      for (int block = (int) begin; block < end; ) {
        Slot slot = slots[slotOfBlock[block]];
        int next = (int) Math.min(end, slot.firstBlock + slot.blocks);
        long from = (long) (block - slot.firstBlock) * SumOfSquares.BLOCK;
        long to = Math.min(slot.n, (long) (next - slot.firstBlock) * SumOfSquares.BLOCK);
        task.run(slot, from, to);
        block = next;
      }
    };
  }

  /** Runs a {@link #pass}. */
  protected final void run(Workers.Task pass) {
    workers.run(slotOfBlock.length, GRAIN, pass);
  }

  /** The L2 decay of a group at this step. */
  protected final float l2(int group) {
    return l2[group];
  }

  /** The decoupled decay of a group at this step, its learning rate included. */
  protected final float decay(int group) {
    return decay[group];
  }

  /** Where gradients are cut off. */
  protected final float clipValue() {
    return clipValue;
  }

  /** The factor of the gradient at this step. */
  protected final float gradScale() {
    return gradScale;
  }

  /**
   * Whether the gradient of a group at this step is {@link #gradScale} times what the backward pass
   * left: neither cut off, nor scaled by row, nor with decay added to it.
   */
  protected final boolean plainGradient(int group) {
    return l2[group] == 0 && clipValue == Float.POSITIVE_INFINITY && adaptiveClipping == null;
  }

  /** Who computes. */
  protected final Workers workers() {
    return workers;
  }

  /** Whether the step zeroes the gradients. */
  protected final boolean zeroing() {
    return zeroing;
  }

  /** Whether the parameters of a slot stay as they are. */
  protected final boolean frozen(Slot slot) {
    return groups[slot.group].frozen();
  }

  /**
   * Checks that an option may be chosen still.
   *
   * @throws IllegalStateException if the state has been made
   */
  protected final void requireNoState(String option) {
    if (stateMade) {
      throw new IllegalStateException(
          option
              + " of "
              + method
              + " decides what state there is: choose it before the first step");
    }
  }

  private void makeState() {
    if (stateMade) {
      return;
    }
    int count = stateNames().size();
    for (Slot slot : slots) {
      slot.state = new MemorySegment[count];
      for (int i = 0; i < count; i++) {
        slot.state[i] = slot.parameter.slab().allocate(stateLayout(i, slot));
      }
      startState(slot);
    }
    stateMade = true;
  }

  private void updateOrLeave(Slot slot, long begin, long end) {
    if (frozen(slot)) {
      if (zeroing) {
        zero(slot, begin, end);
      }
    } else if (adaptiveClipping == null) {
      update(slot, begin, end, gradScale);
    } else {
      adaptiveClipping.update(this, slot.number, begin, end);
    }
  }

  private static void zero(Slot slot, long begin, long end) {
    Fill.fill(0, slot.grads, begin, end);
  }

  private String firstNotFinite() {
    for (Slot slot : slots) {
      if (!frozen(slot) && !Double.isFinite(gradientNorms.of(slot))) {
        return slot.parameter.name();
      }
    }
    return slots[0].parameter.name();
  }

  /** Norms of something that each slot has, within 2^-22 and summed in a fixed order. */
  protected final class Norms {
    private final double[] partials = new double[slotOfBlock.length];
    private final Workers.Task pass;

    /** Of the segments that a function of slots gives; frozen slots count as 0. */
    public Norms(Function<Slot, MemorySegment> segment) {
      pass =
          pass(
              (slot, begin, end) -> {
                MemorySegment x = segment.apply(slot);
                for (long at = begin; at < end; at += SumOfSquares.BLOCK) {
                  int block = slot.firstBlock + (int) (at / SumOfSquares.BLOCK);
                  int n = (int) Math.min(SumOfSquares.BLOCK, end - at);
                  partials[block] = frozen(slot) ? 0 : NormSquares.block(x, at * Float.BYTES, n);
                }
              });
    }

    /** Computes them. */
    public void compute() {
      run(pass);
    }

    /** The norm of one slot. */
    public double of(Slot slot) {
      return Math.sqrt(sum(slot.firstBlock, slot.firstBlock + slot.blocks));
    }

    /** The norm of all of them. */
    public double ofAll() {
      return Math.sqrt(sum(0, partials.length));
    }

    private double sum(int begin, int end) {
      double sum = 0;
      for (int i = begin; i < end; i++) {
        sum += partials[i];
      }
      return sum;
    }
  }
}
